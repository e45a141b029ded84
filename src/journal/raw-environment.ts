/**
 * Every row of an LMDB environment, of all its tables, without knowing what they mean: how a store that another room owns
 * gets into a snapshot and out of it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BinaryDatabase,
  type BinaryEnvironment,
  openEnvironment,
  openTable,
  settled,
} from './lmdb-environment.ts';

export interface RawRow {
  /** Null = the unnamed table. */
  readonly table: string | null;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const tablesMax = 64;
const chunk = 1_024;
/** Length of the record by which the unnamed table refers to a named one. */
const referenceBytes = 48;

/** One moment's rows; none where there is no environment. */
export function* rawRows(path: string): Iterable<RawRow> {
  if (!existsSync(join(path, 'data.mdb'))) return;
  const environment = openEnvironment({ path, readOnly: true, maxDbs: tablesMax });
  try {
    const named = namedTables(environment);
    const transaction = environment.useReadTransaction();
    try {
      for (const { key, value } of environment.getRange({ transaction })) {
        if (!named.has(nameOf(key))) yield { table: null, key, value };
      }
      for (const [table, database] of named) {
        for (const { key, value } of database.getRange({ transaction })) yield { table, key, value };
      }
    } finally {
      transaction.done();
    }
  } finally {
    void environment.close();
  }
}

/** Makes the environment with these rows in it. */
export async function writeRawRows(path: string, rows: AsyncIterable<RawRow>): Promise<number> {
  const environment = openEnvironment({ path, maxDbs: tablesMax });
  const tables = new Map<string | null, BinaryDatabase>([[null, environment]]);
  let waiting: RawRow[] = [];
  let written = 0;
  const flush = async () => {
    const writes: Promise<boolean>[] = [];
    const batch = environment.batch(() => {
      for (const { table, key, value } of waiting) writes.push((tables.get(table) as BinaryDatabase).put(key, value));
    });
    await settled('writing the directory', [batch, ...writes]);
    written += waiting.length;
    waiting = [];
  };
  try {
    for await (const row of rows) {
      if (!tables.has(row.table)) tables.set(row.table, openTable(environment, row.table as string));
      waiting.push(row);
      if (waiting.length >= chunk) await flush();
    }
    if (waiting.length > 0) await flush();
  } finally {
    await environment.close();
  }
  return written;
}

/** A row of the unnamed table is a reference if LMDB opens it as a table; it refuses any other row. */
function namedTables(environment: BinaryEnvironment): Map<string, BinaryDatabase> {
  const candidates: string[] = [];
  for (const { key, value } of environment.getRange()) {
    if (value.length === referenceBytes) candidates.push(nameOf(key));
  }
  const named = new Map<string, BinaryDatabase>();
  for (const name of candidates) {
    try {
      named.set(name, openTable(environment, name));
    } catch {
      // An ordinary row of that length.
    }
  }
  return named;
}

/** The zero with which LMDB ends names is part of their keys. */
function nameOf(key: Uint8Array): string {
  const name = Buffer.from(key).toString('latin1');
  return name.endsWith('\0') ? name.slice(0, -1) : name;
}
