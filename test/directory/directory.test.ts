import { describe, expect, it } from 'vitest';
import { createDirectory, DirectoryOverdue, DirectoryUnavailable } from '../../src/directory/create-directory.ts';
import type { DirectoryChange } from '../../src/directory/directory.ts';
import { memoryDirectoryStore } from '../../src/directory/directory-store-memory.ts';
import type { CrmRecord, Person } from '../../src/directory/entities.ts';
import { limits } from '../../src/limits.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';

const person = (id: string, last: string, first = '', active = true): Person => ({
  id,
  first,
  last,
  email: null,
  active,
});
const record = (id: string, name: string, view: CrmRecord['view'], edit: CrmRecord['edit']): CrmRecord => ({
  kind: 'contact',
  id,
  name,
  view,
  edit,
});
const nobody = () => false;

async function withPeople(...people: Person[]) {
  const directory = await createDirectory(memoryDirectoryStore());
  await directory.put({ people });
  return directory;
}

describe('rights', () => {
  const people = [person('both', 'Both'), person('viewer', 'Viewer'), person('editor', 'Editor')];
  const records = [
    record('open', 'Open', 'everyone', 'everyone'),
    record('open-view', 'Open view', 'everyone', ['both']),
    record('open-edit', 'Open edit', ['both', 'viewer'], 'everyone'),
    record('closed', 'Closed', ['both', 'viewer'], ['both', 'editor']),
    record('nobodys', 'Nobodys', [], []),
  ];

  it.each([
    ['open', 'both viewer editor other', 'both viewer editor other'],
    ['open-view', 'both viewer editor other', 'both viewer editor other'],
    ['open-edit', 'both viewer editor other', 'both viewer'],
    ['closed', 'both', 'both viewer'],
    ['nobodys', '', ''],
  ])('[SEE-4] %s: the name is for "%s", the record for "%s"', async (id, named, viewing) => {
    const directory = await withPeople(...people, person('other', 'Other'));
    await directory.put({ records });
    const who = ['both', 'viewer', 'editor', 'other'];
    expect(who.filter((one) => directory.maySeeName(one, 'contact', id)).join(' ')).toBe(named);
    expect(who.filter((one) => directory.mayView(one, 'contact', id)).join(' ')).toBe(viewing);
  });

  it('[SEE-5] a record that does not exist cannot be viewed, nor its name be seen', async () => {
    const directory = await withPeople(person('ann', 'A'));
    expect(directory.mayView('ann', 'contact', 'none')).toBe(false);
    expect(directory.maySeeName('ann', 'contact', 'none')).toBe(false);
    expect(directory.record('contact', 'none')).toBeUndefined();
  });

  it('[CMD-4] who is deactivated or unknown holds no right, named or not', async () => {
    const directory = await withPeople(person('gone', 'Gone', '', false));
    await directory.put({
      records: [record('r', 'R', ['gone', 'stranger'], ['gone']), record('open', 'O', 'everyone', 'everyone')],
    });
    for (const who of ['gone', 'stranger']) {
      expect(directory.isActive(who)).toBe(false);
      expect(directory.mayView(who, 'contact', 'r')).toBe(false);
      expect(directory.maySeeName(who, 'contact', 'r')).toBe(false);
      expect(directory.mayView(who, 'contact', 'open')).toBe(false);
      expect(directory.searchRecords(who, '', null, 50)).toEqual([]);
    }
  });

  it('holds a right of ten thousand people, in whatever order they are named', async () => {
    const holders = Array.from({ length: limits.rightHoldersMax }, (_, n) => `p${(n * 7919) % limits.rightHoldersMax}`);
    const directory = await withPeople(person('p0', 'A'), person('p9999', 'B'), person('q', 'C'));
    await directory.put({ records: [record('r', 'R', holders, holders)] });
    expect(['p0', 'p9999', 'q'].map((who) => directory.maySeeName(who, 'contact', 'r'))).toEqual([true, true, false]);
  });

  it('[SEE-6] a changed right holds from the moment the change is told', async () => {
    const directory = await withPeople(person('ann', 'A'));
    await directory.put({ records: [record('r', 'R', ['ann'], ['ann'])] });
    const seen: boolean[] = [];
    directory.onChange(() => seen.push(directory.mayView('ann', 'contact', 'r')));
    await directory.put({ records: [record('r', 'R', [], ['ann'])] });
    await directory.put({ records: [record('r', 'R', 'everyone', ['ann'])] });
    expect(seen).toEqual([false, true]);
  });
});

