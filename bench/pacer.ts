/**
 * Calls when a message is due. A thread sleeps, to fractions of a millisecond, until a moment before; only that moment is
 * spun away. Node's own timers know whole milliseconds, and spinning throughout would take a core from the server that is
 * measured. So messages that come closer to each other than that moment are called for when the thread has woken, all that
 * are due by then: each is late by as long as waking takes, and that counts as its latency.
 */
import { Worker } from 'node:worker_threads';

export interface Pace {
  /** `performance.now()` of the first message. */
  readonly began: number;
  readonly intervalMs: number;
  readonly total: number;
}

/** Waking takes about that long. */
const aheadMs = 0.15;

export class Pacer {
  readonly #cells = new Int32Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;
  readonly #pace: Pace;
  readonly #due: () => void;
  readonly #spins: boolean;
  #next = 0;
  #spinning = false;

  constructor(pace: Pace, due: () => void) {
    const { began, intervalMs, total } = pace;
    this.#pace = pace;
    this.#due = due;
    this.#spins = intervalMs > 2 * aheadMs;
    const wakeAt = performance.timeOrigin + began - (this.#spins ? aheadMs : 0);
    const workerData = { cells: this.#cells, wakeAt, intervalMs, total };
    this.#worker = new Worker(new URL('./pacer-thread.js', import.meta.url), { workerData });
    this.#worker.on('message', () => {
      Atomics.store(this.#cells, 1, 0);
      if (!this.#spinning) this.#look();
    });
  }

  async stop(): Promise<void> {
    Atomics.store(this.#cells, 0, 1);
    Atomics.notify(this.#cells, 0);
    this.#next = this.#pace.total;
    await this.#worker.terminate();
  }

  readonly #look = (): void => {
    const { began, intervalMs, total } = this.#pace;
    const now = performance.now();
    const before = this.#next;
    while (this.#next < total && began + this.#next * intervalMs <= now) this.#next += 1;
    if (this.#next > before) this.#due();
    // The thread wakes this one for whatever is further away.
    this.#spinning = this.#spins && this.#next < total && began + this.#next * intervalMs - now <= 2 * aheadMs;
    if (this.#spinning) setImmediate(this.#look);
  };
}
