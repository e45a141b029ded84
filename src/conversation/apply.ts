/**
 * `apply`: state × event → state. The only place where a conversation's state changes: the machine uses it when it
 * decides, replay uses it when it rebuilds. Pure; throws only when an event does not follow the state (damage or a bug).
 */
import type { PersonId, Seq } from './commands.ts';
import type { ConversationEvent, Deleted, Erased, HasRead, Joined, Left, Replied, Started } from './events.ts';
import { changing, copyOf, type DraftMembers } from './members.ts';
import type { ConversationState, Member } from './state.ts';
import { currentStint, newestVisible } from './visibility.ts';

/** An event that cannot follow this state: the journal is damaged, or a rule has a bug. */
export class BrokenHistory extends Error {
  override readonly name = 'BrokenHistory';
}

export function apply(state: ConversationState | null, event: ConversationEvent): ConversationState {
  return applyAll(state, [event]);
}

/**
 * Applies consecutive events; at least one where there is no state yet. What grows with the conversation is copied once
 * for all of them, so that an invitation of many costs no more than one of one.
 */
export function applyAll(state: ConversationState | null, events: readonly ConversationEvent[]): ConversationState {
  let draft: Draft | null = state === null ? null : draftOf(state, events);
  for (const event of events) {
    if (event.type === 'started') {
      if (draft !== null) throw new BrokenHistory('a start in a conversation that exists');
      draft = started(event);
    } else {
      if (draft === null) throw new BrokenHistory(`${event.type} before the start`);
      follow(draft, event);
    }
  }
  if (draft === null) throw new BrokenHistory('no conversation and no start');
  return draft;
}

/** A state under construction, which nobody else has seen yet. */
type Draft = { -readonly [K in keyof ConversationState]: ConversationState[K] } & {
  members: DraftMembers;
  notices: Seq[];
};

function draftOf(state: ConversationState, events: readonly ConversationEvent[]): Draft {
  const noticed = events.some((event) => event.type === 'joined' || event.type === 'left');
  const notices = noticed ? [...state.notices] : (state.notices as Seq[]);
  const members = noticed ? copyOf(state.members) : changing(state.members);
  const { id, starter, about, private: isPrivate, v, head, lastMessage, current, hidden } = state;
  return { id, starter, about, private: isPrivate, v, head, lastMessage, members, current, hidden, notices };
}

function follow(draft: Draft, event: Exclude<ConversationEvent, Started>): void {
  if (event.v !== draft.v + 1) throw new BrokenHistory(`event ${event.v} after event ${draft.v}`);
  if ('seq' in event && event.seq !== draft.head + 1) throw new BrokenHistory(`seq ${event.seq} after ${draft.head}`);
  if ('upTo' in event && event.upTo > draft.head) throw new BrokenHistory(`mark ${event.upTo} beyond ${draft.head}`);
  draft.v = event.v;
  switch (event.type) {
    case 'replied':
      replied(draft, event);
      break;
    case 'joined':
      joined(draft, event);
      break;
    case 'left':
      left(draft, event);
      break;
    case 'read':
      read(draft, event);
      break;
    case 'deleted':
      deleted(draft, event);
      break;
    case 'erased':
      expectMessages(draft, event);
      break;
  }
}

/** ERASE-1 changes nothing that a state holds. */
function expectMessages(draft: Draft, { seqs }: Erased): void {
  const isMessage = (seq: Seq) => seq >= 1 && seq <= draft.head && !draft.notices.includes(seq);
  if (!seqs.every(isMessage)) throw new BrokenHistory('an erasure of what is no message');
}

function memberOf(draft: Draft, person: PersonId): Member {
  const member = draft.members.get(person);
  if (member === undefined) throw new BrokenHistory(`${person} was never a participant`);
  return member;
}

function started(event: Started): Draft {
  if (event.v !== 1 || event.seq !== 1) throw new BrokenHistory('a start that is not the first event');
  const members = new Map<PersonId, Member>();
  for (const person of [event.by, ...event.people]) {
    members.set(person, {
      stints: [{ from: event.seq, to: null }],
      joinedAt: event.at,
      readUpTo: person === event.by ? event.seq : 0,
      deletedUpTo: 0,
      copy: true,
      lastSeen: null,
    });
  }
  return {
    id: event.conversation,
    starter: event.by,
    about: event.about,
    private: event.private,
    v: event.v,
    head: event.seq,
    lastMessage: { seq: event.seq, at: event.at },
    members,
    current: members.size,
    hidden: 0,
    notices: [],
  };
}

/** REPLY-3 moves the author's mark; DELETE-3 brings back the copies of participants who had deleted theirs. */
function replied(draft: Draft, event: Replied): void {
  const author = memberOf(draft, event.by);
  if (currentStint(author) === null) throw new BrokenHistory(`${event.by} replied without being in`);
  draft.members.set(event.by, { ...author, readUpTo: event.seq });
  if (draft.hidden > 0) {
    for (const [person, member] of draft.members) {
      if (!member.copy && currentStint(member) !== null) draft.members.set(person, { ...member, copy: true });
    }
  }
  draft.head = event.seq;
  draft.lastMessage = { seq: event.seq, at: event.at };
  draft.hidden = 0;
}

/** A new stint. Of an earlier one its copy stays; where that is deleted, all of it is (INVITE-2, INVITE-4). */
function joined(draft: Draft, event: Joined): void {
  const before = draft.members.get(event.who);
  const last = before?.stints[before.stints.length - 1];
  if (last?.to === null) throw new BrokenHistory(`${event.who} joined while being in`);
  const deletedUpTo = before?.deletedUpTo ?? 0;
  draft.members.set(event.who, {
    stints: [...(before?.stints ?? []), { from: event.seq, to: null }],
    joinedAt: event.at,
    readUpTo: event.seq,
    deletedUpTo: before?.copy === false ? Math.max(deletedUpTo, last?.to ?? 0) : deletedUpTo,
    copy: true,
    lastSeen: before?.lastSeen ?? null,
  });
  draft.head = event.seq;
  draft.current += 1;
  draft.notices.push(event.seq);
}

function left(draft: Draft, event: Left): void {
  const before = memberOf(draft, event.by);
  const open = currentStint(before);
  if (open === null) throw new BrokenHistory(`${event.by} left without being in`);
  draft.members.set(event.by, {
    ...before,
    stints: [...before.stints.slice(0, -1), { from: open.from, to: event.seq }],
    lastSeen: draft.lastMessage.seq >= open.from ? draft.lastMessage : before.lastSeen,
  });
  draft.head = event.seq;
  draft.current -= 1;
  if (!before.copy) draft.hidden -= 1;
  draft.notices.push(event.seq);
}

function read(draft: Draft, event: HasRead): void {
  const before = memberOf(draft, event.by);
  draft.members.set(event.by, { ...before, readUpTo: Math.max(before.readUpTo, event.upTo) });
}

/** The copy goes unless a message, or the reader's own invitation, came after what was deleted (DELETE-6). */
function deleted(draft: Draft, event: Deleted): void {
  const before = memberOf(draft, event.by);
  const marked: Member = { ...before, deletedUpTo: Math.max(before.deletedUpTo, event.upTo) };
  const last = marked.stints[marked.stints.length - 1];
  const invitedSince = last !== undefined && last.from > marked.deletedUpTo;
  const copy = before.copy && (invitedSince || newestVisible(draft, marked) !== null);
  draft.members.set(event.by, { ...marked, copy });
  if (before.copy && !copy && currentStint(marked) !== null) draft.hidden += 1;
}
