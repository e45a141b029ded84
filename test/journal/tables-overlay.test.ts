import { describe, expect, it } from 'vitest';
import type { Change, TableReader } from '../../src/journal/tables.ts';
import { createMemoryTables, openMemoryTables } from '../../src/journal/tables-memory.ts';
import { overlay } from '../../src/journal/tables-overlay.ts';
import { seeded } from './random-history.ts';

const key = (number: number) => Buffer.from([1, number]);
const keysOf = 40;

function changes(random: (below: number) => number, count: number): Change[] {
  return Array.from({ length: count }, () => ({
    table: 'commands',
    key: key(random(keysOf)),
    value: random(3) === 0 ? null : Buffer.from([random(200)]),
  }));
}

describe('tables with changes laid over them', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    it(`read as tables that were changed: rows put, put again, removed, and put after that (seed ${seed})`, async () => {
      const random = seeded(seed);
      const lower = openMemoryTables(createMemoryTables());
      const changed = openMemoryTables(createMemoryTables());
      const before = changes(random, 60);
      await lower.write(before);
      await changed.write(before);
      const over = overlay(lower);
      for (let time = 0; time < 20; time += 1) {
        const more = changes(random, 1 + random(6));
        await over.write(more);
        await changed.write(more);
        expectSame(over, changed, random);
      }
      expect(lower.rows('commands', key(0), key(keysOf), 100).length).toBeGreaterThan(10);
    });
  }
});

function expectSame(over: TableReader, changed: TableReader, random: (below: number) => number): void {
  for (let number = 0; number < keysOf; number += 1) {
    expect(over.get('commands', key(number))).toEqual(changed.get('commands', key(number)));
  }
  const [from, before] = [key(random(keysOf)), key(random(keysOf))];
  for (const limit of [0, 1, 3, 100]) {
    expect(over.rows('commands', from, before, limit)).toEqual(changed.rows('commands', from, before, limit));
    expect(over.rowsDown('commands', from, before, limit)).toEqual(changed.rowsDown('commands', from, before, limit));
  }
}
