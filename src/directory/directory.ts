/**
 * People, CRM records and rights, in memory, behind a durable store. The CRM owns them; Parley is told.
 */
import type { CrmRecord, Person, PersonId, RecordKey, RecordKind, ToldPerson } from './entities.ts';

export interface Directory {
  /** Counts changes; what a client last heard of it makes a resume complete. */
  readonly version: number;
  person(id: PersonId): Person | undefined;
  /** Known and active. */
  isActive(id: PersonId): boolean;
  record(kind: RecordKind, id: string): CrmRecord | undefined;
  /** May this person view the record? False for one that does not exist: one answer (SEE-5). */
  mayView(person: PersonId, kind: RecordKind, id: string): boolean;
  /** May this person see its name? (SEE-4) */
  maySeeName(person: PersonId, kind: RecordKind, id: string): boolean;
  /** Active people whose last name begins with `last`, case and accents aside; by last, first name, id; at most `limit`. */
  searchPeople(last: string, limit: number, except: (id: PersonId) => boolean): Person[];
  /** Records the viewer may view, found by name only where they may see the name (SEE-4); at most `limit`. */
  searchRecords(viewer: PersonId, name: string, kind: RecordKind | null, limit: number): CrmRecord[];
  /** People and records changed after `version`; null if that is too long ago to tell. */
  changedSince(version: number): { people: Person[]; records: RecordKey[] } | null;
  /** Durable when resolved; then listeners are told, before anything else is done. Validates; throws `InvalidEntity`. */
  put(change: {
    people?: readonly ToldPerson[];
    records?: readonly CrmRecord[];
    removeRecords?: readonly RecordKey[];
  }): Promise<void>;
  /** CMD-4, as `put`: names and address stay as they are by then. False where they are unknown or erased, or so already. */
  setActive(person: PersonId, active: boolean): Promise<boolean>;
  onChange(listener: (change: DirectoryChange) => void): () => void;
}

export interface DirectoryChange {
  readonly version: number;
  readonly people: readonly { readonly before: Person | undefined; readonly after: Person }[];
  readonly records: readonly { readonly before: CrmRecord | undefined; readonly after: CrmRecord | undefined }[];
}
