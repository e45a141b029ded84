/** What decides whether one's own sidebar shows an entry, and as read or not: of the trace, in the rules' words. */
import type { Seq } from '../../conversation/commands.ts';
import { isMessage } from '../../conversation/events.ts';
import type { Member } from '../../conversation/state.ts';
import { currentStint } from '../../conversation/visibility.ts';
import type { ArchivedEvent } from '../../journal/entry.ts';
import { type Reason, reason } from './reason.ts';
import type { Trace } from './trace.ts';

/** Why the copy shows the entry, or not. */
export function copyReasons(trace: Trace, seq: Seq): Reason[] {
  const { state, member } = trace;
  if (seq > state.head) return [beyondTheEnd(trace)];
  if (member === null) return [stranger(trace)];
  if (!member.copy) return noCopy(trace, member);
  const outside = stintReasons(trace, member, seq);
  if (outside !== null) return outside;
  const { deletedUpTo, copy } = trace.moved;
  if (seq <= member.deletedUpTo) return [deletedBefore(member, deletedUpTo)];
  const reasons = [withinStint(trace, member, seq)];
  if (member.deletedUpTo === 0) return reasons;
  const broughtBack = copy?.event.type === 'replied' ? copy : null;
  reasons.push(reason('DELETE-3', `it is newer than the delete mark, seq ${member.deletedUpTo}`, deletedUpTo));
  if (broughtBack !== null) reasons.push(reason('DELETE-3', 'a message brought the copy back', broughtBack));
  return reasons;
}

/** Why the conversation is in the list, or not. */
export function listReasons(trace: Trace): Reason[] {
  const { member, moved, stints } = trace;
  if (member === null) return [stranger(trace)];
  if (!member.copy) return noCopy(trace, member);
  const reasons = stints.map(({ began, ended }, nth) => {
    const { from, to } = member.stints[nth] as Member['stints'][number];
    return reason('SEE-1', `was in from seq ${from}${to === null ? ' on' : ` to seq ${to}`}`, began, ended);
  });
  if (member.deletedUpTo > 0) reasons.push(deletedBefore(member, moved.deletedUpTo));
  return reasons;
}

export function beyondTheEnd({ state, last }: Trace): Reason {
  return reason('SEE-1', `there was no such entry yet: the timeline ended at seq ${state.head}`, last);
}

function stranger({ timeline }: Trace): Reason {
  return reason('SEE-1', 'never took part: nobody named them at the start, nobody invited them', timeline[0]);
}

function noCopy({ moved, stints }: Trace, member: Member): Reason[] {
  const gone = moved.copy;
  if (currentStint(member) !== null) {
    return [reason('DELETE-3', `deleted their copy up to seq ${member.deletedUpTo}, and no message came since`, gone)];
  }
  return [reason('DELETE-5', 'left and deleted their copy, and was not invited again', stints.at(-1)?.ended, gone)];
}

/** Null = the entry is inside a stint. */
export function stintReasons({ stints }: Trace, member: Member, seq: Seq): Reason[] | null {
  const later = member.stints.findIndex(({ from }) => from > seq);
  const next = later === -1 ? undefined : stints[later];
  const nth = (later === -1 ? member.stints.length : later) - 1;
  const before = member.stints[nth];
  if (before !== undefined && (before.to === null || seq <= before.to)) return null;
  const joined = (since: ArchivedEvent) => reason('INVITE-2', `joined later, at seq ${seqOf(since)}`, since);
  if (before === undefined) return next === undefined ? null : [joined(next.began)];
  const left = reason('LEAVE-4', `left before it, at seq ${before.to}`, stints[nth]?.ended);
  if (next === undefined) return [left];
  return [left, reason('SEE-1', `was invited again after it, at seq ${seqOf(next.began)}`, next.began)];
}

export function withinStint({ stints }: Trace, member: Member, seq: Seq): Reason {
  const nth = member.stints.findLastIndex(({ from }) => from <= seq);
  const { from, to } = member.stints[nth] as Member['stints'][number];
  const stretch = `from seq ${from}${to === null ? ' on' : ` to seq ${to}`}`;
  return reason('SEE-1', `was in, ${stretch}`, stints[nth]?.began, stints[nth]?.ended);
}

/** Coming back after having left and deleted deletes for good what was before. */
function deletedBefore(member: Member, moved: ArchivedEvent | null): Reason {
  const rule = moved?.event.type === 'joined' ? 'INVITE-4' : 'DELETE-4';
  return reason(rule, `everything up to seq ${member.deletedUpTo} is deleted from their copy`, moved);
}

/** Why an entry that the copy shows counts as read, or not. */
export function unreadReasons(trace: Trace, seq: Seq): Reason[] {
  const event = trace.timeline[seq - 1]?.event;
  if (event === undefined) return [];
  if (!isMessage(event)) return [reason('READ-4', 'a notice is never unread')];
  if (event.by === trace.person) return [reason('READ-4', 'their own message')];
  return [markReason(trace)];
}

/** ERASE-1: what a shown entry does not say any more. A restore that left it out leaves no event of it. */
export function erasedReasons({ timeline, erased }: Trace, seq: Seq): Reason[] {
  const event = timeline[seq - 1]?.event;
  if (event === undefined || !isMessage(event) || event.text !== null) return [];
  const by = erased.find((one) => one.event.type === 'erased' && one.event.seqs.includes(seq));
  return [reason('ERASE-1', 'its text is erased for everyone, the entry stays', by)];
}

/** By which rule the read mark came to where it is. */
export function markReason({ member, moved: { readUpTo: mark } }: Trace): Reason {
  if (mark === null || member === null) return reason('READ-1', 'nothing was ever marked as read');
  const rules = { replied: 'REPLY-3', joined: 'READ-4', started: 'START-5' } as const;
  const { type } = mark.event;
  const rule = type === 'replied' || type === 'joined' || type === 'started' ? rules[type] : 'READ-1';
  return reason(rule, `marked as read up to seq ${member.readUpTo}`, mark);
}

function seqOf({ event }: ArchivedEvent): Seq | null {
  return 'seq' in event ? event.seq : null;
}
