/** One person as an admin sees them: what their list and badge are made of. */
import type { PersonId } from '../../conversation/commands.ts';
import type { ConversationState } from '../../conversation/state.ts';
import { copyRanges, listOrder, standingOf, unreadOf } from '../../conversation/visibility.ts';
import type { Directory } from '../../directory/directory.ts';
import type { StoreReader } from '../../journal/read-store.ts';
import { inOrder } from '../../views/sidebar.ts';
import type { Findings } from '../command.ts';
import { isoOf } from '../point-in-time.ts';

export async function inspectPerson(store: StoreReader, directory: Directory, id: string): Promise<Findings | null> {
  const person = directory.person(id) ?? null;
  const ids = await store.conversationsOf(id);
  if (person === null && ids.length === 0) return null;
  const conversations: ReturnType<typeof conversationFor>[] = [];
  for (const conversation of ids) {
    const state = await store.state(conversation);
    if (state !== null) conversations.push(conversationFor(state, id));
  }
  conversations.sort((a, b) => inOrder({ ...a, order: a.order ?? 0 }, { ...b, order: b.order ?? 0 }));
  const alerts = await store.preferences(id);
  const badge = conversations.filter(({ unread }) => unread > 0).length;
  return {
    result: { id, person, alerts, badge, conversations },
    lines: [
      person === null ? `${id}: not in the directory` : `${id}: ${person.first} ${person.last}`,
      person?.active === false ? 'deactivated' : '',
      `badge ${badge}; alert boxes ${alerts === null ? 'as by default' : JSON.stringify(alerts)}`,
      ...conversations.map(
        ({ conversation, standing, order, unread, visible }) =>
          `  ${conversation}: ${standing}, ${order === null ? 'not listed' : `listed at ${isoOf(order)}`}, ` +
          `unread ${unread}, sees ${visible.map(([from, to]) => `${from}–${to}`).join(' ') || 'nothing'}`,
      ),
    ].filter((line) => line !== ''),
  };
}

function conversationFor(state: ConversationState, person: PersonId) {
  return {
    conversation: state.id,
    standing: standingOf(state, person),
    /** Null = not in their list. */
    order: listOrder(state, person),
    unread: unreadOf(state, person),
    visible: copyRanges(state, person).map(({ from, to }) => [from, to]),
  };
}
