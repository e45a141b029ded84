/** Where a client says that it is (CMD-3, READ-3). */
import type { Position } from '../journal/entry.ts';

/** One position for each partition, and none that this server has not come to? `now`: `Host.positions`. */
export function isReached(at: readonly Position[], now: readonly Position[]): boolean {
  return at.length === now.length && at.every((position, partition) => position <= (now[partition] as Position));
}