describe('searching people', () => {
  const last = (people: Person[]) => people.map((one) => one.last);

  it('[LIST-4] finds by the beginning of the last name, case and accents aside', async () => {
    const names = ['Müller', 'MULLER', 'Mulder', 'van Dyk', 'Vance', 'Sørensen', 'Straße', 'Παπάς', 'Łukasz', 'İnan'];
    const directory = await withPeople(...names.map((name, n) => person(`p${n}`, name)));
    const find = (typed: string) => last(directory.searchPeople(typed, 50, nobody));
    expect(find('mül')).toEqual(['Mulder', 'Müller', 'MULLER']);
    expect(find('van ')).toEqual(['van Dyk']);
    expect(find('SOREN')).toEqual(['Sørensen']);
    expect(find('strasse')).toEqual(['Straße']);
    expect(find('ΠΑΠΑΣ')).toEqual(['Παπάς']);
    expect(find('luk')).toEqual(['Łukasz']);
    expect(find('inan')).toEqual(['İnan']);
    expect(find('ller')).toEqual([]);
  });

  it('orders by last name, first name, id and stops at the limit', async () => {
    const directory = await withPeople(
      person('4', 'Berg', 'Zoe'),
      person('3', 'Bergmann', 'Al'),
      person('2', 'Berg', 'Ann'),
      person('1', 'Berg', 'Zoë'),
    );
    const ids = (limit: number) => directory.searchPeople('berg', limit, nobody).map((one) => one.id);
    expect(ids(50)).toEqual(['2', '1', '4', '3']);
    expect(ids(2)).toEqual(['2', '1']);
    expect(ids(0)).toEqual([]);
  });

  it('[INVITE-1] leaves out those who are excepted and those who are inactive', async () => {
    const directory = await withPeople(person('a', 'Berg'), person('b', 'Berg', '', false), person('c', 'Berg'));
    expect(directory.searchPeople('', 50, (id) => id === 'a').map((one) => one.id)).toEqual(['c']);
    await directory.put({ people: [person('b', 'Berg'), person('c', 'Thal')] });
    expect(directory.searchPeople('berg', 50, nobody).map((one) => one.id)).toEqual(['a', 'b']);
  });

  it('finds the same whether names came one by one or all at once (5,000 random names)', async () => {
    const seed = Number(process.env.PARLEY_SEED ?? 20_261_122);
    let state = seed;
    const chance = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const letters = 'abcde éß';
    const name = () => `x${Array.from({ length: 1 + chance(5) }, () => letters[chance(letters.length)]).join('')}x`;
    const people = Array.from({ length: 5_000 }, (_, n) => person(`p${n}`, name(), name(), chance(10) > 0));
    const atOnce = await withPeople(...people);
    const oneByOne = await createDirectory(memoryDirectoryStore());
    for (const one of people.slice(0, 600)) await oneByOne.put({ people: [{ ...one, last: name() }] });
    for (let at = 0; at < people.length; at += 700) await oneByOne.put({ people: people.slice(at, at + 700) });
    for (const typed of ['', 'x', 'xa', 'xe', 'xab', 'xs', 'x c', 'xddd']) {
      const found = oneByOne.searchPeople(typed, 6_000, nobody);
      expect(found, `seed ${seed}`).toEqual(atOnce.searchPeople(typed, 6_000, nobody));
      if (typed === '') expect(found).toHaveLength(people.filter((one) => one.active).length);
    }
  });
});

