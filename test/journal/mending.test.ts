/** Damaged rows that are made again: of whole others, or not at all. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Archive } from '../../src/journal/archive.ts';
import { stateRows } from '../../src/journal/archive-conversations.ts';
import { openMemoryArchive } from '../../src/journal/archive-memory.ts';
import { mendedArchive } from '../../src/journal/archive-mended.ts';
import { mendingChanges } from '../../src/journal/archive-mending.ts';
import { CommandIndex } from '../../src/journal/command-index.ts';
import { CommandWriter, commandRows } from '../../src/journal/command-log.ts';
import { Damaged } from '../../src/journal/journal.ts';
import { bucketKey, commandIndexStart, commandKey, commandLogStart, firstBits } from '../../src/journal/keys.ts';
import { placeIn, type Row, type TableName, type Tables } from '../../src/journal/tables.ts';
import { createMemoryTables, type MemoryTables, openMemoryTables } from '../../src/journal/tables-memory.ts';
import { createLog } from '../../src/runtime/log.ts';
import { expectArchive } from './archive-suite.ts';
import { archiveAll } from './checkpoint.ts';
import { fold, randomHistory } from './random-history.ts';

/** `found`: what becomes of each damage that is met. */
const mendedOver = (archive: Archive, found: string[]) =>
  mendedArchive(archive, {
    partitions: 1,
    log: createLog('silent'),
    metrics: { damage: (outcome) => found.push(outcome) },
  });

const flipped = (value: Uint8Array) => Buffer.from(value).fill((value.at(-1) as number) ^ 1, value.length - 1);

