/** Latencies second by second, so that a report can show when it was slow, not only how often. */
import type { Histogram } from 'hdr-histogram-js';
import { histogram, percentilesOf, record } from '../src/admin/replay/latencies.ts';

export interface Second {
  /** Seconds since the measured time began. */
  readonly second: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
}

export class Timeline {
  readonly #seconds: Histogram[] = [];

  /** `atMs`: when the message was due, from the beginning of the measured time. */
  record(atMs: number, ms: number): void {
    const second = Math.floor(atMs / 1000);
    let into = this.#seconds[second];
    if (into === undefined) {
      into = histogram();
      this.#seconds[second] = into;
    }
    record(into, ms);
  }

  seconds(): Second[] {
    return this.#seconds.map((of, second) => {
      const { p50, p99, max } = percentilesOf(of);
      return { second, p50_ms: p50, p99_ms: p99, max_ms: max };
    });
  }
}
