/** How far the archive has got in each partition: everything up to there is in it. */
import { noteChanges, readNote } from './archive-notes.ts';
import type { Position } from './entry.ts';
import { coveredKey } from './keys.ts';
import type { Change, TableReader } from './tables.ts';

/** Null where nothing is noted. Throws `Damaged`. */
export function coveredIn(tables: TableReader, partition: number): Position | null {
  const fields = readNote(tables, coveredKey(partition));
  if (fields === null) return null;
  const position = fields.count();
  fields.end();
  return position;
}

export function coveredChanges(partition: number, upTo: Position): Iterable<Change> {
  return noteChanges(coveredKey(partition), [upTo]);
}
