/** A point in a store's history: a moment, or a position where there is one partition only. Everything up to it counts. */
import type { Micros } from '../conversation/commands.ts';
import type { Position } from './entry.ts';

export type Cut = { readonly time: Micros } | { readonly position: Position };

/** Positions count within a partition: with several of them a position names no point. Throws RangeError. */
export function assertCut(cut: Cut | undefined, partitions: number): void {
  if (cut !== undefined && 'position' in cut && partitions > 1) {
    throw new RangeError(`a position names no point in a store of ${partitions} partitions: give a time`);
  }
}

export function isWithin(cut: Cut | undefined, what: { readonly at: Micros; readonly position: Position }): boolean {
  if (cut === undefined) return true;
  return 'time' in cut ? what.at <= cut.time : what.position <= cut.position;
}
