/**
 * People and records in memory with everything that is asked of them. Changed by `apply` only, with what is durable.
 */
import { limits } from '../limits.ts';
import type { DirectoryChange } from './directory.ts';
import type { StoredDirectory } from './directory-store.ts';
import type { CrmRecord, Person, PersonId, RecordKey, RecordKind } from './entities.ts';
import { fold, foldPrefix, wordStarts } from './fold.ts';
import { type IndexEntry, PrefixIndex } from './prefix-index.ts';
import { RecentChanges } from './recent-changes.ts';
import { type Rights, rightsOf } from './rights.ts';
import { sameEntity } from './same-entity.ts';

/** Validated entities; `record` null = remove it. No person and no key stands in it twice. */
export interface Changes {
  readonly people: readonly Person[];
  readonly records: readonly { readonly key: RecordKey; readonly record: CrmRecord | null }[];
}

export interface Removal {
  readonly key: RecordKey;
  /** Of the directory, when it was removed. */
  readonly version: number;
}

interface Held {
  readonly record: CrmRecord;
  readonly rights: Rights;
}

type Changed = { readonly person: PersonId } | { readonly record: RecordKey };

export class DirectoryIndex {
  readonly #people = new Map<PersonId, Person>();
  readonly #records = new Map<string, Held>();
  /** Removed records that the store still knows, oldest first. */
  readonly #removals = new Map<string, Removal>();
  readonly #byLastName: PrefixIndex<Person>;
  readonly #byRecordName: PrefixIndex<Held>;
  readonly #recent: RecentChanges<Changed>;

  constructor(stored: StoredDirectory) {
    const changes = [
      ...stored.people.map(({ version, person }) => ({ version, what: { person: person.id } })),
      ...stored.records.map(({ version, key }) => ({ version, what: { record: key } })),
    ];
    this.#recent = new RecentChanges<Changed>(changes, stored.completeSince, limits.directoryChangesKept);
    for (const { person } of stored.people) this.#people.set(person.id, person);
    this.#byLastName = new PrefixIndex(stored.people.flatMap(({ person }) => personEntries(person)));
    for (const { key, record, version } of stored.records.toSorted((a, b) => a.version - b.version)) {
      if (record === null) this.#removals.set(placeOf(key), { key, version });
      else this.#records.set(placeOf(key), { record, rights: rightsOf(record) });
    }
    this.#byRecordName = new PrefixIndex([...this.#records.values()].flatMap(recordEntries));
  }

