/**
 * How fast something may happen: so much a second, and so much at once after a pause. The generic cell rate algorithm,
 * which needs one number for each that is held to a pace: the moment at which all that it has taken is paid off.
 */
export interface Pace {
  /** What one costs. */
  readonly intervalMs: number;
  /** How far ahead of now one may be paid off. */
  readonly aheadMs: number;
}

/** `burst` ≥ 1: the most that may be taken at once. */
export function paceOf(perSecond: number, burst: number): Pace {
  const intervalMs = 1_000 / perSecond;
  return { intervalMs, aheadMs: intervalMs * burst };
}

/** Whole milliseconds until one more may be taken, 0 = now. `paidOffMs`: 0 for whoever has taken nothing yet. */
export function waitMs({ intervalMs, aheadMs }: Pace, paidOffMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil(Math.max(paidOffMs, nowMs) + intervalMs - aheadMs - nowMs));
}

/** The new moment at which all is paid off. Taking more than may be taken is a debt, and the wait grows by it. */
export function taken({ intervalMs }: Pace, paidOffMs: number, nowMs: number, count = 1): number {
  return Math.max(paidOffMs, nowMs) + intervalMs * count;
}
