/** The directory on disk: one LMDB environment, one value for each person, record and past period of their rights. */
import { open } from 'lmdb';
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
  type StoredPerson,
  type StoredRecord,
  type StoredVersion,
} from './directory-store.ts';

export interface LmdbDirectoryOptions {
  readonly readOnly?: boolean;
  /** Path of the file that says which directory was there last; none = nobody knows. */
  readonly end?: string;
}

/** Opens the environment in the directory `path` and makes it where there is none. One process may write at a time. */
export function lmdbDirectoryStore(path: string, options: LmdbDirectoryOptions = {}): DirectoryStore {
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
    readOnly: options.readOnly ?? false,
  } as const;
  const db = open<Buffer, Buffer>(environment);
  const end = options.end === undefined || environment.readOnly ? null : new DirectoryEndFile(options.end);
  /** Over all rows; null until they have been read. */
  let sum: number | null = null;
  let closed = false;

  return {
    async load() {
      try {
        const people: StoredPerson[] = [];
        const records: StoredRecord[] = [];
        let version: StoredVersion | null = null;
        let met = 0;
        let weight = 0;
        const noted = options.end === undefined ? null : readDirectoryEnd(options.end);
        for (const { key, value } of db.getRange()) {
          met += 1;
          weight = sumWith(weight, [weightOf(key, value)]);
          const payload = unseal(key, value);
          const kind = kindOf(key);
          if (kind === 'version') version = versionFrom(payload);
          else if (kind === 'person') people.push(personFrom(payload));
          else if (kind === 'record') records.push(recordFrom(payload));
        }
        // A walk over a page whose rows were zeroed ends without a word.
        const { entryCount } = db.getStats() as { entryCount: number };
        if (met !== entryCount) throw new DirectoryDamaged(`directory: ${met} rows can be read of ${entryCount}`);
        if (version === null) {
          if (people.length + records.length > 0) throw new DirectoryDamaged('directory: the version is missing');
          version = { version: 0, completeSince: 0 };
        }
        const newest = version.version;
        for (const { version: changed } of [...people, ...records]) {
          if (changed > newest) throw new DirectoryDamaged(`directory: a value of version ${changed} after ${newest}`);
        }
        assertNotEarlier({ version: newest, sum: weight }, noted);
        sum = weight;
        await end?.note({ version: newest, sum });
        return { ...version, people, records };
      } catch (error) {
        throw named(error as Error);
      }
    },

    async write(change) {
      const { version, completeSince } = change;
      const puts: [Buffer, Buffer][] = [[versionKey, seal(versionKey, [version, completeSince])]];
      const removed = change.forget.map(recordKey);
      const succession = <T extends object>(key: Buffer, before: Present<T> | null, is: T | null): Present<T> => {
        const { present, past } = succeed(before, is, change.at);
        if (past === null) return present;
        const place = pastKey(key, past.to);
        puts.push([place, seal(place, payloadOfPast(past))]);
        removed.push(...periodsToForget(pastKeys(key)));
        return present;
      };
      for (const person of change.people) {
        const key = personKey(person.id);
        const present = succession(key, presentPerson(key), personThen(person));
        puts.push([key, seal(key, payloadOfPerson(version, person, present))]);
      }
      for (const { key: named, record } of change.records) {
        const key = recordKey(named);
        const present = succession(key, presentRecord(key), recordThen(record));
        puts.push([key, seal(key, payloadOfRecord(version, named, record, present))]);
      }
      const changed = sum === null ? null : sumAfter(sum, puts, removed);
      // All of a batch goes into one transaction, which is synced before the promise resolves.
      const writes: Promise<boolean>[] = [];
      const batch = db.batch(() => {
        for (const [key, value] of puts) writes.push(db.put(key, value));
        for (const key of removed) writes.push(db.remove(key));
      });
      const { done, failure } = await settledWrites([batch, ...writes]);
      if (failure !== null || !done[0]) throw new Error('directory: LMDB refused a write', { cause: failure });
      sum = changed;
      if (sum !== null) await end?.note({ version, sum });
    },

    async personPeriods(id) {
      const key = personKey(id);
      return periodsOf(pastOf<PersonThen>(key), presentPerson(key));
    },
    async recordPeriods(named) {
      const key = recordKey(named);
      return periodsOf(pastOf<RecordThen>(key), presentRecord(key));
    },

    async scrub() {
      return scrubEnvironment(db, path, () => {
        const version = db.get(versionKey);
        if (version !== undefined) db.putSync(versionKey, version);
      });
    },

    async close() {
      closed = true;
      await Promise.all([end?.close(), db.close()]);
    },
  };

  /** Rows that are put, then those that are removed. */
  function sumAfter(before: number, puts: readonly [Buffer, Buffer][], removed: readonly Buffer[]): number {
    const after = new Map<string, { readonly key: Buffer; readonly value: Buffer | null }>();
    for (const [key, value] of puts) after.set(key.toString('latin1'), { key, value });
    for (const key of removed) after.set(key.toString('latin1'), { key, value: null });
    let changed = before;
    for (const { key, value } of after.values()) {
      const old = db.get(key);
      const weights = (row: Buffer | null | undefined) => (row == null ? [] : [weightOf(key, row)]);
      changed = sumWith(changed, weights(value), weights(old));
    }
    return changed;
  }
  /** LMDB answers a read while it closes, with a commit on its way, by an exception from a timer. */
  function assertOpen(): void {
    if (closed) throw new Error('directory: it is closed');
  }
  function payloadAt(key: Buffer): Json[] | null {
    assertOpen();
    const value = db.get(key);
    return value === undefined ? null : (unseal(key, value) as Json[]);
  }
  function presentPerson(key: Buffer): Present<PersonThen> | null {
    const payload = payloadAt(key);
    return payload === null ? null : { ...sinceFrom(payload, 6), is: personThen(personFrom(payload).person) };
  }
  function presentRecord(key: Buffer): Present<RecordThen> | null {
    const payload = payloadAt(key);
    return payload === null ? null : { ...sinceFrom(payload, 6), is: recordThen(recordFrom(payload).record) };
  }
  function pastKeys(key: Buffer): Buffer[] {
    assertOpen();
    return [...db.getKeys({ start: pastKey(key, 0), end: pastKey(key, Number.MAX_SAFE_INTEGER) })];
  }
  function pastOf<T>(key: Buffer): Past<T>[] {
    return pastKeys(key).map((place) => pastFrom<T>(payloadAt(place)));
  }
}

/** LMDB's own errors say MDB: a page of its file is not what it has to be. */
function named(error: Error): Error {
  return error.message.startsWith('MDB_') ? new DirectoryDamaged(`directory: ${error.message}`) : error;
}
