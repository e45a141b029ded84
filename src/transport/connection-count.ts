/**
 * How many sockets of clients are open. Each is an open file of the process, and whoever reaches the port can open them
 * without any token: beyond the bound new ones are turned away, so that the journal never lacks the file that it needs next.
 */
import { limits } from '../limits.ts';
import type { Log } from '../runtime/log.ts';

export class ConnectionCount {
  readonly #max: number;
  readonly #log: Log;
  #open = 0;
  #toldFull = false;

  /** `max`: beyond it handshakes are refused, and a few more sockets are open only until they have been told so. */
  constructor(max: number, log: Log) {
    this.#max = max;
    this.#log = log;
  }

  /** Is a handshake to be refused? */
  get isFull(): boolean {
    return this.#open > this.#max;
  }

  /** A socket was opened. False: it has to be closed at once, unheard. */
  opened(): boolean {
    this.#open += 1;
    if (this.isFull && !this.#toldFull) {
      this.#toldFull = true;
      this.#log.warn({ connections: this.#open }, 'no more connections are taken: the process may open no more files');
    }
    return this.#open <= this.#max + limits.connectionsToldMax;
  }

  /** Whatever was said of it when it was opened. */
  closed(): void {
    this.#open -= 1;
    if (this.#open < this.#max * 0.9) this.#toldFull = false;
  }
}
