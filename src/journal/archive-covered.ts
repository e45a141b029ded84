/** How far the archive has got in each partition: everything up to there is in it. */
import { noteChanges, readNumber } from './archive-notes.ts';
import type { Position } from './entry.ts';
import { coveredKey } from './keys.ts';
import type { Change, TableReader } from './tables.ts';

/** Null where nothing is noted. Throws `Damaged`. */
export function coveredIn(tables: TableReader, partition: number): Position | null {
  return readNumber(tables, coveredKey(partition));
}

export function coveredChanges(partition: number, upTo: Position): Iterable<Change> {
  return noteChanges(coveredKey(partition), [upTo]);
}
