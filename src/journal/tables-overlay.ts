/** Tables with others laid over them: a row of the upper ones hides the lower row of the same key. */
import type { Row, TableReader } from './tables.ts';

export function overlay(upper: TableReader, lower: TableReader): TableReader {
  return {
    get: (table, key) => upper.get(table, key) ?? lower.get(table, key),
    rows: (table, from, before, limit) =>
      merge(upper.rows(table, from, before, limit), lower.rows(table, from, before, limit), 1).slice(0, limit),
    rowsDown: (table, from, before, limit) =>
      merge(upper.rowsDown(table, from, before, limit), lower.rowsDown(table, from, before, limit), -1).slice(0, limit),
  };
}

/** `sign`: 1 for ascending lists, -1 for descending ones. */
function merge(upper: readonly Row[], lower: readonly Row[], sign: 1 | -1): Row[] {
  const merged: Row[] = [];
  let below = 0;
  for (const row of upper) {
    let next = lower[below];
    while (next !== undefined && sign * Buffer.compare(next.key, row.key) < 0) {
      merged.push(next);
      below += 1;
      next = lower[below];
    }
    if (next !== undefined && Buffer.compare(next.key, row.key) === 0) below += 1;
    merged.push(row);
  }
  return [...merged, ...lower.slice(below)];
}
