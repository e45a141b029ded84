/** Time that passes only when a test says so. */
import type { ClientClock } from '../../src/client/environment.ts';

export class VirtualClock implements ClientClock {
  #nowMs = 1_800_000_000_000;
  #next = 0;
  readonly #timers = new Map<number, { readonly atMs: number; readonly run: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const id = this.#next++;
    this.#timers.set(id, { atMs: this.#nowMs + ms, run });
    return () => this.#timers.delete(id);
  }

  get waiting(): number {
    return this.#timers.size;
  }

  /** Runs what falls due, in order, letting promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.atMs <= end).sort((a, b) => a[1].atMs - b[1].atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due[0]);
      this.#nowMs = Math.max(this.#nowMs, due[1].atMs);
      due[1].run();
      await settle();
    }
    this.#nowMs = end;
  }
}

/** Every promise that can settle without time or I/O has. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
