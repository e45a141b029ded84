/**
 * When a command is refused: one predicate for each refusal, named with the rule's number. Pure questions to state and
 * command; in which order they are asked, and in which state of the machine, stands in `machine.ts`. A predicate is
 * asked only after those before it have said no, so it may rely on them.
 */
import { limits } from '../limits.ts';
import type { Command, Delete, Invite, Leave, PersonId, Read, Reply, Start } from './commands.ts';
import type { RefusalName, refusals } from './refusals.ts';
import type { ConversationState } from './state.ts';
import { isBlank, isLongerThan } from './text.ts';
import { endOfStints, isParticipant, participants, type Standing, standingOf, unreadUpTo } from './visibility.ts';

/** The one refusal that no rule of a conversation decides: whoever remembers commands does (CMD-1). */
type Elsewhere = 'command-id-reused';
type Name<N extends RefusalName> = `${(typeof refusals)[N]} ${N}`;
/** Rule and refusal, as in `LEAVE-2 leave-starter`. */
export type GuardName = { [N in Exclude<RefusalName, Elsewhere>]: Name<N> }[Exclude<RefusalName, Elsewhere>];

type Existing = Exclude<Command, Start>;

/** SEE-5: of whom has no copy and no tab, nobody learns that the conversation exists. */
function isHidden(state: ConversationState, { by, facts }: Existing): boolean {
  const standing = standingOf(state, by);
  const hasCopyOrStint = standing !== 'stranger' && standing !== 'gone';
  const seesTab = state.about !== null && !state.private && facts.viewsRecord;
  return !hasCopyOrStint && !seesTab;
}

const stands =
  (...where: readonly Standing[]) =>
  (state: ConversationState, { by }: Existing): boolean =>
    where.includes(standingOf(state, by));

function isRepeated(people: readonly PersonId[], by: PersonId | null): boolean {
  return new Set(people).size !== people.length || (by !== null && people.includes(by));
}

function activeParticipants(state: ConversationState, inactive: ReadonlySet<PersonId>): number {
  if (inactive.size === 0) return state.current;
  return participants(state).reduce((count, person) => count + (inactive.has(person) ? 0 : 1), 0);
}

function isTooMany(state: ConversationState, people: readonly PersonId[]): boolean {
  return (
    state.current + people.length > limits.participantsMax ||
    state.notices.length + people.length > limits.noticesPerConversationMax
  );
}

export const guards = {
  'CMD-4 person-deactivated': (_: unknown, { by, facts }: Command) => facts.inactive.has(by),
  'SEE-5 not-found': isHidden,

  'START-1 start-text-blank': (_: unknown, { text }: Start) => isBlank(text),
  'START-1 start-text-too-long': (_: unknown, { text }: Start) => isLongerThan(text, limits.textMaxBytes),
  'START-1 start-people-missing': (_: unknown, { people }: Start) => people.length === 0,
  'START-1 start-people-repeated': (_: unknown, { people, by }: Start) => isRepeated(people, by),
  'START-1 start-too-many-people': (_: unknown, { people }: Start) => people.length > limits.peoplePerCommandMax,
  'START-1 start-person-inactive': (_: unknown, { people, facts }: Start) =>
    people.some((person) => facts.inactive.has(person)),
  'START-2 about-not-found': (_: unknown, { about, facts }: Start) => about !== null && !facts.viewsRecord,

  'LEAVE-4 left-reply': stands('left'),
  'DELETE-2 deleted-reply': stands('deleted'),
  'REPLY-1 reply-not-participant': stands('stranger', 'gone'),
  'REPLY-1 text-blank': (_: unknown, { text }: Reply) => isBlank(text),
  'REPLY-1 text-too-long': (_: unknown, { text }: Reply) => isLongerThan(text, limits.textMaxBytes),

  'READ-1 read-not-participant': stands('stranger', 'gone'),
  'LEAVE-4 left-read-beyond': (state: ConversationState, { by, upTo }: Read) =>
    standingOf(state, by) === 'left' && upTo > endOfStints(state, by),
  'READ-1 read-beyond-shown': (state: ConversationState, { by, upTo }: Read) =>
    standingOf(state, by) === 'participant' && upTo > state.head,
  // Also whoever deleted their copy: it holds nothing that could be unread.
  'READ-2 read-nothing-unread': (state: ConversationState, { by, upTo }: Read) => unreadUpTo(state, by, upTo) === 0,

  'LEAVE-4 left-invite': stands('left'),
  'DELETE-2 deleted-invite': stands('deleted'),
  'INVITE-1 invite-not-participant': stands('stranger', 'gone'),
  'INVITE-1 invite-people-missing': (_: unknown, { people }: Invite) => people.length === 0,
  'INVITE-1 invite-people-repeated': (_: unknown, { people }: Invite) => isRepeated(people, null),
  'INVITE-1 invite-person-inactive': (_: unknown, { people, facts }: Invite) =>
    people.some((person) => facts.inactive.has(person)),
  'INVITE-1 invite-already-participant': (state: ConversationState, { people }: Invite) =>
    people.some((person) => isParticipant(state, person)),
  'INVITE-1 invite-too-many-people': (state: ConversationState, { people }: Invite) => isTooMany(state, people),

  // Whoever deleted their copy is a participant still (DELETE-2), so they may leave.
  'LEAVE-1 leave-not-participant': stands('stranger', 'left', 'gone'),
  'LEAVE-2 leave-starter': (state: ConversationState, { by }: Leave) => by === state.starter,
  'LEAVE-3 leave-too-few': (state: ConversationState, { facts }: Leave) =>
    activeParticipants(state, facts.inactive) < 3,

  'DELETE-1 delete-not-participant': stands('stranger', 'gone'),
  'DELETE-1 delete-no-copy': stands('deleted'),
  'DELETE-6 delete-beyond-shown': (state: ConversationState, { by, upTo }: Delete) => upTo > endOfStints(state, by),
} satisfies { readonly [G in GuardName]: (state: ConversationState, command: never) => boolean };
