/** A directory that lasts as long as its store object: for tests, simulations and tools. */
import {
  type Past,
  type Present,
  periodsOf,
  periodsToForget,
  personThen,
  recordThen,
  succeed,
} from './directory-past.ts';
import type { DirectoryStore, StoredPerson, StoredRecord } from './directory-store.ts';
import type { RecordKey } from './entities.ts';

const place = (key: RecordKey) => `${key.kind}/${key.id}`;

export function memoryDirectoryStore(): DirectoryStore {
  const people = new Map<string, StoredPerson>();
  const records = new Map<string, StoredRecord>();
  const personPast = new PastOf<ReturnType<typeof personThen>>();
  const recordPast = new PastOf<NonNullable<ReturnType<typeof recordThen>>>();
  let version = 0;
  let completeSince = 0;
  return {
    async load() {
      return { version, completeSince, people: [...people.values()], records: [...records.values()] };
    },
    async write(change) {
      ({ version, completeSince } = change);
      for (const person of change.people) {
        people.set(person.id, { version, person });
        personPast.add(person.id, personThen(person), change.at);
      }
      for (const { key, record } of change.records) {
        records.set(place(key), { version, key, record });
        recordPast.add(place(key), recordThen(record), change.at);
      }
      for (const key of change.forget) {
        records.delete(place(key));
        recordPast.forgetPresent(place(key));
      }
    },
    personPeriods: async (id) => personPast.periods(id),
    recordPeriods: async (key) => recordPast.periods(place(key)),
    scrub: async () => true,
    async close() {},
  };
}

class PastOf<T> {
  readonly #past = new Map<string, Past<T>[]>();
  readonly #present = new Map<string, Present<T>>();

  add(id: string, is: T | null, at: number): void {
    const { present, past } = succeed(this.#present.get(id) ?? null, is, at);
    this.#present.set(id, present);
    if (past === null) return;
    const kept = this.#past.get(id) ?? [];
    kept.splice(0, periodsToForget(kept).length);
    this.#past.set(id, [...kept, past]);
  }

  forgetPresent(id: string): void {
    this.#present.delete(id);
  }

  periods(id: string) {
    return periodsOf(this.#past.get(id) ?? [], this.#present.get(id) ?? null);
  }
}
