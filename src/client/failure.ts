/**
 * What every rejected promise and every `error` event of the SDK carries. `name` is stable and is the server's name of
 * the refusal or fault (`protocol/errors.json`), the name of a terminal close code, or one of the SDK's own below.
 */
import type { ServerFrames } from '../wire/frames.ts';

/** Faults that the client finds itself. They have no number on the wire: `code` is 0. */
export type LocalFault =
  /** `close()` was called, or the client was ended for good: then the message names what ended it, and `cause` is that. */
  | 'closed'
  /** No `upTo` was given and the conversation is not held, so nobody knows up to where it was shown. */
  | 'not-loaded'
  /** More commands wait than the outbox takes. */
  | 'outbox-full'
  /** `getToken` threw or took too long; the client goes on trying. */
  | 'token-unavailable'
  /** The server sent bytes that are no frame; the client connects again. */
  | 'frame-unreadable'
  /** The outbox could not be written to `storage`. */
  | 'storage-failed';

interface Fault {
  readonly code: number;
  readonly name: string;
  readonly message: string;
  readonly rule?: string | undefined;
  readonly retryable?: boolean;
  readonly field?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

export class ParleyError extends Error {
  override readonly name: string;
  /** Stable number; 4xxx = a close code, 0 = found by the client itself. */
  readonly code: number;
  /** The rule that refused, as in RULES.md; undefined where no rule did. */
  readonly rule: string | undefined;
  /** May the same request succeed later? Commands are retried by the SDK itself, so this is seldom true here. */
  readonly retryable: boolean;
  /** Where in the frame the fault is, as a JSON pointer. */
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(fault: Fault) {
    super(fault.message, fault.cause === undefined ? undefined : { cause: fault.cause });
    this.name = fault.name;
    this.code = fault.code;
    this.rule = fault.rule;
    this.retryable = fault.retryable ?? false;
    this.field = fault.field;
    this.retryAfterMs = fault.retryAfterMs;
  }
}

export function localFault(name: LocalFault, message: string, cause?: unknown): ParleyError {
  return new ParleyError({ code: 0, name, message, cause });
}

/** What rejects whatever is asked after this end. */
export function closedBecause(end: ParleyError): ParleyError {
  return end.name === 'closed' ? end : localFault('closed', `The client was closed: ${end.name}.`, end);
}

export function faultOfFrame(frame: ServerFrames['error']): ParleyError {
  return new ParleyError(frame);
}