describe('a state', () => {
  const history = randomHistory(81, { entries: 400, conversations: 12 });
  const folded = fold(history);
  let memory: MemoryTables;
  let tables: Tables;
  const found: string[] = [];
  beforeEach(async () => {
    memory = createMemoryTables();
    tables = openMemoryTables(memory);
    found.length = 0;
    await archiveAll(openMemoryArchive(memory), history);
  });
  const mended = (archive: Archive = openMemoryArchive(memory)) => mendedOver(archive, found);
  async function damageEach(table: TableName, rows: Iterable<Row>): Promise<number> {
    const all = [...rows];
    for (const { key, value } of all) await tables.write([{ table, key, value: flipped(value) }]);
    return all.length;
  }

  it('of every conversation is made again, whoever asks first', async () => {
    const count = await damageEach('states', stateRows(tables));
    expect(count).toBe(folded.states.size);
    const archive = mended();
    for (const person of ['p0', 'p1']) expect((await archive.conversationsOf(person)).length).toBeGreaterThan(1);
    for (const [id, stored] of folded.states) {
      expect(await archive.state(id)).toEqual({ state: stored.state, position: stored.position });
    }
    expect(found).toEqual(Array.from({ length: count }, () => 'mended'));
    await expectArchive(openMemoryArchive(memory), folded);
  });

  it('is asked for by many at once and made once', async () => {
    await damageEach('states', stateRows(tables));
    const archive = mended();
    const [id] = [...folded.states.keys()] as [string];
    const states = await Promise.all(Array.from({ length: 5 }, () => archive.state(id)));
    expect(new Set(states.map((stored) => stored?.state.v)).size).toBe(1);
    expect(found).toEqual(['mended']);
  });

  it('is not made of a history that has lost its end with the page it stood on', async () => {
    const [row] = [...stateRows(tables)] as [Row];
    await tables.write([{ table: 'states', key: row.key, value: flipped(row.value) }]);
    const [newest] = tables.rowsDown('timeline', row.key, Buffer.concat([row.key, Buffer.alloc(8, 0xff)]), 1) as [Row];
    const hides = (rows: Row[]) => rows.filter(({ key }) => Buffer.compare(key, newest.key) !== 0);
    const torn: Tables = { ...tables, rows: (...asked) => hides(tables.rows(...asked)) };
    expect(() => mendingChanges(torn, placeIn('states', row.key), 1)).toThrow(/rows can be read of/);
    expect(mendingChanges(tables, placeIn('states', row.key), 1)).toEqual([
      { table: 'states', key: row.key, value: Buffer.from(row.value) },
    ]);
  });

  it('that was found to be the newest is looked at again once more was written', async () => {
    const archive = openMemoryArchive(memory);
    const before = [...stateRows(tables)].map(({ key, value }) => ({
      key: Buffer.from(key),
      value: Buffer.from(value),
    }));
    for (const id of folded.states.keys()) await archive.state(id);
    const longer = randomHistory(81, { entries: 600, conversations: 12 });
    await archiveAll(archive, longer);
    for (const row of before) await tables.write([{ table: 'states', ...row }]);
    const moved = [...fold(longer).states].filter(([id, { state }]) => state.v > (folded.states.get(id)?.state.v ?? 0));
    expect(moved.length).toBeGreaterThan(6);
    for (const [id] of moved) await expect(archive.state(id)).rejects.toThrow(/of event \d+, and there is event/);
  });

  it('that is as it was once is made again before anything is told of it or decided; a history that is, is not', async () => {
    const half = randomHistory(81, { entries: 200, conversations: 12 });
    const before = createMemoryTables();
    await archiveAll(openMemoryArchive(before), half);
    const earlier = openMemoryTables(before);
    const changed = [...stateRows(tables)].filter(({ key, value }) => {
      const then = earlier.get('states', key);
      return then !== undefined && !Buffer.from(then).equals(value);
    });
    expect(changed.length).toBeGreaterThan(2);
    for (const { key } of changed)
      await tables.write([{ table: 'states', key, value: earlier.get('states', key) ?? null }]);
    const archive = mended();
    for (const [id, stored] of folded.states) {
      expect(await archive.state(id)).toEqual({ state: stored.state, position: stored.position });
    }
    expect(found).toEqual(changed.map(() => 'mended'));
    found.length = 0;

    const [row] = changed as [Row];
    const end = Buffer.concat([row.key, Buffer.alloc(8, 0xff)]);
    for (const table of ['timeline', 'marks'] as const) {
      const [newest] = tables.rowsDown(table, row.key, end, 1);
      if (newest !== undefined) await tables.write([{ table, key: newest.key, value: null }]);
    }
    const outcomes = await Promise.allSettled([...folded.states.keys()].map((id) => archive.newestState(id)));
    const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused.map(({ reason }) => reason instanceof Damaged)).toEqual([true]);
    expect(found).toEqual(['refused']);
  });

  it('is not made where rows of another table stand in that of the history', async () => {
    const [row] = [...stateRows(tables)] as [Row];
    await tables.write([{ table: 'timeline', ...row }]);
    expect(() => mendingChanges(tables, placeIn('states', row.key), 1)).toThrow(/rows of another table/);
  });

  it('that cannot be made again is refused each time, and tried once', async () => {
    const [row] = [...stateRows(tables)] as [Row];
    const [first] = tables.rows('timeline', row.key, Buffer.concat([row.key, Buffer.alloc(8, 0xff)]), 1) as [Row];
    await tables.write([
      { table: 'states', key: row.key, value: flipped(row.value) },
      { table: 'timeline', key: first.key, value: null },
    ]);
    let tries = 0;
    const inner = openMemoryArchive(memory);
    const mend = inner.mend.bind(inner);
    inner.mend = (...what) => {
      tries += 1;
      return mend(...what);
    };
    const archive = mended(inner);
    const ids = [...folded.states.keys()];
    const outcomes = await Promise.allSettled([...ids, ...ids].map((id) => archive.state(id)));
    const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused.map(({ reason }) => reason instanceof Damaged)).toEqual([true, true]);
    expect(tries).toBe(1);
    expect(found).toEqual(['refused', 'refused']);
  });
});

it('a note that is damaged while a server runs fails no write, and is whole again with the next', async () => {
  const memory = createMemoryTables();
  const tables = openMemoryTables(memory);
  const archive = openMemoryArchive(memory);
  const history = randomHistory(83, { entries: 200 });
  await archiveAll(archive, history.slice(0, 100));
  const notes = () => tables.rows('meta', Buffer.from([0]), Buffer.alloc(8, 0xff), 99);
  for (const { key, value } of notes().slice(0, 2)) await tables.write([{ table: 'meta', key, value: flipped(value) }]);
  await archiveAll(archive, history);
  await expectArchive(openMemoryArchive(memory), fold(history));
  expect(await archive.newestAt()).toBe(history.at(-1)?.entry.at);
});

