/** What decides whether the tab of the conversation's record shows it, and the record's name: rights, then the rules. */
import type { RecordRef, Seq } from '../../conversation/commands.ts';
import { currentStint } from '../../conversation/visibility.ts';
import { isoOf } from '../point-in-time.ts';
import { type Reason, reason } from './reason.ts';
import type { Known, RightsThen } from './rights-then.ts';
import { beyondTheEnd, stintReasons, withinStint } from './sidebar-reasons.ts';
import type { Trace } from './trace.ts';

/** `seq` null: the conversation as such. */
export function tabReasons(
  trace: Trace,
  { directory, record: known }: RightsThen,
  about: RecordRef,
  seq: Seq | null,
): Reason[] {
  const { state, member, person, timeline } = trace;
  const record = `${about.kind} ${about.id}`;
  if (!directory.mayView(person, about.kind, about.id)) {
    const isThere = directory.record(about.kind, about.id) !== undefined;
    const text = isThere ? `the right to view ${record} is not theirs` : `there is no ${record}`;
    return [reason('SEE-5', `${text}${since(known)}`)];
  }
  const viewer = reason('SEE-2', `may view ${record}${since(known)}`);
  if (seq !== null && seq > state.head) return [viewer, beyondTheEnd(trace)];
  if (!state.private) return [viewer, reason('SEE-2', 'it is not private: the tab shows it whole', timeline[0])];
  const isPrivate = reason('SEE-3', 'it is private: the tab shows it to its current participants only', timeline[0]);
  if (member === null) return [viewer, isPrivate, reason('SEE-3', 'never took part')];
  if (currentStint(member) === null) {
    return [viewer, isPrivate, reason('SEE-3', 'had left', trace.stints.at(-1)?.ended)];
  }
  if (seq === null) return [viewer, isPrivate, withinStint(trace, member, state.head)];
  return [viewer, isPrivate, ...(stintReasons(trace, member, seq) ?? [withinStint(trace, member, seq)])];
}

/** SEE-4. */
export function nameReason({ directory, record: known }: RightsThen, person: string, { kind, id }: RecordRef): Reason {
  if (directory.maySeeName(person, kind, id)) return reason('SEE-4', `the name of the record is shown${since(known)}`);
  const isThere = directory.record(kind, id) !== undefined;
  const because = isThere ? 'they do not hold both its view and its edit right' : 'there is no such record any more';
  return reason('SEE-4', `only the kind of the record is shown: ${because}${since(known)}`);
}

export function since(known: Known | null): string {
  if (known === null || known.since === null) return '';
  return known.since === 0 ? ' (ever since)' : ` (since ${isoOf(known.since)})`;
}
