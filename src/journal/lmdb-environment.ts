/**
 * How LMDB is opened, in one place, and its traps:
 * - `overlappingSync: false` and `safeRestore: true`: after a power cut the newest page that was synced is believed, not
 *   the newest one that is there. It costs no throughput.
 * - `strictAsyncOrder`: a transaction does not overtake what was put before it.
 * - Conditional batches (`ifVersion`, `batch`) are the one way of writing: they are carried out by the writing thread in
 *   one transaction, and a throw while they are being put together writes nothing that was not asked for.
 * - After a failed commit later ones may never settle: the callers fence themselves at the first failure.
 */
import { type Database, open, type RootDatabase } from 'lmdb';
import { settledWrites } from '../runtime/lmdb-writes.ts';
import { Damaged, Unavailable } from './journal.ts';
import { makeFirstPages } from './lmdb-first-pages.ts';
import { assertNewestCommit } from './lmdb-meta.ts';

export type BinaryDatabase = Database<Uint8Array, Uint8Array>;
export type BinaryEnvironment = RootDatabase<Uint8Array, Uint8Array>;

/** `safeRestore` is not in LMDB's own type declarations. */
const careful = { overlappingSync: false, safeRestore: true, strictAsyncOrder: true, eventTurnBatching: false };
const encoding = { encoding: 'binary', keyEncoding: 'binary' } as const;

export interface EnvironmentOptions {
  readonly path: string;
  readonly readOnly?: boolean;
  /** For reading an environment whose tables are not known. */
  readonly maxDbs?: number;
}

/** Made where there is none. Throws `Damaged` where the file's newest commit is not to be had. */
export function openEnvironment({ path, readOnly = false, maxDbs = 16 }: EnvironmentOptions): BinaryEnvironment {
  if (!readOnly) makeFirstPages(path);
  assertNewestCommit(path);
  return named(path, () => open({ path, noSubdir: false, readOnly, maxDbs, ...careful, ...encoding }));
}

/** `versions`: values carry a number that conditional writes compare. Throws `Damaged` where it is not there to be read. */
export function openTable(environment: BinaryEnvironment, name: string, versions = false): BinaryDatabase {
  const table = named(`table ${name}`, () => findTable(environment, name, versions));
  if (table === undefined) throw new Damaged(`table ${name} is missing`);
  return table;
}

/** Undefined where it is not there to be read. */
export function findTable(environment: BinaryEnvironment, name: string, versions = false): BinaryDatabase | undefined {
  return environment.openDB(name, { ...encoding, useVersions: versions });
}

/** An error of LMDB's own, without the number of one of the system's, is about the pages of its file. */
function named<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    if (typeof code === 'number' && code > 0) throw error;
    throw new Damaged(`${what} cannot be opened: ${message}`);
  }
}

export type ReadTransaction = ReturnType<BinaryEnvironment['useReadTransaction']>;
/** What reads of one moment are given; nothing = of now. LMDB writes into the options of a walk: hand it a copy. */
export interface Inside {
  readonly transaction?: ReadTransaction;
}

/** Length of the record by which the unnamed table refers to a named one, and where in it the number of rows stands. */
export const referenceBytes = 48;
const referenceRowsAt = 32;

/** The zero with which LMDB ends names is part of their keys. */
export function tableNameOf(key: Uint8Array): string {
  const name = Buffer.from(key).toString('latin1');
  return name.endsWith('\0') ? name.slice(0, -1) : name;
}

export function rowsIn(reference: Uint8Array): number {
  return Number(Buffer.from(reference).readBigUInt64LE(referenceRowsAt));
}

/**
 * How many rows a table has by LMDB's own books. A walk over a page whose rows were zeroed ends without a word: whoever
 * must not miss a row counts what it has met and compares.
 */
export function rowsOnTheBooks(environment: BinaryEnvironment, table: string, inside: Inside = {}): number {
  for (const { key, value } of environment.getRange({ ...inside })) {
    if (tableNameOf(key) === table && value.length === referenceBytes) return rowsIn(value);
  }
  throw new Damaged(`table ${table} is missing`);
}

/** Waits for the promises of one batch. Throws `Unavailable`. */
export async function settled(what: string, writes: readonly Promise<boolean>[]): Promise<readonly boolean[]> {
  const { done, failure } = await settledWrites(writes);
  if (failure !== null) throw new Unavailable(`${what} failed: ${textOf(failure)}`, { cause: failure });
  return done;
}

function textOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
