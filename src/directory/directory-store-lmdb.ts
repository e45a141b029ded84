/** The directory on disk: one LMDB environment, one value for each person, record and past period of their rights. */
import { open, type RootDatabase } from 'lmdb';
import { scrubEnvironment } from '../runtime/lmdb-scrub.ts';
import { settledWrites } from '../runtime/lmdb-writes.ts';
import { assertNotEarlier, DirectoryEndFile, readDirectoryEnd, sumWith, weightOf } from './directory-end-file.ts';
import {
  type Json,
  kindOf,
  pastFrom,
  pastKey,
  payloadOfPast,
  payloadOfPerson,
  payloadOfRecord,
  personFrom,
  personKey,
  recordFrom,
  recordKey,
  seal,
  sinceFrom,
  unseal,
  versionFrom,
  versionKey,
} from './directory-format.ts';
import {
  type Past,
  type Period,
  type PersonThen,
  type Present,
  periodsOf,
  periodsToForget,
  personThen,
  type RecordThen,
  recordThen,
  succeed,
} from './directory-past.ts';
import {
  DirectoryDamaged,
  type DirectoryStore,
  type StoredDirectory,
  type StoredPerson,
  type StoredRecord,
  type StoredVersion,
  type StoreWrite,
} from './directory-store.ts';
import type { PersonId, RecordKey } from './entities.ts';

export interface LmdbDirectoryOptions {
  readonly readOnly?: boolean;
  /** Path of the file that says which directory was there last; none = nobody knows. */
  readonly end?: string;
}

/** Opens the environment in the directory `path` and makes it where there is none. One process may write at a time. */
export function lmdbDirectoryStore(path: string, options: LmdbDirectoryOptions = {}): DirectoryStore {
  return new LmdbDirectoryStore(path, options);
}

interface Put {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** What a write changes: rows that are put, then keys that are removed. */
interface Rows {
  readonly puts: Put[];
  readonly removed: Buffer[];
}

class LmdbDirectoryStore implements DirectoryStore {
  readonly #path: string;
  readonly #database: RootDatabase<Buffer, Buffer>;
  readonly #end: DirectoryEndFile | null;
  readonly #endPath: string | null;
  /** Over all rows; null until they have been read. */
  #sum: number | null = null;
  #closed = false;

  constructor(path: string, { readOnly = false, end }: LmdbDirectoryOptions) {
    this.#path = path;
    const environment = {
      path,
      encoding: 'binary',
      keyEncoding: 'binary',
      // Both are needed for a torn write after a power failure to be noticed, and cost nothing.
      overlappingSync: false,
      safeRestore: true,
      strictAsyncOrder: true,
      // With it a commit that fails rejects a promise of LMDB's own as well, which nobody can handle.
      eventTurnBatching: false,
      readOnly,
    } as const;
    this.#database = open<Buffer, Buffer>(environment);
    this.#endPath = end ?? null;
    this.#end = end === undefined || readOnly ? null : new DirectoryEndFile(end);
  }

  async load(): Promise<StoredDirectory> {
    try {
      const noted = this.#endPath === null ? null : readDirectoryEnd(this.#endPath);
      const { stored, sum } = this.#readAll();
      assertNotEarlier({ version: stored.version, sum }, noted);
      this.#sum = sum;
      await this.#end?.note({ version: stored.version, sum });
      return stored;
    } catch (error) {
      throw named(error as Error);
    }
  }

  async write(change: StoreWrite): Promise<void> {
    const rows = this.#rowsOf(change);
    const sum = this.#sum === null ? null : this.#sumAfter(this.#sum, rows);
    // All of a batch goes into one transaction, which is synced before the promise resolves.
    const writes: Promise<boolean>[] = [];
    const batch = this.#database.batch(() => {
      for (const { key, value } of rows.puts) writes.push(this.#database.put(key, value));
      for (const key of rows.removed) writes.push(this.#database.remove(key));
    });
    const { done, failure } = await settledWrites([batch, ...writes]);
    if (failure !== null || !done[0]) throw new Error('directory: LMDB refused a write', { cause: failure });
    this.#sum = sum;
    if (sum !== null) await this.#end?.note({ version: change.version, sum });
  }

