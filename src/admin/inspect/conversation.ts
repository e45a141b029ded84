/** One conversation as an admin sees it: everyone's standing and marks, and every event with its place. */
import type { ConversationEvent } from '../../conversation/events.ts';
import { isMessage } from '../../conversation/events.ts';
import { copyRanges, standingOf, unreadOf } from '../../conversation/visibility.ts';
import type { StoreReader } from '../../journal/read-store.ts';
import { isoOf } from '../point-in-time.ts';
import type { Findings } from './inspect.ts';

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
  const events: { readonly position: number; readonly event: ConversationEvent }[] = [];
  for await (const { position, event } of store.events(id)) events.push({ position, event });
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
      events: events.map(({ position, event }) => ({ position, ...(withText ? event : withoutText(event)) })),
    },
    lines: [
      `conversation ${id}${isPrivate ? ', private' : ''}${about === null ? '' : `, about ${about.kind} ${about.id}`}`,
      `started by ${starter}; ${v} events, timeline up to seq ${head}`,
      ...members.map(
        ({ person, standing, stints, readUpTo, deletedUpTo, unread }) =>
          `  ${person}: ${standing}, in ${stints.map(([from, to]) => `${from}–${to ?? ''}`).join(' ')}, ` +
          `read ${readUpTo}, deleted ${deletedUpTo}, unread ${unread}`,
      ),
      ...events.map(({ position, event }) => lineOf(position, event, withText)),
    ],
  };
}

function withoutText(event: ConversationEvent): object {
  if (!isMessage(event)) return event;
  const { text, ...rest } = event;
  return { ...rest, textBytes: Buffer.byteLength(text) };
}

function lineOf(position: number, event: ConversationEvent, withText: boolean): string {
  const head = `  ${isoOf(event.at)} @${position} v${event.v} ${event.type} by ${event.by}`;
  switch (event.type) {
    case 'started':
    case 'replied': {
      const text = withText ? JSON.stringify(event.text) : `${Buffer.byteLength(event.text)} bytes`;
      return `${head}, seq ${event.seq}: ${text}`;
    }
    case 'joined':
      return `${head}, seq ${event.seq}: ${event.who}`;
    case 'left':
      return `${head}, seq ${event.seq}`;
    case 'read':
    case 'deleted':
      return `${head}, up to ${event.upTo}`;
  }
}
