/** Holds everyone who has a key, a person or an address, to one pace. */
import type { Clock } from '../runtime/clock.ts';
import { type Pace, paceOf, taken, waitMs } from '../runtime/pace.ts';

export class RateLimit {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #pace: Pace;
  readonly #keysMax: number;
  readonly #paidOff = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonicMs'>, perSecond: number, burst: number, keysMax: number) {
    this.#clock = clock;
    this.#pace = paceOf(perSecond, burst);
    this.#keysMax = keysMax;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#paidOff.size;
  }

  /** Takes one; 0 where that was possible, otherwise nothing is taken and it is the milliseconds until it will be. */
  take(key: string): number {
    const now = this.#clock.monotonicMs();
    const known = this.#paidOff.get(key);
    const wait = waitMs(this.#pace, known ?? 0, now);
    if (wait > 0) return wait;
    if (known === undefined && this.#paidOff.size >= this.#keysMax) this.#forgetOldest();
    this.#paidOff.set(key, taken(this.#pace, known ?? 0, now));
    return 0;
  }

  /** Forgets those whose pause was long enough for all that may come at once: they are as if never seen. */
  sweep(): void {
    const now = this.#clock.monotonicMs();
    for (const [key, paidOff] of this.#paidOff) if (paidOff <= now) this.#paidOff.delete(key);
  }

  /** Which is the one most likely to have paid off. */
  #forgetOldest(): void {
    for (const key of this.#paidOff.keys()) {
      this.#paidOff.delete(key);
      return;
    }
  }
}
