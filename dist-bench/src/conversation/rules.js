/**
 * When a command is refused: one predicate for each refusal, named with the rule's number. Pure questions to state and
 * command; in which order they are asked, and in which state of the machine, stands in `machine.ts`. A predicate is
 * asked only after those before it have said no, so it may rely on them.
 */
import { limits } from '../limits.js';
import { isBlank, isLongerThan } from './text.js';
import { isParticipant, participants, standingOf, unreadUpTo } from './visibility.js';
/** SEE-5: of whom has no copy and no tab, nobody learns that the conversation exists. */
function isHidden(state, { by, facts }) {
    const standing = standingOf(state, by);
    const hasCopyOrStint = standing !== 'stranger' && standing !== 'gone';
    const seesTab = state.about !== null && !state.private && facts.viewsRecord;
    return !hasCopyOrStint && !seesTab;
}
const stands = (...where) => (state, { by }) => where.includes(standingOf(state, by));
function isRepeated(people, by) {
    return new Set(people).size !== people.length || (by !== null && people.includes(by));
}
function endOfCopy(state, by) {
    const { stints } = state.members.get(by);
    return stints[stints.length - 1].to ?? state.head;
}
function activeParticipants(state, inactive) {
    if (inactive.size === 0)
        return state.current;
    return participants(state).reduce((count, person) => count + (inactive.has(person) ? 0 : 1), 0);
}
function isTooMany(state, people) {
    return (state.current + people.length > limits.participantsMax ||
        state.notices.length + people.length > limits.noticesPerConversationMax);
}
export const guards = {
    'CMD-4 person-deactivated': (_, { by, facts }) => facts.inactive.has(by),
    'SEE-5 not-found': isHidden,
    'START-1 start-text-blank': (_, { text }) => isBlank(text),
    'START-1 start-text-too-long': (_, { text }) => isLongerThan(text, limits.textMaxBytes),
    'START-1 start-people-missing': (_, { people }) => people.length === 0,
    'START-1 start-people-repeated': (_, { people, by }) => isRepeated(people, by),
    'START-1 start-too-many-people': (_, { people }) => people.length > limits.peoplePerCommandMax,
    'START-1 start-person-inactive': (_, { people, facts }) => people.some((person) => facts.inactive.has(person)),
    'START-2 about-not-found': (_, { about, facts }) => about !== null && !facts.viewsRecord,
    'LEAVE-4 left-reply': stands('left'),
    'DELETE-2 deleted-reply': stands('deleted'),
    'REPLY-1 reply-not-participant': stands('stranger', 'gone'),
    'REPLY-1 text-blank': (_, { text }) => isBlank(text),
    'REPLY-1 text-too-long': (_, { text }) => isLongerThan(text, limits.textMaxBytes),
    'READ-1 read-not-participant': stands('stranger', 'gone'),
    'LEAVE-4 left-read-beyond': (state, { by, upTo }) => standingOf(state, by) === 'left' && upTo > endOfCopy(state, by),
    'READ-1 read-beyond-shown': (state, { by, upTo }) => standingOf(state, by) === 'participant' && upTo > state.head,
    // Also whoever deleted their copy: it holds nothing that could be unread.
    'READ-2 read-nothing-unread': (state, { by, upTo }) => unreadUpTo(state, by, upTo) === 0,
    'LEAVE-4 left-invite': stands('left'),
    'DELETE-2 deleted-invite': stands('deleted'),
    'INVITE-1 invite-not-participant': stands('stranger', 'gone'),
    'INVITE-1 invite-people-missing': (_, { people }) => people.length === 0,
    'INVITE-1 invite-people-repeated': (_, { people }) => isRepeated(people, null),
    'INVITE-1 invite-person-inactive': (_, { people, facts }) => people.some((person) => facts.inactive.has(person)),
    'INVITE-1 invite-already-participant': (state, { people }) => people.some((person) => isParticipant(state, person)),
    'INVITE-1 invite-too-many-people': (state, { people }) => isTooMany(state, people),
    // Whoever deleted their copy is a participant still (DELETE-2), so they may leave.
    'LEAVE-1 leave-not-participant': stands('stranger', 'left', 'gone'),
    'LEAVE-2 leave-starter': (state, { by }) => by === state.starter,
    'LEAVE-3 leave-too-few': (state, { facts }) => activeParticipants(state, facts.inactive) < 3,
    'DELETE-1 delete-not-participant': stands('stranger', 'gone'),
    'DELETE-1 delete-no-copy': stands('deleted'),
    'DELETE-6 delete-beyond-shown': (state, { by, upTo }) => upTo > endOfCopy(state, by),
};
//# sourceMappingURL=rules.js.map