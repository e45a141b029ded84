/**
 * `apply`: state × event → state. The only place where a conversation's state changes: the machine uses it when it
 * decides, replay uses it when it rebuilds. Pure; throws only when an event does not follow the state (damage or a bug).
 */
import type { PersonId } from './commands.ts';
import type { ConversationEvent, Deleted, HasRead, Joined, Left, Replied, Started } from './events.ts';
import type { ConversationState, Member, MessageMark } from './state.ts';
import { currentStint, newestVisible } from './visibility.ts';

/** An event that cannot follow this state: the journal is damaged, or a rule has a bug. */
export class BrokenHistory extends Error {
  override readonly name = 'BrokenHistory';
}

export function apply(state: ConversationState | null, event: ConversationEvent): ConversationState {
  if (event.type === 'started') {
    if (state !== null || event.v !== 1 || event.seq !== 1)
      throw new BrokenHistory('a start in a conversation that exists');
    return started(event);
  }
  if (state === null) throw new BrokenHistory(`${event.type} before the start`);
  if (event.v !== state.v + 1) throw new BrokenHistory(`event ${event.v} after event ${state.v}`);
  if ('seq' in event && event.seq !== state.head + 1) throw new BrokenHistory(`seq ${event.seq} after ${state.head}`);
  switch (event.type) {
    case 'replied':
      return replied(state, event);
    case 'joined':
      return joined(state, event);
    case 'left':
      return left(state, event);
    case 'read':
      return read(state, event);
    case 'deleted':
      return deleted(state, event);
  }
}

function memberOf(state: ConversationState, person: PersonId): Member {
  const member = state.members.get(person);
  if (member === undefined) throw new BrokenHistory(`${person} was never a participant`);
  return member;
}

function withMember(
  state: ConversationState,
  person: PersonId,
  member: Member,
  change: Partial<ConversationState>,
): ConversationState {
  const members = new Map(state.members);
  members.set(person, member);
  return { ...state, ...change, members };
}

function started(event: Started): ConversationState {
  const members = new Map<PersonId, Member>();
  for (const person of [event.by, ...event.people]) {
    const readUpTo = person === event.by ? event.seq : 0;
    members.set(person, {
      stints: [{ from: event.seq, to: null }],
      joinedAt: event.at,
      readUpTo,
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
function replied(state: ConversationState, event: Replied): ConversationState {
  const members = new Map(state.members);
  members.set(event.by, { ...memberOf(state, event.by), readUpTo: event.seq });
  if (state.hidden > 0) {
    for (const [person, member] of members) {
      if (!member.copy && currentStint(member) !== null) members.set(person, { ...member, copy: true });
    }
  }
  const lastMessage: MessageMark = { seq: event.seq, at: event.at };
  return { ...state, v: event.v, head: event.seq, lastMessage, members, hidden: 0 };
}

/** A new stint; what the newcomer had before stays as their marks say (INVITE-2, INVITE-4). */
function joined(state: ConversationState, event: Joined): ConversationState {
  const before = state.members.get(event.who);
  const member: Member = {
    stints: [...(before?.stints ?? []), { from: event.seq, to: null }],
    joinedAt: event.at,
    readUpTo: event.seq,
    deletedUpTo: before?.deletedUpTo ?? 0,
    copy: true,
    lastSeen: before?.lastSeen ?? null,
  };
  return withMember(state, event.who, member, {
    v: event.v,
    head: event.seq,
    current: state.current + 1,
    notices: [...state.notices, event.seq],
  });
}

function left(state: ConversationState, event: Left): ConversationState {
  const before = memberOf(state, event.by);
  const open = currentStint(before);
  if (open === null) throw new BrokenHistory(`${event.by} left without being in`);
  const lastSeen = state.lastMessage.seq >= open.from ? state.lastMessage : before.lastSeen;
  const member: Member = {
    ...before,
    stints: [...before.stints.slice(0, -1), { from: open.from, to: event.seq }],
    lastSeen,
  };
  return withMember(state, event.by, member, {
    v: event.v,
    head: event.seq,
    current: state.current - 1,
    hidden: state.hidden - (before.copy ? 0 : 1),
    notices: [...state.notices, event.seq],
  });
}

function read(state: ConversationState, event: HasRead): ConversationState {
  const before = memberOf(state, event.by);
  return withMember(state, event.by, { ...before, readUpTo: Math.max(before.readUpTo, event.upTo) }, { v: event.v });
}

/** The copy goes unless a message came after what was deleted (DELETE-6). */
function deleted(state: ConversationState, event: Deleted): ConversationState {
  const before = memberOf(state, event.by);
  const marked: Member = { ...before, deletedUpTo: Math.max(before.deletedUpTo, event.upTo) };
  const copy = newestVisible(state, marked) !== null;
  const hides = before.copy && !copy && currentStint(before) !== null;
  return withMember(state, event.by, { ...marked, copy }, { v: event.v, hidden: state.hidden + (hides ? 1 : 0) });
}
