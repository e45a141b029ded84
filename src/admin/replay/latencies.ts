/** How long things took, in histograms of microseconds. */
import { build, type Histogram } from 'hdr-histogram-js';

export interface Percentiles {
  readonly count: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export class Latencies {
  readonly #acknowledged = histogram();
  readonly #delivered = histogram();

  /** From sending to the durable answer. */
  acknowledged(ms: number): void {
    record(this.#acknowledged, ms);
  }

  /** From sending to one person's client. */
  delivered(ms: number): void {
    record(this.#delivered, ms);
  }

  percentiles(): { readonly acknowledgement: Percentiles; readonly delivery: Percentiles } {
    return { acknowledgement: percentilesOf(this.#acknowledged), delivery: percentilesOf(this.#delivered) };
  }
}

/** Of microseconds, up to an hour. */
export function histogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: 3 });
}

export function record(into: Histogram, ms: number): void {
  into.recordValue(Math.max(0, Math.round(ms * 1000)));
}

export function percentilesOf(of: Histogram): Percentiles {
  const ms = (percentile: number) => of.getValueAtPercentile(percentile) / 1000;
  return { count: of.totalCount, p50: ms(50), p90: ms(90), p99: ms(99), max: ms(100) };
}
