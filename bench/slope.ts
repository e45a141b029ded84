/** How fast something grows: robust against single odd samples, which a straight line through all of them is not. */
import { median } from './report.ts';

export interface Sample {
  readonly minute: number;
  readonly bytes: number;
}

/** Bytes a minute: the median of the slopes between any two samples (Theil and Sen). NaN for fewer than two. */
export function slopeOf(samples: readonly Sample[]): number {
  const slopes: number[] = [];
  for (const [at, { minute, bytes }] of samples.entries()) {
    for (const later of samples.slice(at + 1)) slopes.push((later.bytes - bytes) / (later.minute - minute));
  }
  return median(slopes);
}

/** Where a server has warmed up by. */
export function secondHalf(samples: readonly Sample[]): Sample[] {
  return samples.slice(Math.floor(samples.length / 2));
}
