/**
 * Every row of an LMDB environment, of all its tables, without knowing what they mean: how a store that another room owns
 * gets into a snapshot and out of it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Damaged } from './journal.ts';
import {
  type BinaryDatabase,
  type BinaryEnvironment,
  openEnvironment,
  openTable,
  referenceBytes,
  rowsIn,
  settled,
  tableNameOf,
} from './lmdb-environment.ts';

export interface RawRow {
  /** Null = the unnamed table. */
  readonly table: string | null;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const tablesMax = 64;
const chunk = 1_024;

/** One moment's rows; none where there is no environment. Throws `Damaged` where rows cannot be met that are there. */
export function* rawRows(path: string): Iterable<RawRow> {
  if (!existsSync(join(path, 'data.mdb'))) return;
  const environment = openEnvironment({ path, readOnly: true, maxDbs: tablesMax });
  try {
    const named = namedTables(environment);
    const transaction = environment.useReadTransaction();
    try {
      const { entryCount } = environment.getStats() as { entryCount: number };
      const expected = new Map<string, number>();
      let met = 0;
      for (const { key, value } of environment.getRange({ transaction })) {
        met += 1;
        if (named.has(tableNameOf(key))) expected.set(tableNameOf(key), rowsIn(value));
        else yield { table: null, key, value };
      }
      assertMet(path, met, entryCount);
      for (const [table, database] of named) {
        met = 0;
        for (const { key, value } of database.getRange({ transaction })) {
          met += 1;
          yield { table, key, value };
        }
        assertMet(`${path}/${table}`, met, expected.get(table) ?? 0);
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
    if (value.length === referenceBytes) candidates.push(tableNameOf(key));
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

function assertMet(what: string, met: number, expected: number): void {
  if (met !== expected) throw new Damaged(`${what}: ${met} rows can be read of ${expected}`);
}
