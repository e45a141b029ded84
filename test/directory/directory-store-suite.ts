/** What every `DirectoryStore` owes, run on each adapter. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDirectory, type OpenDirectory } from '../../src/directory/create-directory.ts';
import { periodAt } from '../../src/directory/directory-past.ts';
import type { DirectoryStore, StoreWrite } from '../../src/directory/directory-store.ts';
import type { CrmRecord, Person } from '../../src/directory/entities.ts';
import { limits } from '../../src/limits.ts';

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
    const nothing = { at: 1_000, people: [], records: [], forget: [] };

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

    describe('what rights were', () => {
      const key = { kind: acme.kind, id: acme.id };
      let version = 0;
      beforeEach(() => {
        version = 0;
      });
      async function write(at: number, change: Partial<Pick<StoreWrite, 'people' | 'records' | 'forget'>>) {
        version += 1;
        await store.write({ ...nothing, ...change, at, version, completeSince: 0 });
      }

      it('[SEE-6] of a person and of a record, from when to when, through a restart', async () => {
        await write(10, { people: [ann], records: [{ key, record: acme }] });
        await write(20, { people: [{ ...ann, active: false, email: null }] });
        await write(30, { records: [{ key, record: { ...acme, view: ['ann'] } }] });
        await write(40, { records: [{ key, record: null }] });
        await reopen();
        expect(await store.personPeriods('ann')).toEqual([
          { from: 0, to: 10, was: null },
          { from: 10, to: 20, was: { active: true, hasAddress: true } },
          { from: 20, to: null, was: { active: false, hasAddress: false } },
        ]);
        expect(await store.recordPeriods(key)).toEqual([
          { from: 0, to: 10, was: null },
          { from: 10, to: 30, was: { view: 'everyone', edit: ['ann'] } },
          { from: 30, to: 40, was: { view: ['ann'], edit: ['ann'] } },
          { from: 40, to: null, was: null },
        ]);
        expect(await store.personPeriods('bob')).toEqual([]);
      });

      it('a change of names begins no period, and a clock that went back does not turn them round', async () => {
        await write(10, { people: [ann] });
        await write(20, { people: [{ ...ann, first: 'Anna' }] });
        await write(5, { people: [{ ...ann, active: false }] });
        expect((await store.personPeriods('ann')).slice(1)).toEqual([
          { from: 10, to: 11, was: { active: true, hasAddress: true } },
          { from: 11, to: null, was: { active: false, hasAddress: true } },
        ]);
      });

      it('a record that was removed and forgotten was not there until it came back', async () => {
        await write(10, { records: [{ key, record: acme }] });
        await write(20, { records: [{ key, record: null }] });
        await write(30, { forget: [key] });
        const then = { view: 'everyone', edit: ['ann'] };
        const known = [
          { from: 0, to: 10, was: null },
          { from: 10, to: 20, was: then },
        ];
        expect(await store.recordPeriods(key)).toEqual([...known, { from: 20, to: null, was: null }]);
        await write(40, { records: [{ key, record: acme }] });
        expect(await store.recordPeriods(key)).toEqual([
          ...known,
          { from: 20, to: 40, was: null },
          { from: 40, to: null, was: then },
        ]);
      });

      it('forgets the oldest beyond the bound, and then does not claim to know', async () => {
        for (let at = 1; at <= 40; at += 1) await write(at, { people: [{ ...bob, active: at % 2 === 0 }, ann] });
        const periods = await store.personPeriods('bob');
        expect(periods).toHaveLength(limits.directoryPeriodsKept + 1);
        expect(periods[0]).toEqual({ from: 24, to: 25, was: { active: true, hasAddress: false } });
        expect(periodAt(periods, 23)).toBeNull();
        expect(periodAt(periods, 24)?.was?.active).toBe(true);
        expect(periodAt(periods, 39)?.was?.active).toBe(false);
        expect(await store.personPeriods('ann')).toHaveLength(2);
      });
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
