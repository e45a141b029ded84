/**
 * Every refusal of the rules: its name (stable, on the wire) and the rule that it names. A refusal is a value and
 * changes nothing. Numbers and texts for people stand in `wire/errors.ts`; a test holds the two together.
 */
export const refusals = {
    'not-found': 'SEE-5',
    'person-deactivated': 'CMD-4',
    'command-id-reused': 'CMD-1',
    'text-blank': 'REPLY-1',
    'text-too-long': 'REPLY-1',
    'start-text-blank': 'START-1',
    'start-text-too-long': 'START-1',
    'start-people-missing': 'START-1',
    'start-people-repeated': 'START-1',
    'start-person-inactive': 'START-1',
    'start-too-many-people': 'START-1',
    'about-not-found': 'START-2',
    'reply-not-participant': 'REPLY-1',
    'read-not-participant': 'READ-1',
    'read-beyond-shown': 'READ-1',
    'read-nothing-unread': 'READ-2',
    'invite-not-participant': 'INVITE-1',
    'invite-people-missing': 'INVITE-1',
    'invite-people-repeated': 'INVITE-1',
    'invite-person-inactive': 'INVITE-1',
    'invite-already-participant': 'INVITE-1',
    'invite-too-many-people': 'INVITE-1',
    'leave-not-participant': 'LEAVE-1',
    'leave-starter': 'LEAVE-2',
    'leave-too-few': 'LEAVE-3',
    'left-reply': 'LEAVE-4',
    'left-invite': 'LEAVE-4',
    'left-read-beyond': 'LEAVE-4',
    'deleted-reply': 'DELETE-2',
    'deleted-invite': 'DELETE-2',
    'delete-no-copy': 'DELETE-1',
    'delete-not-participant': 'DELETE-1',
    'delete-beyond-shown': 'DELETE-6',
};
export function refuse(name) {
    return { name, rule: refusals[name] };
}
//# sourceMappingURL=refusals.js.map