/** One person as an admin sees them: what their list and badge are made of. */
import { copyRanges, listOrder, standingOf, unreadOf } from '../../conversation/visibility.ts';
import type { Directory } from '../../directory/directory.ts';
import type { StoreReader } from '../../journal/read-store.ts';
import type { Findings } from '../command.ts';
import { isoOf } from '../point-in-time.ts';

export async function inspectPerson(store: StoreReader, directory: Directory, id: string): Promise<Findings | null> {
  const person = directory.person(id) ?? null;
  const ids = await store.conversationsOf(id);
  if (person === null && ids.length === 0) return null;
  const conversations = [];
  for (const conversation of ids) {
    const state = await store.state(conversation);
    if (state === null) continue;
    conversations.push({
      conversation,
      standing: standingOf(state, id),
      order: listOrder(state, id),
      unread: unreadOf(state, id),
      visible: copyRanges(state, id).map(({ from, to }) => [from, to]),
    });
  }
  conversations.sort((a, b) => (b.order ?? 0) - (a.order ?? 0) || (a.conversation < b.conversation ? 1 : -1));
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
