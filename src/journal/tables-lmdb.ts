/** Tables in one LMDB environment, a named database each. Reads see one snapshot until the next turn or write. */
import { scrubEnvironment } from '../runtime/lmdb-scrub.ts';
import { Damaged, Unavailable } from './journal.ts';
import {
  type BinaryDatabase,
  type BinaryEnvironment,
  findTable,
  type Inside,
  openEnvironment,
  openTable,
  type ReadTransaction,
  rowsOnTheBooks,
  settled,
} from './lmdb-environment.ts';
import {
  type Change,
  type CountedTables,
  laterTables,
  type Row,
  type TableName,
  type TableReader,
  type Tables,
  tableNames,
} from './tables.ts';

/**
 * How a write reaches the disk: by LMDB's own thread, while this one goes on; or at once, in this thread, for one that
 * has nothing else to do.
 */
export type Writing = 'beside' | 'at once';

export function openLmdbTables(path: string, writing: Writing = 'beside'): Tables {
  const environment = openEnvironment({ path });
  const databases = openDatabases(environment);
  const gate = new Gate();
  let failed = false;
  return {
    ...readerOf(databases, null, gate),
    async write(changes) {
      gate.assertOpen();
      try {
        if (writing === 'beside') await writeBeside(environment, databases, changes);
        else writeAtOnce(environment, databases, changes);
      } catch (error) {
        failed = true;
        throw error instanceof Unavailable ? error : new Unavailable('a write of the archive failed', { cause: error });
      }
    },
    assertMet: booksOf(environment, databases),
    scrub: () => scrubEnvironment(environment, path, () => touch(databases)),
    /** After a failed write LMDB may never finish closing; the process is about to end then. */
    async close() {
      gate.close();
      if (!failed) await environment.close();
    },
  };
}

/** Writes the first row there is as it is. */
function touch(databases: Databases): void {
  for (const database of Object.values(databases)) {
    for (const { key, value } of database.getRange({ limit: 1 })) return void database.putSync(key, value);
  }
}

async function writeBeside(
  environment: BinaryEnvironment,
  databases: Databases,
  changes: readonly Change[],
): Promise<void> {
  const writes: Promise<boolean>[] = [];
  const ends = new TableEnds(databases);
  const batch = environment.batch(() => {
    for (const { table, key, value } of changes) {
      const database = databases[table];
      // LMDB's own type declarations know the options of a put that waits only.
      const options = ends.optionsFor(table, key) as unknown as number;
      writes.push(value === null ? database.remove(key) : database.put(key, value, options));
    }
  });
  await settled('a write of the archive', [batch, ...writes]);
}

function writeAtOnce(environment: BinaryEnvironment, databases: Databases, changes: readonly Change[]): void {
  environment.transactionSync(() => {
    const ends = new TableEnds(databases);
    for (const { table, key, value } of changes) {
      if (value === null) databases[table].removeSync(key);
      else databases[table].putSync(key, value, ends.optionsFor(table, key));
    }
  });
}

/**
 * Where the tables end during one write. LMDB fills a page to the last row only when it is told that a row is added
 * behind all others; otherwise it halves a full page, or leaves room for one of its few rows.
 */
class TableEnds {
  readonly #databases: Databases;
  readonly #last = new Map<TableName, Uint8Array | null>();

  constructor(databases: Databases) {
    this.#databases = databases;
  }

  /** For the next row that is put, which moves the end if it is behind it. */
  optionsFor(table: TableName, key: Uint8Array): { append: boolean } {
    let last = this.#last.get(table);
    if (last === undefined) {
      const [stored] = this.#databases[table].getKeys({ reverse: true, limit: 1 });
      last = stored === undefined ? null : Buffer.from(stored);
      this.#last.set(table, last);
    }
    const append = last === null || Buffer.compare(key, last) > 0;
    if (append) this.#last.set(table, key);
    return { append };
  }
}

/** Reads beside a writer in another thread of this process. */
export interface RenewableReader extends TableReader {
  /** Reads see from now on what has been written up to now. */
  renew(): void;
  close(): Promise<void>;
}

export function openLmdbTableReader(path: string): RenewableReader {
  const environment = openEnvironment({ path });
  const databases = openDatabases(environment);
  const gate = new Gate();
  return {
    ...readerOf(databases, null, gate),
    renew: () => environment.resetReadTxn(),
    close() {
      gate.close();
      return environment.close();
    },
  };
}