describe('searching records', () => {
  async function crm() {
    const directory = await withPeople(person('both', 'B'), person('viewer', 'V'), person('other', 'O'));
    await directory.put({
      records: [
        record('1', 'Acme Corporation', 'everyone', 'everyone'),
        record('2', 'The Acmé Fund', ['viewer', 'both'], 'everyone'),
        record('3', 'Acme Secret', ['viewer', 'both'], ['both']),
        { ...record('4', 'Acme House', 'everyone', []), kind: 'household' },
        record('5', 'Aaa Secret', ['viewer', 'both'], ['both']),
        record('6', 'Acme Acme Acme', 'everyone', []),
      ],
    });
    return directory;
  }

  it('[START-2] finds by the beginning of any word, only what the viewer may view', async () => {
    const directory = await crm();
    const ids = (viewer: string, typed: string) =>
      directory.searchRecords(viewer, typed, null, 50).map((one) => one.id);
    expect(ids('both', 'acm').toSorted()).toEqual(['1', '2', '3', '4', '6']);
    expect(ids('other', 'acm').toSorted()).toEqual(['1', '4', '6']);
    expect(ids('other', 'corp')).toEqual(['1']);
    expect(ids('other', 'acme corp')).toEqual(['1']);
    expect(ids('other', 'zzz')).toEqual([]);
  });

  it('[SEE-4] never finds by a name that the viewer may not see', async () => {
    const directory = await crm();
    for (const typed of ['a', 'acme', 'acme s', 'secret', 'aaa secret']) {
      const found = directory.searchRecords('viewer', typed, null, 50).map((one) => one.id);
      expect(found).not.toContain('3');
      expect(found).not.toContain('5');
    }
    expect(directory.searchRecords('both', 'secret', null, 50).map((one) => one.id)).toEqual(['3', '5']);
  });

  it('[SEE-4] with nothing typed offers restricted records last, in an order that tells nothing of their names', async () => {
    const directory = await crm();
    const ids = directory.searchRecords('viewer', '', null, 50).map((one) => one.id);
    expect(ids.slice(-2)).toEqual(['3', '5']);
    expect(ids.toSorted()).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('narrows by kind, stops at the limit and names nothing twice', async () => {
    const directory = await crm();
    expect(directory.searchRecords('both', 'acme', 'household', 50).map((one) => one.id)).toEqual(['4']);
    expect(directory.searchRecords('both', 'acme', null, 2)).toHaveLength(2);
    expect(directory.searchRecords('both', 'acme', null, 0)).toEqual([]);
    expect(directory.searchRecords('other', 'acme acme', null, 50).map((one) => one.id)).toEqual(['6']);
  });

  it('follows a change of name and a removal', async () => {
    const directory = await crm();
    await directory.put({
      records: [record('1', 'Borealis', 'everyone', 'everyone')],
      removeRecords: [{ kind: 'household', id: '4' }],
    });
    expect(directory.searchRecords('other', 'acme', null, 50).map((one) => one.id)).toEqual(['6']);
    expect(directory.searchRecords('other', 'bor', null, 50).map((one) => one.id)).toEqual(['1']);
    expect(directory.record('household', '4')).toBeUndefined();
  });
});

describe('changing', () => {
  it('tells listeners before and after, once the change is durable and before put resolves', async () => {
    const store = memoryDirectoryStore();
    const order: string[] = [];
    const directory = await createDirectory({
      ...store,
      async write(change) {
        await store.write(change);
        order.push(`written ${change.version}, in memory ${directory.version}`);
      },
    });
    const changes: DirectoryChange[] = [];
    directory.onChange((change) => {
      changes.push(change);
      order.push(`told ${change.version}, in memory ${directory.version}`);
    });
    await directory.put({ people: [person('a', 'A')] });
    order.push('resolved');
    await directory.put({ people: [person('a', 'B')], records: [record('r', 'R', [], [])] });
    await directory.put({ removeRecords: [{ kind: 'contact', id: 'r' }] });
    expect(order.slice(0, 3)).toEqual(['written 1, in memory 0', 'told 1, in memory 1', 'resolved']);
    expect(changes.map((change) => [change.version, change.people.length, change.records.length])).toEqual([
      [1, 1, 0],
      [2, 1, 1],
      [3, 0, 1],
    ]);
    expect(changes[1]?.people[0]).toEqual({ before: person('a', 'A'), after: person('a', 'B') });
    expect(changes[1]?.records[0]).toEqual({ before: undefined, after: record('r', 'R', [], []) });
    expect(changes[2]?.records[0]).toEqual({ before: record('r', 'R', [], []), after: undefined });
  });

  it('neither writes nor tells what changes nothing', async () => {
    const directory = await withPeople(person('a', 'A'));
    await directory.put({ records: [record('r', 'R', ['b', 'a'], [])] });
    let told = 0;
    directory.onChange(() => {
      told += 1;
    });
    await directory.put({ people: [person('a', ' A ')], records: [record('r', 'R', ['a', 'b', 'a'], [])] });
    await directory.put({ removeRecords: [{ kind: 'company', id: 'r' }] });
    await directory.put({});
    expect(directory.version).toBe(2);
    expect(told).toBe(0);
  });

  it('applies changes asked for at once in their order, each on what the one before left', async () => {
    const directory = await createDirectory(memoryDirectoryStore());
    const befores: (string | undefined)[] = [];
    directory.onChange((change) => befores.push(change.people[0]?.before?.last));
    await Promise.all(['A', 'B', 'B', 'C'].map((last) => directory.put({ people: [person('x', last)] })));
    expect(befores).toEqual([undefined, 'A', 'B']);
    expect(directory.person('x')?.last).toBe('C');
  });

  it('ends a registration when asked, and tells the others although one throws', async () => {
    const directory = await createDirectory(memoryDirectoryStore());
    const heard: string[] = [];
    directory.onChange(() => {
      throw new Error('a bug of a listener');
    });
    const end = directory.onChange(() => heard.push('first'));
    directory.onChange(() => heard.push('second'));
    await expect(directory.put({ people: [person('a', 'A')] })).rejects.toThrow('a bug of a listener');
    end();
    await expect(directory.put({ people: [person('a', 'B')] })).rejects.toThrow();
    expect(heard).toEqual(['first', 'second', 'second']);
    expect(directory.person('a')?.last).toBe('B');
  });

  it('shows nothing of a write that failed, and takes no further change', async () => {
    const store = memoryDirectoryStore();
    let fail = false;
    const directory = await createDirectory({
      ...store,
      write: (change) => (fail ? Promise.reject(new Error('disk')) : store.write(change)),
    });
    await directory.put({ people: [person('a', 'A')] });
    fail = true;
    await expect(directory.put({ people: [person('a', 'B')] })).rejects.toBeInstanceOf(DirectoryUnavailable);
    fail = false;
    await expect(directory.put({ people: [person('b', 'B')] })).rejects.toBeInstanceOf(DirectoryUnavailable);
    expect(directory.version).toBe(1);
    expect(directory.person('a')?.last).toBe('A');
    expect(directory.person('b')).toBeUndefined();
  });

  it('gives up a write that never settles when its deadline passes', async () => {
    const deadlines: (() => void)[] = [];
    const clock: Clock = {
      ...systemClock(),
      after(ms, run) {
        expect(ms).toBe(limits.appendDeadlineMs);
        deadlines.push(run);
        return { cancel: () => undefined };
      },
    };
    const directory = await createDirectory(
      { ...memoryDirectoryStore(), write: () => new Promise<void>(() => undefined) },
      clock,
    );
    const put = directory.put({ people: [person('a', 'A')] });
    await Promise.resolve();
    await Promise.resolve();
    for (const pass of deadlines) pass();
    await expect(put).rejects.toBeInstanceOf(DirectoryUnavailable);
    await expect(put).rejects.toBeInstanceOf(DirectoryOverdue);
  });

  it('refuses changes after it is closed', async () => {
    const directory = await createDirectory(memoryDirectoryStore());
    await directory.close();
    await expect(directory.put({ people: [person('a', 'A')] })).rejects.toBeInstanceOf(DirectoryUnavailable);
  });

  it('[CMD-4] whoever is deactivated while they are renamed stays so, under the new name', async () => {
    const directory = await withPeople(person('a', 'A'), person('b', 'B'));
    const renamed = (id: string) => ({ people: [{ id, first: '', last: 'New', email: null }] });
    await Promise.all([directory.setActive('a', false), directory.put(renamed('a'))]);
    await Promise.all([directory.put(renamed('b')), directory.setActive('b', false)]);
    expect(directory.person('a')).toEqual(person('a', 'New', '', false));
    expect(directory.person('b')).toEqual(person('b', 'New', '', false));
  });

  it('does not share what it was given: a caller that goes on changing it changes nothing here', async () => {
    const mine = { id: 'a', first: '', last: 'A', email: null, active: true };
    const holders = ['a'];
    const directory = await withPeople(mine);
    await directory.put({ records: [record('r', 'R', holders, [])] });
    mine.last = 'Z';
    holders.push('b');
    expect(directory.person('a')?.last).toBe('A');
    expect(directory.record('contact', 'r')?.view).toEqual(['a']);
  });
});

describe('what changed since', () => {
  it('[CMD-3] says plainly when it is too long ago to tell', async () => {
    const store = memoryDirectoryStore();
    const directory = await createDirectory(store);
    const many = (from: number) =>
      Array.from({ length: limits.directoryChangesKept }, (_, n) => person(`p${n + from}`, 'X'));
    await directory.put({ people: [person('first', 'F')] });
    await directory.put({ people: many(0) });
    expect(directory.changedSince(0)?.people).toHaveLength(limits.directoryChangesKept + 1);
    await directory.put({ people: many(limits.directoryChangesKept) });
    expect(directory.changedSince(0)).toBeNull();
    expect(directory.changedSince(1)).toBeNull();
    expect(directory.changedSince(2)?.people).toHaveLength(limits.directoryChangesKept);
    expect(directory.changedSince(3)).toEqual({ people: [], records: [] });
  });

  it('forgets the oldest removals, and knows afterwards that it did', async () => {
    const store = memoryDirectoryStore();
    let directory = await createDirectory(store);
    const count = limits.directoryChangesKept + 10;
    const records = Array.from({ length: count }, (_, n) => record(`r${n}`, 'R', [], []));
    await directory.put({ records });
    await directory.put({ removeRecords: records.slice(0, 15) });
    await directory.put({ removeRecords: records.slice(15) });
    expect((await store.load()).records).toHaveLength(limits.directoryChangesKept);
    directory = await createDirectory(store);
    expect(directory.changedSince(1)).toBeNull();
    expect(directory.changedSince(2)?.records).toHaveLength(count - 15);
    expect(directory.counts.records).toBe(0);
  });
});
