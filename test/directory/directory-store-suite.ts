/** What every `DirectoryStore` owes, run on each adapter. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDirectory, type OpenDirectory } from '../../src/directory/create-directory.ts';
import type { DirectoryStore } from '../../src/directory/directory-store.ts';
import type { CrmRecord, Person } from '../../src/directory/entities.ts';

export const ann: Person = { id: 'ann', first: 'Ann', last: 'Müller', email: 'ann@example.org', active: true };
export const bob: Person = { id: 'bob', first: 'Bob', last: 'Muller', email: null, active: true };
export const acme: CrmRecord = { kind: 'company', id: 'c1', name: 'Acme', view: 'everyone', edit: ['ann'] };

/** `open` twice on one place sees what was written; the one before is closed first. */
export function directoryStoreSuite(
  name: string,
  make: () => { open: () => DirectoryStore; remove: () => void },
): void {
  describe(`directory store: ${name}`, () => {
    let place: ReturnType<typeof make>;
    let store: DirectoryStore;
    beforeEach(() => {
      place = make();
      store = place.open();
    });
    afterEach(async () => {
      await store.close();
      place.remove();
    });

    async function reopen(): Promise<void> {
      await store.close();
      store = place.open();
    }
    const nothing = { people: [], records: [], forget: [] };

    it('is empty at first', async () => {
      expect(await store.load()).toEqual({ version: 0, completeSince: 0, people: [], records: [] });
    });

    it('keeps what was written, each with the version of its last change', async () => {
      await store.write({ ...nothing, version: 1, completeSince: 0, people: [ann, bob] });
      const key = { kind: acme.kind, id: acme.id };
      await store.write({ ...nothing, version: 2, completeSince: 0, people: [bob], records: [{ key, record: acme }] });
      await reopen();
      const stored = await store.load();
      expect(stored.version).toBe(2);
      expect(stored.people.toSorted((a, b) => a.version - b.version)).toEqual([
        { version: 1, person: ann },
        { version: 2, person: bob },
      ]);
      expect(stored.records).toEqual([{ version: 2, key, record: acme }]);
    });

    it('remembers a removal until it is told to forget it', async () => {
      const key = { kind: acme.kind, id: acme.id };
      await store.write({ ...nothing, version: 1, completeSince: 0, records: [{ key, record: acme }] });
      await store.write({ ...nothing, version: 2, completeSince: 0, records: [{ key, record: null }] });
      await reopen();
      expect((await store.load()).records).toEqual([{ version: 2, key, record: null }]);
      await store.write({ ...nothing, version: 3, completeSince: 2, forget: [key] });
      await reopen();
      expect(await store.load()).toEqual({ version: 3, completeSince: 2, people: [], records: [] });
    });

    it('keeps names of any script and rights of many people', async () => {
      const many = Array.from({ length: 10_000 }, (_, n) => `person-${n}`).sort();
      const record: CrmRecord = { ...acme, name: '株式会社 🚀 "\\\u00a0é', view: many, edit: [] };
      const key = { kind: record.kind, id: record.id };
      await store.write({ ...nothing, version: 1, completeSince: 0, people: [], records: [{ key, record }] });
      await reopen();
      expect((await store.load()).records).toEqual([{ version: 1, key, record }]);
    });

    describe('under a directory', () => {
      let directory: OpenDirectory;
      beforeEach(async () => {
        directory = await createDirectory(store);
      });
      async function restart(): Promise<void> {
        await directory.close();
        store = place.open();
        directory = await createDirectory(store);
      }

      it('survives a restart: people, records, rights, version', async () => {
        await directory.put({ people: [ann, bob], records: [{ ...acme, view: ['ann'], edit: ['ann'] }] });
        await directory.put({ people: [{ ...bob, active: false }] });
        await restart();
        expect(directory.version).toBe(2);
        expect(directory.counts).toEqual({ people: 2, records: 1 });
        expect(directory.person('ann')).toEqual(ann);
        expect(directory.isActive('bob')).toBe(false);
        expect(directory.maySeeName('ann', 'company', 'c1')).toBe(true);
        expect(directory.maySeeName('bob', 'company', 'c1')).toBe(false);
        expect(directory.searchPeople('mul', 10, () => false)).toEqual([ann]);
      });

      it('[SEE-6] tells what changed since a version, before and after a restart', async () => {
        await directory.put({ people: [ann, bob] });
        await directory.put({ records: [acme] });
        await directory.put({ people: [{ ...bob, last: 'Maler' }] });
        await directory.put({ removeRecords: [acme] });
        const expected = {
          0: { people: [ann, { ...bob, last: 'Maler' }], records: [{ kind: 'company', id: 'c1' }] },
          1: { people: [{ ...bob, last: 'Maler' }], records: [{ kind: 'company', id: 'c1' }] },
          3: { people: [], records: [{ kind: 'company', id: 'c1' }] },
          4: { people: [], records: [] },
        };
        const asked = () =>
          Object.fromEntries(
            [0, 1, 3, 4].map((version) => {
              const since = directory.changedSince(version);
              return [version, since && { ...since, people: since.people.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }];
            }),
          );
        expect(asked()).toEqual(expected);
        await restart();
        expect(asked()).toEqual(expected);
        expect(directory.changedSince(5)).toBeNull();
      });

      it('gives every change a version of its own, and goes on counting after a restart', async () => {
        for (let n = 1; n <= 5; n += 1) {
          await directory.put({ people: [{ ...ann, first: `Ann ${n}` }] });
          expect(directory.version).toBe(n);
        }
        await restart();
        await directory.put({ people: [bob] });
        expect(directory.version).toBe(6);
      });
    });
  });
}
