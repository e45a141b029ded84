/**
 * The registry of errors: number and name are stable, the text may change. 1xxx: the frame or the session; 2xxx: a rule
 * refused, and names itself; 3xxx: the server cannot, just now or until it is mended. `protocol/errors.json` is generated
 * from it.
 */
import type { ServerFrames } from './frames.ts';

interface ErrorKind {
  readonly code: number;
  readonly rule?: string;
  /** May the same request with the same id succeed later? */
  readonly retryable: boolean;
  readonly message: string;
}

const fault = (code: number, message: string, retryable = false): ErrorKind => ({ code, retryable, message });
const refusal = (code: number, rule: string, message: string): ErrorKind => ({ code, rule, retryable: false, message });

export const errors = {
  'frame-malformed': fault(1001, 'This is not one MessagePack map of plain values.'),
  'frame-unknown': fault(1002, 'There is no frame of this name.'),
  'frame-invalid': fault(1003, 'The frame does not fit its schema.'),
  'frame-too-large': fault(1004, 'The frame is larger than allowed.'),
  'not-signed-in': fault(1005, 'The first frame must be hello.'),
  'already-signed-in': fault(1006, 'hello may be said once.'),
  'token-invalid': fault(1007, 'The token is not accepted.'),
  'token-expired': fault(1008, 'The token has expired.'),
  'token-other-person': fault(1009, 'The new token is for another person.'),
  'too-many-tabs': fault(1010, 'Too many tabs are open in this session.'),
  'position-unknown': fault(1011, 'These positions do not belong to this server.'),

  'not-found': refusal(2001, 'SEE-5', 'There is no such thing, or it is not for you.'),
  'person-deactivated': refusal(2002, 'CMD-4', 'This person is deactivated.'),
  'command-id-reused': refusal(2003, 'CMD-1', 'This command id was used for another command.'),
  'text-blank': refusal(2101, 'REPLY-1', 'The message is blank.'),
  'text-too-long': refusal(2102, 'REPLY-1', 'The message is too long.'),
  'reply-not-participant': refusal(2103, 'REPLY-1', 'Only current participants reply.'),
  'start-text-blank': refusal(2201, 'START-1', 'The message is blank.'),
  'start-text-too-long': refusal(2202, 'START-1', 'The message is too long.'),
  'start-people-missing': refusal(2203, 'START-1', 'At least one other person is needed.'),
  'start-people-repeated': refusal(2204, 'START-1', 'The starter and the participants must be distinct people.'),
  'start-person-inactive': refusal(2205, 'START-1', 'One of the people is not an active person.'),
  'start-too-many-people': refusal(2206, 'START-1', 'Too many people for one conversation.'),
  'about-not-found': refusal(2207, 'START-2', 'There is no such record, or it is not for you.'),
  'read-not-participant': refusal(2301, 'READ-1', 'There is no copy of yours to mark.'),
  'read-beyond-shown': refusal(2302, 'READ-1', 'The seq is beyond the newest entry.'),
  'read-nothing-unread': refusal(2303, 'READ-2', 'Nothing is unread.'),
  'invite-not-participant': refusal(2401, 'INVITE-1', 'Only current participants invite.'),
  'invite-people-missing': refusal(2402, 'INVITE-1', 'Nobody is named.'),
  'invite-people-repeated': refusal(2403, 'INVITE-1', 'A person is named twice.'),
  'invite-person-inactive': refusal(2404, 'INVITE-1', 'One of the people is not an active person.'),
  'invite-already-participant': refusal(2405, 'INVITE-1', 'One of the people is already a participant.'),
  'invite-too-many-people': refusal(2406, 'INVITE-1', 'Too many people for one conversation.'),
  'leave-not-participant': refusal(2501, 'LEAVE-1', 'Only a current participant can leave.'),
  'leave-starter': refusal(2502, 'LEAVE-2', 'The starter cannot leave.'),
  'leave-too-few': refusal(2503, 'LEAVE-3', 'Leaving needs three or more participants.'),
  'left-reply': refusal(2504, 'LEAVE-4', 'You have left: you can no longer reply.'),
  'left-invite': refusal(2505, 'LEAVE-4', 'You have left: you can no longer invite.'),
  'left-read-beyond': refusal(2506, 'LEAVE-4', 'You have left before this seq.'),
  'delete-no-copy': refusal(2601, 'DELETE-1', 'There is no copy of yours to delete.'),
  'delete-not-participant': refusal(2602, 'DELETE-1', 'There is no copy of yours to delete.'),
  'delete-beyond-shown': refusal(2603, 'DELETE-6', 'The seq is beyond the newest entry.'),
  'deleted-reply': refusal(2604, 'DELETE-2', 'You have deleted this conversation: reply after its next message.'),
  'deleted-invite': refusal(2605, 'DELETE-2', 'You have deleted this conversation: invite after its next message.'),

  busy: fault(3001, 'Too much is under way; try again.', true),
  'rate-limited': fault(3002, 'Too many commands; try again later.', true),
  'read-only': fault(3003, 'The disk is nearly full: reading works, writing does not.', true),
  unavailable: fault(3004, 'The server cannot answer for this just now.', true),
  internal: fault(3005, 'A fault of the server; it has been logged.', true),
  'conversation-limited': fault(3006, 'Too much is going on in this conversation; try again later.', true),
  'address-limited': fault(3007, 'Too many connections or bad tokens from your address; try again later.', true),
  damaged: fault(3008, 'What is stored of this is damaged; it cannot be told or changed until it is restored.'),
} as const satisfies { readonly [name: string]: ErrorKind };

export type ErrorName = keyof typeof errors;

export interface ErrorDetails {
  readonly id?: string | undefined;
  readonly field?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** The `error` frame of a name. Two refusals of one name differ in their request id and nothing else (SEE-5). */
export function errorFrame(name: ErrorName, details: ErrorDetails = {}): ServerFrames['error'] {
  const kind: ErrorKind = errors[name];
  return {
    t: 'error',
    ...(details.id === undefined ? {} : { id: details.id }),
    code: kind.code,
    name,
    ...(kind.rule === undefined ? {} : { rule: kind.rule }),
    message: kind.message,
    retryable: kind.retryable,
    ...(details.field === undefined ? {} : { field: details.field }),
    ...(details.retryAfterMs === undefined ? {} : { retryAfterMs: details.retryAfterMs }),
  };
}