/** Reads of one moment, also of an archive that another process writes. Close it soon: it holds old pages back. */
export interface TableSnapshot {
  readonly reader: TableReader;
  readonly assertMet: CountedTables['assertMet'];
  close(): Promise<void>;
}

export function openLmdbTableSnapshot(path: string): TableSnapshot {
  const environment = openEnvironment({ path, readOnly: true });
  const databases = openDatabases(environment, laterTables);
  const transaction = environment.useReadTransaction();
  const gate = new Gate();
  return {
    reader: readerOf(databases, transaction, gate),
    assertMet: booksOf(environment, databases, { transaction }),
    close() {
      gate.close();
      transaction.done();
      return environment.close();
    },
  };
}

type Databases = Readonly<Record<TableName, BinaryDatabase>>;

/**
 * `mayLack`: tables whose absence means that there are no rows. Closes the environment where another is missing: the next to
 * open it in this process would be given this one.
 */
function openDatabases(environment: BinaryEnvironment, mayLack: readonly TableName[] = []): Databases {
  try {
    const entries = tableNames.map((name): [TableName, BinaryDatabase | undefined] => {
      return [name, (mayLack.includes(name) ? findTable : openTable)(environment, name)];
    });
    return Object.fromEntries(entries) as Databases;
  } catch (error) {
    void environment.close();
    throw error;
  }
}

/**
 * Closes before the environment does: a read of one that is closing, while a commit is on its way, is answered by LMDB
 * with an exception from a timer, which would end the process.
 */
class Gate {
  #closed = false;

  close(): void {
    this.#closed = true;
  }

  assertOpen(): void {
    if (this.#closed) throw new Unavailable('the archive is closed');
  }
}

function booksOf(
  environment: BinaryEnvironment,
  databases: Partial<Databases>,
  inside: Inside = {},
): CountedTables['assertMet'] {
  return (table, rows) => {
    const expected = databases[table] === undefined ? 0 : rowsOnTheBooks(environment, table, inside);
    if (rows !== expected) throw new Damaged(`archive/${table}: ${rows} rows can be read of ${expected}`);
  };
}

/** LMDB's own errors say MDB: a page of its file is not what it has to be. */
function named<T>(table: TableName, gate: Gate, read: () => T): T {
  gate.assertOpen();
  try {
    return read();
  } catch (error) {
    const { message } = error as Error;
    throw message.startsWith('MDB_') ? new Damaged(`archive/${table}: ${message}`) : error;
  }
}

function readerOf(databases: Partial<Databases>, transaction: ReadTransaction | null, gate: Gate): TableReader {
  const reader = plainReaderOf(databases, transaction);
  return {
    get: (table, key) => named(table, gate, () => reader.get(table, key)),
    rows: (table, from, before, limit) => named(table, gate, () => reader.rows(table, from, before, limit)),
    rowsDown: (table, from, before, limit) => named(table, gate, () => reader.rowsDown(table, from, before, limit)),
  };
}

function plainReaderOf(databases: Partial<Databases>, transaction: ReadTransaction | null): TableReader {
  const inside = transaction === null ? {} : { transaction };
  return {
    get:
      transaction === null
        ? (table, key) => ownCopy(databases[table]?.getBinaryFast(key))
        : (table, key) => databases[table]?.get(key, inside),
    rows: (table, start, end, limit) =>
      Array.from(databases[table]?.getRange({ ...inside, start, end, limit }) ?? [], asRow),
    rowsDown: (table, from, before, limit) => {
      // Downwards LMDB counts the start in and the end out, so both ends are moved by hand.
      const rows: Row[] = [];
      const database = databases[table];
      if (database === undefined) return rows;
      for (const row of database.getRange({ ...inside, start: before, end: from, limit: limit + 1, reverse: true })) {
        if (Buffer.compare(row.key, before) < 0) rows.push(asRow(row));
      }
      if (rows.length < limit) {
        const first = database.get(from, inside);
        if (first !== undefined) rows.push({ key: from, value: first });
      }
      return rows.slice(0, limit);
    },
  };
}

/**
 * Of a value that LMDB has put where it puts the next one, too. A copy of LMDB's own making is a piece of memory outside
 * the heap, which takes as long as all the rest of a look-up; small ones of these share one.
 */
function ownCopy(value: Uint8Array | undefined): Uint8Array | undefined {
  if (value === undefined) return undefined;
  const copy = Buffer.allocUnsafe(value.length);
  copy.set(value.subarray(0, value.length));
  return copy;
}

function asRow({ key, value }: { key: Uint8Array; value: Uint8Array }): Row {
  return { key, value };
}
