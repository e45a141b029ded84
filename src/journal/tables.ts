/**
 * Port: the ordered tables under the archive, so that what the archive does is written once and kept on disk or in
 * memory. Keys and values are the caller's copies. Adapters: `tables-lmdb.ts`, `tables-memory.ts`.
 */
import type { Place } from './format.ts';
import { Damaged } from './journal.ts';

export const tableNames = [
  'timeline',
  'marks',
  'states',
  'members',
  'records',
  'commands',
  'preferences',
  'outbox',
  'meta',
  'mails',
] as const;
export type TableName = (typeof tableNames)[number];
/** Not in archives of earlier versions, until a server opens them. */
export const laterTables: readonly TableName[] = ['mails'];

export interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** `value` null removes the key, which need not exist. */
export interface Change {
  readonly table: TableName;
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

export interface TableReader {
  get(table: TableName, key: Uint8Array): Uint8Array | undefined;
  /** Rows with `from` ≤ key < `before`, ascending, at most `limit`. */
  rows(table: TableName, from: Uint8Array, before: Uint8Array, limit: number): Row[];
  /** The same rows from the last one down: the newest `limit`, descending. */
  rowsDown(table: TableName, from: Uint8Array, before: Uint8Array, limit: number): Row[];
}

/** Tables that know how many rows they have. */
export interface CountedTables extends TableReader {
  /** Throws `Damaged` where a walk over the table has met another number of rows than there are by the books. */
  assertMet(table: TableName, rows: number): void;
}

export interface Tables extends CountedTables {
  /** All or nothing, in the order given; durable, and seen by every read, when resolved. `Unavailable` on any failure. */
  write(changes: readonly Change[]): Promise<void>;
  /** As the archive's; no write is under way. */
  scrub(): boolean;
  close(): Promise<void>;
}

/** Every row with `from` ≤ key < `before`, read a chunk at a time: what is written behind the reader meanwhile is seen. */
export function* allRows(
  reader: TableReader,
  table: TableName,
  from: Uint8Array,
  before: Uint8Array,
  chunk = 256,
): Iterable<Row> {
  let next: Uint8Array = from;
  for (;;) {
    const rows = reader.rows(table, next, before, chunk);
    yield* rows;
    const last = rows[rows.length - 1];
    if (last === undefined || rows.length < chunk) return;
    next = Buffer.concat([last.key, Buffer.from([0])]);
  }
}

/** All of a table, as far as it is whole: throws `Damaged` where rows are not in order, or not as many as there have to be. */
export function* wholeTable(tables: CountedTables, table: TableName): Iterable<Row> {
  let met = 0;
  let last: Uint8Array = Buffer.alloc(0);
  for (const row of allRows(tables, table, lowest, highest)) {
    if (Buffer.compare(row.key, last) <= 0) throw new Damaged(`archive/${table}: rows are out of order`);
    last = row.key;
    met += 1;
    yield row;
  }
  tables.assertMet(table, met);
}

/** Below and above every key. */
export const lowest: Uint8Array = Buffer.from([0]);
export const highest: Uint8Array = Buffer.alloc(64, 0xff);

/** Names a row of a table for `Damaged`. */
export function placeIn(table: TableName, key: Uint8Array): Place {
  return { store: `archive/${table}`, key };
}
