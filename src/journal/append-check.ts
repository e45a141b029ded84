/** What both adapters ask of an append before they write anything. Breaking it is a bug of the caller, hence a throw. */
import type { JournalEntry, Position } from './entry.ts';

export function assertFollows(last: Position, entries: readonly JournalEntry[]): void {
  if (entries.length === 0) throw new RangeError('an append without entries');
  entries.forEach((entry, index) => {
    const expected = last + 1 + index;
    if (entry.position !== expected) throw new RangeError(`position ${entry.position} where ${expected} follows`);
  });
}

export function assertCheckpoint(upTo: Position, last: Position): void {
  if (upTo > last) throw new RangeError(`a checkpoint up to ${upTo} where ${last} is the last entry`);
}
