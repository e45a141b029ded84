/** Full jitter: a random part of a bound that doubles, so that clients cut off together do not come back together. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

export const reconnectBackoff: Backoff = { firstMs: 500, maxMs: 30_000 };
export const retryBackoff: Backoff = { firstMs: 100, maxMs: 15_000 };

/** Milliseconds before the attempt after `failures` ≥ 0 failed ones; `random` gives 0 ≤ x < 1. */
export function delayMs(backoff: Backoff, failures: number, random: () => number): number {
  const bound = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(failures, 30));
  return Math.floor(random() * bound);
}
