import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CommandForgetting } from '../../src/journal/command-forgetting.ts';
import { CommandIndex } from '../../src/journal/command-index.ts';
import { CommandReader, CommandWriter, commandRows, commandsIn } from '../../src/journal/command-log.ts';
import { type CommandRecord, encodeCommand } from '../../src/journal/format-command.ts';
import { Damaged } from '../../src/journal/journal.ts';
import { commandIndexStart, commandLogStart, firstBits } from '../../src/journal/keys.ts';
import type { Row } from '../../src/journal/tables.ts';
import { createMemoryTables, openMemoryTables } from '../../src/journal/tables-memory.ts';

const keyOf = (nth: number) => createHash('sha256').update(`command ${nth}`).digest().subarray(0, 16);
const recordOf = (nth: number): CommandRecord => ({
  bodyHash: new Uint8Array(keyOf(-nth)),
  answer: nth % 3 === 0 ? { refused: 'leave-starter' } : { ok: { seq: nth, at: 1_000_000 + nth } },
  at: 1_000_000 + nth,
  partition: 0,
  position: nth,
});
const count = 4_000;

/** Writes them in batches, each in the order of keys, as a checkpoint does. */
async function filled(keys = keyOf, total = count) {
  const tables = openMemoryTables(createMemoryTables());
  for (let from = 1; from <= total; from += total / 10) {
    const numbers = Array.from({ length: total / 10 }, (_, offset) => from + offset);
    const writer = new CommandWriter(tables);
    for (const nth of numbers.sort((a, b) => Buffer.compare(keys(a), keys(b)))) writer.put(keys(nth), recordOf(nth));
    await tables.write([...writer.changes()]);
  }
  return tables;
}

