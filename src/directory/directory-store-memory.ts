/** A directory that lasts as long as its store object: for tests, simulations and tools. */
import type { DirectoryStore, StoredPerson, StoredRecord } from './directory-store.ts';
import type { RecordKey } from './entities.ts';

const place = (key: RecordKey) => `${key.kind}/${key.id}`;

export function memoryDirectoryStore(): DirectoryStore {
  const people = new Map<string, StoredPerson>();
  const records = new Map<string, StoredRecord>();
  let version = 0;
  let completeSince = 0;
  return {
    async load() {
      return { version, completeSince, people: [...people.values()], records: [...records.values()] };
    },
    async write(change) {
      ({ version, completeSince } = change);
      for (const person of change.people) people.set(person.id, { version, person });
      for (const { key, record } of change.records) records.set(place(key), { version, key, record });
      for (const key of change.forget) records.delete(place(key));
    },
    async close() {},
  };
}
