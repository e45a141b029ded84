/** Rights as of a moment, from what the directory keeps of its past; asked through the directory's own functions. */
import type { Micros, PersonId, RecordRef } from '../../conversation/commands.ts';
import type { OpenDirectory } from '../../directory/create-directory.ts';
import type { Directory } from '../../directory/directory.ts';
import { DirectoryIndex } from '../../directory/directory-index.ts';
import { type Period, type PersonThen, periodAt, type RecordThen } from '../../directory/directory-past.ts';
import type { StoredDirectory } from '../../directory/directory-store.ts';
import type { Cut } from '../../journal/cut.ts';
import type { StoreReader } from '../../journal/read-store.ts';

/** It is known what held; `since`: from when on, 0 = ever, null = that is not known. */
export interface Known {
  readonly since: Micros | null;
}

export interface RightsThen {
  readonly directory: Pick<Directory, 'person' | 'isActive' | 'record' | 'mayView' | 'maySeeName'>;
  /** Null = what held then is not known any more: answers about it would be guesses. */
  readonly person: Known | null;
  /** Known where there is no record. */
  readonly record: Known | null;
}

/** What `rightsThen` is asked about; `newest`: time of the newest event that the explanation stands on. */
export interface RightsQuestion {
  readonly person: PersonId;
  readonly record: RecordRef | null;
  readonly asOf: Cut | undefined;
  readonly newest: Micros;
}

export async function rightsThen(
  store: StoreReader,
  directory: OpenDirectory,
  { person, record, asOf, newest }: RightsQuestion,
): Promise<RightsThen> {
  const ofPerson = await directory.personPeriods(person);
  const ofRecord = record === null ? [] : await directory.recordPeriods(record);
  if (asOf === undefined) return { directory, person: now(ofPerson), record: now(ofRecord) };
  const changed = Math.max(0, ...[...ofPerson, ...ofRecord].map(({ from }) => from));
  const moment = await momentOf(store, asOf, newest, changed);
  const personThen = periodAt(ofPerson, moment);
  const recordThen = periodAt(ofRecord, moment);
  const was = {
    person: { id: person, was: personThen?.was ?? null },
    record: record === null ? null : { key: record, was: recordThen?.was ?? null },
  };
  const hasPerson = directory.person(person) !== undefined;
  const hasRecord = record !== null && directory.record(record.kind, record.id) !== undefined;
  return {
    directory: new DirectoryIndex(directoryThen(was.person, was.record)),
    person: then(ofPerson, personThen, hasPerson),
    record: then(ofRecord, recordThen, hasRecord),
  };
}

function now(periods: readonly Period<unknown>[]): Known {
  return { since: periods.at(-1)?.from ?? null };
}

/** Of whom nothing is kept and who is not there now either, nothing was ever known. */
function then(periods: readonly Period<unknown>[], at: Period<unknown> | null, isThere: boolean): Known | null {
  if (at !== null) return { since: at.from };
  return periods.length === 0 && !isThere ? { since: null } : null;
}

/** Positions bear no time of their own, and finding it takes a walk: where nothing changed since `newest`, that will do. */
async function momentOf(store: StoreReader, asOf: Cut, newest: Micros, changed: Micros): Promise<Micros> {
  if ('time' in asOf) return asOf.time;
  return changed <= newest ? newest : store.writtenAt();
}

/** One person and one record as they were, for the directory's own functions to be asked about. */
function directoryThen(
  person: { readonly id: PersonId; readonly was: PersonThen | null },
  record: { readonly key: RecordRef; readonly was: RecordThen | null } | null,
): StoredDirectory {
  const { id, was } = person;
  const people = was === null ? [] : [{ id, first: '', last: '', email: null, active: was.active }];
  const records = record === null || record.was === null ? [] : [{ ...record.key, name: '', ...record.was }];
  return {
    version: 0,
    completeSince: 0,
    people: people.map((one) => ({ version: 0, person: one })),
    records: records.map((one) => ({ version: 0, key: { kind: one.kind, id: one.id }, record: one })),
  };
}
