/**
 * What the state says about seeing: pure questions that the rules, the lists, the badge and the tabs all ask here, so
 * that they cannot disagree (LIST-6).
 */
import type { Micros, PersonId, Seq } from './commands.ts';
import type { ConversationState, Member, MessageMark, Stint } from './state.ts';

/** Seqs `from` to `to`, both inclusive. */
export interface Range {
  readonly from: Seq;
  readonly to: Seq;
}

/** `deleted`: participant without a copy just now. `gone`: left and deleted. */
export type Standing = 'stranger' | 'participant' | 'deleted' | 'left' | 'gone';

export function currentStint(member: Member): Stint | null {
  const last = member.stints[member.stints.length - 1];
  return last !== undefined && last.to === null ? last : null;
}

export function standingOf(state: ConversationState, person: PersonId): Standing {
  const member = state.members.get(person);
  if (member === undefined) return 'stranger';
  if (currentStint(member) !== null) return member.copy ? 'participant' : 'deleted';
  return member.copy ? 'left' : 'gone';
}

export function isParticipant(state: ConversationState, person: PersonId): boolean {
  const member = state.members.get(person);
  return member !== undefined && currentStint(member) !== null;
}

export function participants(state: ConversationState): PersonId[] {
  const people: PersonId[] = [];
  for (const [person, member] of state.members) if (currentStint(member) !== null) people.push(person);
  return people;
}

/** The newest message in the member's stints behind their delete mark, null if there is none. */
export function newestVisible(state: ConversationState, member: Member): MessageMark | null {
  const open = currentStint(member);
  const newest = open !== null && state.lastMessage.seq >= open.from ? state.lastMessage : member.lastSeen;
  return newest !== null && newest.seq > member.deletedUpTo ? newest : null;
}

/** SEE-1: the seqs of a person's copy, ascending; empty where there is no copy. */
export function copyRanges(state: ConversationState, person: PersonId): Range[] {
  const member = state.members.get(person);
  return member?.copy ? stintRanges(state, member, member.deletedUpTo) : [];
}

/** SEE-2, SEE-3: the seqs a record's tab shows a person who may view the record; empty = not shown at all. */
export function tabRanges(state: ConversationState, person: PersonId): Range[] {
  if (!state.private) return [{ from: 1, to: state.head }];
  const member = state.members.get(person);
  return member !== undefined && currentStint(member) !== null ? stintRanges(state, member, 0) : [];
}

function stintRanges(state: ConversationState, member: Member, after: Seq): Range[] {
  const ranges: Range[] = [];
  for (const stint of member.stints) {
    const from = Math.max(stint.from, after + 1);
    const to = stint.to ?? state.head;
    if (from <= to) ranges.push({ from, to });
  }
  return ranges;
}

export function isVisible(ranges: readonly Range[], seq: Seq): boolean {
  return ranges.some((range) => range.from <= seq && seq <= range.to);
}

/** How many messages (not notices) stand at seqs 1 to `seq`. */
function messagesUpTo(state: ConversationState, seq: Seq): number {
  let low = 0;
  let high = state.notices.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((state.notices[middle] as Seq) <= seq) low = middle + 1;
    else high = middle;
  }
  return seq - low;
}

/**
 * Unread messages of a person's copy up to seq `upTo`. After a person's read mark there is no message of their own,
 * because replying moves the mark (REPLY-3), and joining moves it too (READ-4): the last stint alone counts.
 */
export function unreadUpTo(state: ConversationState, person: PersonId, upTo: Seq): number {
  const member = state.members.get(person);
  return member === undefined ? 0 : unreadByUpTo(state, member, upTo);
}

function unreadByUpTo(state: ConversationState, member: Member, upTo: Seq): number {
  if (!member.copy) return 0;
  const last = member.stints[member.stints.length - 1] as Stint;
  const from = Math.max(member.readUpTo, member.deletedUpTo, last.from - 1);
  const to = Math.min(last.to ?? state.head, upTo);
  return to > from ? messagesUpTo(state, to) - messagesUpTo(state, from) : 0;
}

export function unreadOf(state: ConversationState, person: PersonId): number {
  return unreadUpTo(state, person, state.head);
}

/** As `unreadOf`, for whoever has the member of the state at hand. */
export function unreadBy(state: ConversationState, member: Member): number {
  return unreadByUpTo(state, member, state.head);
}

/** The last seq that could ever be shown to someone who was in: the newest entry, or their own leaving (LEAVE-4). */
export function endOfStints(state: ConversationState, person: PersonId): Seq {
  const stints = state.members.get(person)?.stints;
  return stints?.[stints.length - 1]?.to ?? state.head;
}

/** LIST-1: the place of the conversation in a person's list, newest first; null = not in the list. */
export function listOrder(state: ConversationState, person: PersonId): Micros | null {
  const member = state.members.get(person);
  return member === undefined ? null : listOrderOf(state, member);
}

/** As `listOrder`, for whoever has the member of the state at hand. */
export function listOrderOf(state: ConversationState, member: Member): Micros | null {
  return member.copy ? (newestVisible(state, member)?.at ?? member.joinedAt) : null;
}

/** The place of the conversation in its record's tab for someone whom the tab shows it: newest message they see there. */
export function tabOrder(state: ConversationState, person: PersonId): Micros {
  const member = state.members.get(person);
  if (!state.private || member === undefined) return state.lastMessage.at;
  return newestVisible(state, { ...member, deletedUpTo: 0 })?.at ?? member.joinedAt;
}

/** The participants a copy names: the current ones, or those of the moment at which its reader left (LEAVE-4). */
export function participantsShown(state: ConversationState, person: PersonId): PersonId[] {
  const member = state.members.get(person);
  const end = member?.stints[member.stints.length - 1]?.to ?? null;
  if (end === null) return participants(state);
  const people: PersonId[] = [];
  for (const [other, { stints }] of state.members) {
    if (stints.some((stint) => stint.from <= end && (stint.to ?? Number.POSITIVE_INFINITY) >= end)) people.push(other);
  }
  return people;
}

/** LIST-4: is `other`, who is not the reader, visible in the copy, as a participant, author or in a notice of what it shows? */
export function showsPerson(state: ConversationState, person: PersonId, other: PersonId): boolean {
  const stints = state.members.get(other)?.stints;
  if (stints === undefined || other === person) return false;
  return copyRanges(state, person).some((range) =>
    stints.some((stint) => stint.from <= range.to && (stint.to ?? Number.POSITIVE_INFINITY) >= range.from),
  );
}
