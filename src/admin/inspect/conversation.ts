/** One conversation as an admin sees it: everyone's standing and marks, and every event with its place. */
import { copyRanges, standingOf, unreadOf } from '../../conversation/visibility.ts';
import type { ArchivedEvent } from '../../journal/entry.ts';
import type { StoreReader } from '../../journal/read-store.ts';
import type { Findings } from '../command.ts';
import { eventFields, eventLine } from '../event-words.ts';

export async function inspectConversation(store: StoreReader, id: string, withText: boolean): Promise<Findings | null> {
  const state = await store.state(id);
  if (state === null) return null;
  const members = [...state.members].map(([person, member]) => ({
    person,
    standing: standingOf(state, person),
    stints: member.stints.map(({ from, to }) => [from, to]),
    readUpTo: member.readUpTo,
    deletedUpTo: member.deletedUpTo,
    unread: unreadOf(state, person),
    visible: copyRanges(state, person).map(({ from, to }) => [from, to]),
  }));
  const events: ArchivedEvent[] = [];
  for await (const archived of store.events(id)) events.push(archived);
  const { starter, about, private: isPrivate, v, head } = state;
  return {
    result: {
      conversation: id,
      starter,
      about,
      private: isPrivate,
      v,
      head,
      members,
      events: events.map((archived) => eventFields(archived, withText)),
    },
    lines: [
      `conversation ${id}${isPrivate ? ', private' : ''}${about === null ? '' : `, about ${about.kind} ${about.id}`}`,
      `started by ${starter}; ${v} events, timeline up to seq ${head}`,
      ...members.map(
        ({ person, standing, stints, readUpTo, deletedUpTo, unread }) =>
          `  ${person}: ${standing}, in ${stints.map(([from, to]) => `${from}–${to ?? ''}`).join(' ')}, ` +
          `read ${readUpTo}, deleted ${deletedUpTo}, unread ${unread}`,
      ),
      ...events.map((archived) => `  ${eventLine(archived, withText)}`),
    ],
  };
}