  get counts(): { readonly people: number; readonly records: number } {
    return { people: this.#people.size, records: this.#records.size };
  }

  person(id: PersonId): Person | undefined {
    return this.#people.get(id);
  }

  isActive(id: PersonId): boolean {
    return this.#people.get(id)?.active === true;
  }

  record(kind: RecordKind, id: string): CrmRecord | undefined {
    return this.#records.get(placeOf({ kind, id }))?.record;
  }

  /** One answer for a record that does not exist and one that is not for this person (SEE-5). */
  mayView(person: PersonId, kind: RecordKind, id: string): boolean {
    return this.isActive(person) && this.#records.get(placeOf({ kind, id }))?.rights.view(person) === true;
  }

  maySeeName(person: PersonId, kind: RecordKind, id: string): boolean {
    const held = this.#records.get(placeOf({ kind, id }));
    return held !== undefined && this.#seesName(held, person);
  }

  searchPeople(last: string, limit: number, except: (id: PersonId) => boolean): Person[] {
    const hits: Person[] = [];
    for (const person of this.#byLastName.startingWith(foldPrefix(last))) {
      if (hits.length >= limit) break;
      if (!except(person.id)) hits.push(person);
    }
    return hits;
  }

  searchRecords(viewer: PersonId, name: string, kind: RecordKind | null, limit: number): CrmRecord[] {
    if (!this.isActive(viewer)) return [];
    const wanted = foldPrefix(name);
    const hits = new Set<CrmRecord>();
    const restricted = new Set<CrmRecord>();
    for (const held of this.#byRecordName.startingWith(wanted)) {
      if (hits.size >= limit) break;
      if ((kind !== null && held.record.kind !== kind) || !held.rights.view(viewer)) continue;
      (this.#seesName(held, viewer) ? hits : restricted).add(held.record);
    }
    // With nothing typed, records whose name is not for this viewer are offered too (SEE-4), in an order that does not
    // tell where in the alphabet their name stands.
    if (wanted === '') for (const record of [...restricted].sort(byPlace)) hits.add(record);
    return [...hits].slice(0, Math.max(0, limit));
  }

  changedSince(version: number): { people: Person[]; records: RecordKey[] } | null {
    const changes = this.#recent.since(version);
    if (changes === null) return null;
    const people = new Map<PersonId, Person>();
    const records = new Map<string, RecordKey>();
    for (const one of changes) {
      if ('record' in one) records.set(placeOf(one.record), one.record);
      else people.set(one.person, this.#people.get(one.person) as Person);
    }
    return { people: [...people.values()], records: [...records.values()] };
  }

  /** What of the changes differs from what is there. */
  differing(changes: Changes): Changes {
    return {
      people: changes.people.filter((person) => !sameEntity(this.#people.get(person.id), person)),
      records: changes.records.filter(
        ({ key, record }) => !sameEntity(this.#records.get(placeOf(key))?.record, record),
      ),
    };
  }

  /** The oldest removals beyond the bound, once these changes are in. */
  removalsToForget(changes: Changes): Removal[] {
    const changing = new Set(changes.records.map(({ key }) => placeOf(key)));
    const coming = changes.records.filter(({ record }) => record === null).length;
    const excess = this.#removals.size + coming - limits.directoryChangesKept;
    if (excess <= 0) return [];
    return [...this.#removals]
      .filter(([place]) => !changing.has(place))
      .slice(0, excess)
      .map(([, removal]) => removal);
  }

  apply(version: number, changes: Changes, forget: readonly Removal[]): DirectoryChange {
    for (const { key } of forget) this.#removals.delete(placeOf(key));
    const people = this.#applyPeople(changes.people);
    const records = this.#applyRecords(version, changes.records);
    this.#recent.add(version, [
      ...people.map(({ after }) => ({ person: after.id })),
      ...changes.records.map(({ key }) => ({ record: key })),
    ]);
    return { version, people, records };
  }

  #applyPeople(changed: readonly Person[]): DirectoryChange['people'] {
    const changes = changed.map((after) => ({ before: this.#people.get(after.id), after }));
    for (const person of changed) this.#people.set(person.id, person);
    for (const { before, after } of changes) {
      for (const { key } of before ? personEntries(before) : []) this.#byLastName.remove(key);
      for (const entry of personEntries(after)) this.#byLastName.add(entry);
    }
    return changes;
  }

  #applyRecords(version: number, changed: Changes['records']): DirectoryChange['records'] {
    const changes: DirectoryChange['records'][number][] = [];
    for (const { key, record } of changed) {
      const place = placeOf(key);
      const before = this.#records.get(place);
      for (const entry of before ? recordEntries(before) : []) this.#byRecordName.remove(entry.key);
      this.#removals.delete(place);
      if (record === null) {
        this.#records.delete(place);
        this.#removals.set(place, { key, version });
      } else {
        const held = { record, rights: rightsOf(record) };
        this.#records.set(place, held);
        for (const entry of recordEntries(held)) this.#byRecordName.add(entry);
      }
      changes.push({ before: before?.record, after: record ?? undefined });
    }
    return changes;
  }

  #seesName({ rights }: Held, person: PersonId): boolean {
    return !rights.nameIsRestricted || (this.isActive(person) && rights.view(person) && rights.edit(person));
  }
}

function placeOf({ kind, id }: RecordKey): string {
  return `${kind}/${id}`;
}
function byPlace(a: RecordKey, b: RecordKey): number {
  return placeOf(a) < placeOf(b) ? -1 : 1;
}

/** No name holds a control character, so that \0 ends a part of a key and sorts before everything in it. */
function personEntries(person: Person): IndexEntry<Person>[] {
  if (!person.active) return [];
  return [{ key: `${fold(person.last)}\0${fold(person.first)}\0${person.id}`, value: person }];
}
function recordEntries(held: Held): IndexEntry<Held>[] {
  const place = placeOf(held.record);
  const starts = wordStarts(fold(held.record.name));
  return starts.map((start, word) => ({ key: `${start}\0${place}\0${word}`, value: held }));
}
