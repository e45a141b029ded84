/**
 * Requests under way. Each keeps its id until it is answered: over a lost connection it is sent again, in the order of
 * asking; where the server says that the same request may succeed later, it is sent again then.
 */

import { sdkLimits } from '../limits.ts';
import { encode } from '../wire/client-codec.ts';
import type { ClientFrames, RequestType, Results, ServerFrames } from '../wire/frames.ts';
import { delayMs, retryBackoff } from './backoff.ts';
import type { ClientClock } from './environment.ts';
import { closedBecause, faultOfFrame, ParleyError } from './failure.ts';

export type RequestFrame = ClientFrames[RequestType];
/** What is undefined is left out on the wire. */
type Loose<F> = { readonly [K in keyof F]: Pick<F, K> extends Required<Pick<F, K>> ? F[K] : F[K] | undefined };
/** Frames without their ids. */
export type WithoutId<F> = F extends { id: string } ? Loose<Omit<F, 'id'>> : never;
export type Question = WithoutId<RequestFrame>;

interface Pending {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  readonly forget: () => void;
  state: 'waiting' | 'sent' | 'pausing';
  failures: number;
  cancelPause: (() => void) | null;
}

/** Requests on the wire at once: half of what a session may have. */
const sentMax = sdkLimits.sessionInFlightMax / 2;

export class Requests {
  readonly #clock: ClientClock;
  readonly #random: () => number;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #pending = new Map<string, Pending>();
  #sent = 0;
  #up = false;
  #closed: ParleyError | null = null;

  constructor(clock: ClientClock, random: () => number, send: (bytes: Uint8Array) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#send = send;
  }

  /** Rejects with the server's refusal, with the signal's reason, or with `closed`. */
  ask<F extends RequestFrame>(frame: F, signal?: AbortSignal): Promise<Results[F['t']]> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== null) throw this.#closed;
      signal?.throwIfAborted();
      // Beyond this the transport would cut the connection, and the same again after every reconnect.
      const bytes = encode(frame);
      if (bytes.length > sdkLimits.frameInMaxBytes) {
        throw new ParleyError({ code: 1004, name: 'frame-too-large', message: 'The frame is larger than allowed.' });
      }
      const aborted = () => this.#end(frame.id)?.reject(signal?.reason);
      signal?.addEventListener('abort', aborted);
      const forget = () => signal?.removeEventListener('abort', aborted);
      this.#pending.set(frame.id, {
        id: frame.id,
        bytes,
        resolve,
        reject,
        forget,
        state: 'waiting',
        failures: 0,
        cancelPause: null,
      });
      this.#pump();
    });
  }

  up(): void {
    this.#up = true;
    this.#pump();
  }

  down(): void {
    this.#up = false;
    this.#sent = 0;
    for (const pending of this.#pending.values()) {
      pending.cancelPause?.();
      pending.cancelPause = null;
      pending.state = 'waiting';
    }
  }

  answer(frame: ServerFrames['ok'] | ServerFrames['error']): void {
    const pending = this.#pending.get(frame.id ?? '');
    if (pending === undefined) return;
    if (frame.t === 'error' && frame.retryable) this.#pause(pending, frame.retryAfterMs ?? 0);
    else if (frame.t === 'error') this.#end(pending.id)?.reject(faultOfFrame(frame));
    else this.#end(pending.id)?.resolve(frame.result as never);
    this.#pump();
  }

  /** Terminal: what is under way rejects with `error`, what comes later with `closed`. */
  close(error: ParleyError): void {
    this.#closed = closedBecause(error);
    for (const id of [...this.#pending.keys()]) this.#end(id)?.reject(error);
  }

  #pause(pending: Pending, leastMs: number): void {
    if (pending.state !== 'sent') return;
    this.#sent -= 1;
    pending.state = 'pausing';
    const wait = leastMs + delayMs(retryBackoff, pending.failures, this.#random);
    pending.failures += 1;
    pending.cancelPause = this.#clock.after(wait, () => {
      pending.state = 'waiting';
      pending.cancelPause = null;
      this.#pump();
    });
  }

  #end(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    if (pending.state === 'sent') this.#sent -= 1;
    pending.cancelPause?.();
    pending.forget();
    return pending;
  }

  #pump(): void {
    if (!this.#up) return;
    for (const pending of this.#pending.values()) {
      if (this.#sent >= sentMax) return;
      if (pending.state !== 'waiting') continue;
      pending.state = 'sent';
      this.#sent += 1;
      this.#send(pending.bytes);
    }
  }
}