  async personPeriods(id: PersonId): Promise<Period<PersonThen>[]> {
    const key = personKey(id);
    return periodsOf(this.#pastOf<PersonThen>(key), this.#presentPerson(key));
  }

  async recordPeriods(record: RecordKey): Promise<Period<RecordThen>[]> {
    const key = recordKey(record);
    return periodsOf(this.#pastOf<RecordThen>(key), this.#presentRecord(key));
  }

  async scrub(): Promise<boolean> {
    return scrubEnvironment(this.#database, this.#path, () => {
      const version = this.#database.get(versionKey);
      if (version !== undefined) this.#database.putSync(versionKey, version);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#end?.close(), this.#database.close()]);
  }

  #readAll(): { readonly stored: StoredDirectory; readonly sum: number } {
    const people: StoredPerson[] = [];
    const records: StoredRecord[] = [];
    let version: StoredVersion | null = null;
    let met = 0;
    let sum = 0;
    for (const { key, value } of this.#database.getRange()) {
      met += 1;
      sum = sumWith(sum, [weightOf(key, value)]);
      const payload = unseal(key, value);
      const kind = kindOf(key);
      if (kind === 'version') version = versionFrom(payload);
      else if (kind === 'person') people.push(personFrom(payload));
      else if (kind === 'record') records.push(recordFrom(payload));
    }
    // A walk over a page whose rows were zeroed ends without a word.
    const { entryCount } = this.#database.getStats() as { entryCount: number };
    if (met !== entryCount) throw new DirectoryDamaged(`directory: ${met} rows can be read of ${entryCount}`);
    const all = [...people, ...records];
    if (version === null && all.length > 0) throw new DirectoryDamaged('directory: the version is missing');
    version ??= { version: 0, completeSince: 0 };
    for (const { version: changed } of all) {
      if (changed <= version.version) continue;
      throw new DirectoryDamaged(`directory: a value of version ${changed} after ${version.version}`);
    }
    return { stored: { ...version, people, records }, sum };
  }

  #rowsOf({ version, completeSince, at, people, records, forget }: StoreWrite): Rows {
    const rows: Rows = { puts: [], removed: forget.map(recordKey) };
    const put = (key: Buffer, payload: Json) => rows.puts.push({ key, value: seal(key, payload) });
    put(versionKey, [version, completeSince]);
    const succession = <T extends object>(key: Buffer, before: Present<T> | null, is: T | null): Present<T> => {
      const { present, past } = succeed(before, is, at);
      if (past === null) return present;
      put(pastKey(key, past.to), payloadOfPast(past));
      rows.removed.push(...periodsToForget(this.#pastKeys(key)));
      return present;
    };
    for (const person of people) {
      const key = personKey(person.id);
      const present = succession(key, this.#presentPerson(key), personThen(person));
      put(key, payloadOfPerson(version, person, present));
    }
    for (const { key: kindAndId, record } of records) {
      const key = recordKey(kindAndId);
      const present = succession(key, this.#presentRecord(key), recordThen(record));
      put(key, payloadOfRecord(version, kindAndId, record, present));
    }
    return rows;
  }

  #sumAfter(before: number, { puts, removed }: Rows): number {
    const after = new Map<string, { readonly key: Buffer; readonly value: Buffer | null }>();
    for (const row of puts) after.set(row.key.toString('latin1'), row);
    for (const key of removed) after.set(key.toString('latin1'), { key, value: null });
    let sum = before;
    for (const { key, value } of after.values()) {
      const old = this.#database.get(key);
      const weights = (row: Buffer | null | undefined) => (row == null ? [] : [weightOf(key, row)]);
      sum = sumWith(sum, weights(value), weights(old));
    }
    return sum;
  }

  #presentPerson(key: Buffer): Present<PersonThen> | null {
    const payload = this.#payloadAt(key);
    return payload === null ? null : { ...sinceFrom(payload, 6), is: personThen(personFrom(payload).person) };
  }

  #presentRecord(key: Buffer): Present<RecordThen> | null {
    const payload = this.#payloadAt(key);
    return payload === null ? null : { ...sinceFrom(payload, 6), is: recordThen(recordFrom(payload).record) };
  }

  #pastOf<T>(key: Buffer): Past<T>[] {
    return this.#pastKeys(key).map((place) => pastFrom<T>(this.#payloadAt(place)));
  }

  #pastKeys(key: Buffer): Buffer[] {
    this.#assertOpen();
    return [...this.#database.getKeys({ start: pastKey(key, 0), end: pastKey(key, Number.MAX_SAFE_INTEGER) })];
  }

  #payloadAt(key: Buffer): Json[] | null {
    this.#assertOpen();
    const value = this.#database.get(key);
    return value === undefined ? null : (unseal(key, value) as Json[]);
  }

  /** LMDB answers a read while it closes, with a commit on its way, by an exception from a timer. */
  #assertOpen(): void {
    if (this.#closed) throw new Error('directory: it is closed');
  }
}

/** LMDB's own errors say MDB: a page of its file is not what it has to be. */
function named(error: Error): Error {
  return error.message.startsWith('MDB_') ? new DirectoryDamaged(`directory: ${error.message}`) : error;
}
