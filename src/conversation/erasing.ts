/**
 * ERASE-1: the text of messages goes for ever, for everyone, and nothing else changes: the entries stay at their seqs, and
 * with them everybody's order, marks and counts. No command of a person does it; whoever runs the server does.
 */
import { limits } from '../limits.ts';
import type { Micros, Seq } from './commands.ts';
import { type ConversationEvent, type Erased, isMessage } from './events.ts';
import type { ConversationState } from './state.ts';

/** `seqs`: of messages, ascending, at least one. Each event names so many that it stays a small entry of the journal. */
export function erasing(state: ConversationState, seqs: readonly Seq[], at: Micros): Erased[] {
  const events: Erased[] = [];
  for (let from = 0; from < seqs.length; from += limits.erasedPerEventMax) {
    const some = seqs.slice(from, from + limits.erasedPerEventMax);
    events.push({ type: 'erased', v: state.v + 1 + events.length, at, by: '', seqs: some });
  }
  return events;
}

/** Of which messages these events say that they are erased. */
export function erasedBy(events: Iterable<ConversationEvent>): Set<Seq> {
  const seqs = new Set<Seq>();
  for (const event of events) if (event.type === 'erased') for (const seq of event.seqs) seqs.add(seq);
  return seqs;
}

/** The event as it is once these messages are erased; the identical one where it is none of them. */
export function withoutText(event: ConversationEvent, erased: ReadonlySet<Seq>): ConversationEvent {
  if (!isMessage(event) || event.text === null || !erased.has(event.seq)) return event;
  return { ...event, text: null };
}
