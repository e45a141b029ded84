/**
 * Tables with changes laid over them that stay in memory: a row that is put hides the lower one of its key, one that is
 * removed hides it too.
 */
import { type Change, type Row, type TableName, type TableReader, tableNames } from './tables.ts';
import { createMemoryTables, openMemoryTables } from './tables-memory.ts';

export interface Overlay extends TableReader {
  /** Seen by every read when resolved. */
  write(changes: readonly Change[]): Promise<void>;
}

export function overlay(lower: TableReader): Overlay {
  const upper = openMemoryTables(createMemoryTables());
  const removed = new Map(tableNames.map((name): [TableName, Set<string>] => [name, new Set()]));
  const hidden = (table: TableName) => removed.get(table) as Set<string>;
  /** As many as there would be room for if all that is hidden stood before them. */
  const seen = (table: TableName, limit: number, rows: (limit: number) => Row[]) =>
    rows(limit + hidden(table).size).filter(({ key }) => !hidden(table).has(nameOf(key)));
  return {
    get: (table, key) => upper.get(table, key) ?? (hidden(table).has(nameOf(key)) ? undefined : lower.get(table, key)),
    rows: (table, from, before, limit) => {
      const below = seen(table, limit, (more) => lower.rows(table, from, before, more));
      return merge(upper.rows(table, from, before, limit), below, 1).slice(0, limit);
    },
    rowsDown: (table, from, before, limit) => {
      const below = seen(table, limit, (more) => lower.rowsDown(table, from, before, more));
      return merge(upper.rowsDown(table, from, before, limit), below, -1).slice(0, limit);
    },
    write(changes) {
      for (const { table, key, value } of changes) {
        if (value === null) hidden(table).add(nameOf(key));
      }
      return upper.write(changes);
    },
  };
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
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