describe('[CMD-1] a bucket of the index of commands', () => {
  const keyOf = (nth: number) => commandKey('ann', `command ${nth}`);
  const recordOf = (nth: number) => ({
    bodyHash: new Uint8Array(16),
    answer: { ok: { seq: nth, at: nth } },
    at: nth,
    partition: 0,
    position: nth,
  });
  const count = 1_500;
  let memory: MemoryTables;
  let tables: Tables;
  let archive: Archive;
  const found: string[] = [];
  beforeEach(async () => {
    memory = createMemoryTables();
    tables = openMemoryTables(memory);
    found.length = 0;
    for (let from = 0; from < count; from += 300) await put(from + 1, from + 300);
    archive = mendedOver(openMemoryArchive(memory), found);
  });
  async function put(first: number, last: number): Promise<void> {
    const writer = new CommandWriter(tables);
    for (let nth = first; nth <= last; nth += 1) writer.put(keyOf(nth), recordOf(nth));
    await tables.write([...writer.changes()]);
  }
  const buckets = () => tables.rows('commands', commandIndexStart, commandLogStart, 10_000);
  async function expectAll(): Promise<void> {
    for (let nth = 1; nth <= count; nth += 1) {
      expect((await archive.command('ann', `command ${nth}`))?.answer).toEqual(recordOf(nth).answer);
    }
  }

  it('is made of the log again, each of them, damaged or missing, as it was', async () => {
    const before = buckets();
    for (const [nth, { key, value }] of before.entries()) {
      await tables.write([{ table: 'commands', key, value: nth % 2 === 0 ? flipped(value) : null }]);
    }
    await expectAll();
    expect(await archive.command('ann', 'another')).toBeNull();
    expect(found).not.toContain('refused');
    // Neighbours that are missing together come back as one, which is split when it is full.
    expect(found.length).toBeLessThanOrEqual(before.length);
    const entries = buckets().reduce((sum, { value }) => sum + value.length - 5, 0);
    expect(entries).toBe(8 * count);
  });

  it('is made even if it was the only one, and the log beside it is no empty memory', async () => {
    memory = createMemoryTables();
    tables = openMemoryTables(memory);
    await put(1, 5);
    await tables.write([{ table: 'commands', key: bucketKey(0, 0), value: null }]);
    expect(() => new CommandIndex(tables).bucket(firstBits(keyOf(1)))).toThrow(Damaged);
    await tables.write(mendingChanges(tables, placeIn('commands', bucketKey(32, firstBits(keyOf(1)))), 1));
    expect(new CommandIndex(tables).rowsFor(keyOf(1))).toEqual([1]);
  });

  it('does not hide what was put beside it while it was damaged', async () => {
    const { key, value } = new CommandIndex(tables).bucket(firstBits(keyOf(count + 1))) as Row;
    expect(await archive.command('ann', 'another')).toBeNull();
    await tables.write([{ table: 'commands', key, value: flipped(value) }]);
    await put(count + 1, count + 1);
    const other = Array.from({ length: 10_000 }, (_, nth) => count + 2 + nth).find(
      (nth) => Buffer.compare(new CommandIndex(tables).bucket(firstBits(keyOf(nth)))?.key as Uint8Array, key) === 0,
    ) as number;
    expect(await archive.command('ann', `command ${other}`)).toBeNull();
    expect(found).toEqual(['mended']);
    expect((await archive.command('ann', `command ${count + 1}`))?.answer).toEqual(recordOf(count + 1).answer);
  });

  it('is not made of a log that is damaged: who asks there is refused, and nobody else', async () => {
    const [row] = [...commandRows(tables)] as [Row];
    const { key, value } = new CommandIndex(tables).bucket(firstBits(keyOf(count + 1))) as Row;
    await tables.write([
      { table: 'commands', key, value: flipped(value) },
      { table: 'commands', key: row.key, value: flipped(row.value) },
    ]);
    await expect(archive.command('ann', `command ${count + 1}`)).rejects.toThrow(Damaged);
    let refused = 0;
    for (let nth = count + 2; nth < count + 1_000; nth += 1) {
      await archive.command('ann', `command ${nth}`).catch(() => {
        refused += 1;
      });
    }
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(200);
  });

  it('leads to no row that is missing: that is Damaged, not a new command', async () => {
    const [row] = [...commandRows(tables)] as [Row];
    await tables.write([{ table: 'commands', key: row.key, value: null }]);
    await expect(archive.command('ann', 'command 1')).rejects.toThrow(/missing/);
  });
});