describe('the log of commands', () => {
  it('[CMD-1] finds each of thousands by its key and no other, also in an index that was split many times', async () => {
    const tables = await filled();
    const reader = new CommandReader(tables);
    for (let nth = 1; nth <= count; nth += 1) expect(reader.command(keyOf(nth))).toEqual(recordOf(nth));
    for (let nth = count + 1; nth <= count + 1_000; nth += 1) expect(reader.command(keyOf(nth))).toBeNull();
    const buckets = tables.rows('commands', commandIndexStart, commandLogStart, 10_000);
    expect(buckets.length).toBeGreaterThan(count / 60);
    expect(Math.max(...buckets.map(({ value }) => value.length))).toBeLessThan(500);
  });

  it('looks once for a new command, where it has met the beginning of its key', async () => {
    const tables = await filled();
    let looks = 0;
    const get: typeof tables.get = (table, key) => {
      looks += 1;
      return tables.get(table, key);
    };
    const reader = new CommandReader({ ...tables, get });
    const unseen = Array.from({ length: 500 }, (_, nth) => keyOf(count + 1 + nth));
    for (const key of unseen) reader.command(key);
    looks = 0;
    for (const key of unseen) expect(reader.command(key)).toBeNull();
    expect(looks).toBe(unseen.length);
  });

  it('[CMD-1] tells keys apart that begin with the same bits, however many', async () => {
    const alike = (nth: number) => Buffer.concat([Buffer.from('12345678', 'hex'), keyOf(nth).subarray(4)]);
    const reader = new CommandReader(await filled(alike, 100));
    for (const nth of [1, 2, 61, 62, 100]) expect(reader.command(alike(nth))).toEqual(recordOf(nth));
    expect(reader.command(alike(101))).toBeNull();
  });

  it('written again they change nothing, also with another answer', async () => {
    const tables = await filled(keyOf, 400);
    const writer = new CommandWriter(tables);
    for (let nth = 1; nth <= 400; nth += 1) writer.put(keyOf(nth), { ...recordOf(nth), answer: { ok: {} } });
    expect([...writer.changes()]).toEqual([]);
    writer.put(keyOf(401), recordOf(401));
    writer.put(keyOf(401), recordOf(402));
    await tables.write([...writer.changes()]);
    expect(new CommandReader(tables).command(keyOf(401))).toEqual(recordOf(401));
  });

  it('does not take a command for a new one where the bucket is missing that would say so', async () => {
    const tables = await filled(keyOf, 400);
    const key = new CommandIndex(tables).bucket(firstBits(keyOf(7)))?.key as Uint8Array;
    await tables.write([{ table: 'commands', key, value: null }]);
    expect(() => new CommandReader(tables).command(keyOf(7))).toThrow(Damaged);
  });

  it('leaves a damaged row where it is, and forgets those behind it', async () => {
    const tables = await filled(keyOf, 400);
    const [row] = [...commandRows(tables)];
    const { key, value } = row as Row;
    await tables.write([{ table: 'commands', key, value: value.fill(1, 20) }]);
    await tables.write(new CommandForgetting(tables).look(recordOf(200).at, 1_000).changes);
    const rows = [...commandRows(tables)];
    expect(Buffer.compare(rows[0]?.key as Uint8Array, key)).toBe(0);
    expect(commandsIn(rows[1] as Row)[0]?.record.position).toBe(200);
    const damaged = new CommandReader(tables);
    expect(() => damaged.command(keyOf(1))).toThrow(Damaged);
  });

  it('keeps them in the order of their positions, in rows of a quarter of a page', async () => {
    const tables = await filled();
    const rows = [...commandRows(tables)];
    expect(rows.flatMap((row) => commandsIn(row).map(({ record }) => record.position))).toEqual(
      Array.from({ length: count }, (_, nth) => nth + 1),
    );
    expect(Math.max(...rows.map(({ value }) => value.length))).toBeLessThan(1_000);
  });

  it('forgets from the front, and stops at the first row that is young', async () => {
    const tables = await filled();
    const forgetting = new CommandForgetting(tables);
    const before = recordOf(1_005).at;
    let looks = 0;
    for (let done = false; !done; looks += 1) {
      const look = forgetting.look(before, 100);
      await tables.write(look.changes);
      done = look.done;
    }
    expect(looks).toBe(Math.ceil(1_004 / 100));
    const reader = new CommandReader(tables);
    for (const nth of [1, 500, 1_004]) expect(reader.command(keyOf(nth))).toBeNull();
    for (const nth of [1_005, 1_006, count]) expect(reader.command(keyOf(nth))).toEqual(recordOf(nth));
    const entries = tables.rows('commands', commandIndexStart, commandLogStart, 10_000);
    const bytes = entries.reduce((sum, { value }) => sum + value.length - 5, 0);
    expect(bytes).toBe(8 * (count - 1_004));
    expect(forgetting.look(before, 100)).toEqual({ changes: [], done: true });
  });

  it('finds and forgets those that an earlier version kept in rows of their own', async () => {
    const tables = openMemoryTables(createMemoryTables());
    const old = Array.from({ length: 30 }, (_, nth) => nth + 1);
    await tables.write(
      old.map((nth) => ({ table: 'commands', key: keyOf(nth), value: encodeCommand(keyOf(nth), recordOf(nth)) })),
    );
    const writer = new CommandWriter(tables);
    for (const nth of [30, 31]) writer.put(keyOf(nth), { ...recordOf(nth), answer: { ok: { seq: 99 } } });
    await tables.write([...writer.changes()]);
    const reader = new CommandReader(tables);
    for (const nth of old) expect(reader.command(keyOf(nth))).toEqual(recordOf(nth));
    expect(reader.command(keyOf(31))?.answer).toEqual({ ok: { seq: 99 } });
    const forgetting = new CommandForgetting(tables);
    for (let done = false; !done; ) {
      const look = forgetting.look(recordOf(20).at, 7);
      await tables.write(look.changes);
      done = look.done;
    }
    expect(old.filter((nth) => reader.command(keyOf(nth)) !== null)).toEqual(old.slice(19));
  });
});
