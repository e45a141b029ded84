/**
 * What the connections of both adapters have in common: after `close` or `terminate` the handler hears nothing but
 * `closed`, which comes exactly once and never from inside a call of the session's own; a handler that throws costs its
 * own connection and no other.
 */
import { limits } from '../limits.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Accept, Connection, ConnectionHandler } from '../session/connection.ts';

/** Bytes waiting in one socket beyond which the adapter itself gives up. Above the session's bound, which acts first. */
export const backlogCapBytes = limits.socketBacklogMaxBytes + 2 * limits.frameOutMaxBytes;

/** Messages that may come behind a close. */
const ignoredMax = 1_000;

export abstract class SocketConnection implements Connection {
  readonly address: string;
  readonly #log: Log;
  readonly #clock: Clock;
  #handler: ConnectionHandler | null = null;
  #state: 'open' | 'closing' | 'over' = 'open';
  #grace: Timer | null = null;
  #ignored = 0;

  /** `address` in its plain form. */
  constructor(address: string, log: Log, clock: Clock) {
    this.address = address;
    this.#log = log;
    this.#clock = clock;
  }

  abstract backlogBytes(): number;
  /** One message; false where it could not be kept, so that the stream has a hole. Only called while open. */
  protected abstract write(bytes: Uint8Array): boolean;
  /** Runs `write` with the socket held back. Only called while the socket is there. */
  protected abstract cork(write: () => void): void;
  /** Sends the close code behind what waits. */
  protected abstract end(code: number, reason: string): void;
  protected abstract destroy(): void;
  abstract subscribe(topic: string): void;
  abstract unsubscribe(topic: string): void;

  send(bytes: Uint8Array): void {
    if (this.#state === 'open' && !this.write(bytes)) this.terminate();
  }

  batch(write: () => void): void {
    if (this.#state === 'over') write();
    else this.cork(write);
  }

  close(code: number, reason: string): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.startGrace();
    this.end(code, reason);
  }

  terminate(): void {
    if (this.#state === 'over') return;
    this.#state = 'closing';
    this.destroy();
  }

  /** Lets the session in. Called once, by the adapter, as are all below. */
  start(accept: Accept): void {
    this.#guard(() => {
      this.#handler = accept(this);
    });
  }

  received(bytes: Uint8Array): void {
    if (this.#isHeard()) this.#guard(() => this.#handler?.message(bytes));
  }

  receivedText(): void {
    if (this.#isHeard()) this.#guard(() => this.#handler?.text());
  }

  receivedPing(): void {
    if (this.#isHeard()) this.#guard(() => this.#handler?.ping());
  }

  /** What was on its way when the connection was closed may still come; a peer that only goes on is not waited for. */
  #isHeard(): boolean {
    if (this.#state === 'open') return true;
    this.#ignored += 1;
    if (this.#ignored > ignoredMax) this.terminate();
    return false;
  }

  /** The socket is gone. May be called more than once. */
  ended(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#grace?.cancel();
    queueMicrotask(() => this.#guard(() => this.#handler?.closed()));
  }

  /** From here on the peer has a few seconds to take the rest. */
  startGrace(): void {
    this.#grace ??= this.#clock.after(limits.closeGraceMs, () => this.terminate());
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      const trace = error instanceof Error ? error.stack : String(error);
      this.#log.error({ trace }, 'a session threw; its connection is ended');
      this.terminate();
    }
  }
}
