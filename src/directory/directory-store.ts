/**
 * Port: where the directory is kept. The directory holds everything in memory and is the only writer; it asks for all
 * of it once, then only writes. Adapters: `directory-store-lmdb.ts`, `directory-store-memory.ts`;
 * `test/directory/directory-store-suite.ts` holds both to what is promised here.
 */
import type { Period, PersonThen, RecordThen } from './directory-past.ts';
import type { CrmRecord, Person, PersonId, RecordKey } from './entities.ts';

/** Each with the version of the directory at which it last changed. */
export interface StoredPerson {
  readonly version: number;
  readonly person: Person;
}
export interface StoredRecord {
  readonly version: number;
  readonly key: RecordKey;
  /** Null = removed at that version: kept for a while, so that clients that resume are told. */
  readonly record: CrmRecord | null;
}

export interface StoredVersion {
  /** Counts the writes; 0 = never written. */
  readonly version: number;
  /** Of changes after this version everything is known; of older ones removals may be forgotten. */
  readonly completeSince: number;
}

export interface StoredDirectory extends StoredVersion {
  readonly people: readonly StoredPerson[];
  readonly records: readonly StoredRecord[];
}

export interface StoreWrite extends StoredVersion {
  /** Microseconds since 1970: when rights that differ from those before begin to hold. */
  readonly at: number;
  readonly people: readonly Person[];
  readonly records: readonly { readonly key: RecordKey; readonly record: CrmRecord | null }[];
  /** Removed records that are forgotten for good. */
  readonly forget: readonly RecordKey[];
}

export interface DirectoryStore {
  /** Everything, verified; throws `DirectoryDamaged` at the first value that is not as it was written. */
  load(): Promise<StoredDirectory>;
  /**
   * Atomic, and durable when resolved. `version` is one more than that of the write before. One write is under way at
   * a time. A rejection means that the outcome is unknown: nothing may be written after it.
   */
  write(change: StoreWrite): Promise<void>;
  /** Of all that was written, what is kept of `directory-past.ts`; oldest first, without a gap. */
  personPeriods(id: PersonId): Promise<Period<PersonThen>[]>;
  recordPeriods(key: RecordKey): Promise<Period<RecordThen>[]>;
  /** Overwrites what the medium still holds of earlier values. False: somebody reads it just now; ask again. */
  scrub(): Promise<boolean>;
  close(): Promise<void>;
}

/** Stored bytes are not what was written. The message names the key's hash and what is wrong, never user text. */
export class DirectoryDamaged extends Error {
  override readonly name = 'DirectoryDamaged';
}
