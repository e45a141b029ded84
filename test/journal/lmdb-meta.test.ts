import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Damaged } from '../../src/journal/journal.ts';
import { lastPageAt, newHeader } from '../../src/journal/lmdb-meta.ts';
import type { Change } from '../../src/journal/tables.ts';
import { openLmdbTableSnapshot, openLmdbTables } from '../../src/journal/tables-lmdb.ts';

const pageSize = 4_096;
const rows = Array.from({ length: 500 }, (_, nth): Change => {
  const key = Buffer.from(String(nth).padStart(8, '0'));
  return { table: 'states', key, value: Buffer.alloc(200, nth) };
});
let home: string;
const file = () => join(home, 'data.mdb');
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'parley-meta-'));
  const tables = openLmdbTables(home);
  await tables.write(rows);
  await tables.close();
});
afterEach(() => rmSync(home, { recursive: true }));

/** As LMDB leaves it that has added pages and freed them again, all in one commit. */
function countMore(pages: number): void {
  const bytes = readFileSync(file());
  for (const at of [0, pageSize].map((page) => page + newHeader + lastPageAt)) {
    bytes.writeUInt32LE(bytes.readUInt32LE(at) + pages, at);
  }
  writeFileSync(file(), bytes);
}

async function expectRows(): Promise<void> {
  const snapshot = openLmdbTableSnapshot(home);
  for (const { key, value } of rows) expect(snapshot.reader.get('states', key)).toEqual(value);
  snapshot.assertMet('states', rows.length);
  await snapshot.close();
}

it('a commit may count pages at the end that it has freed and not written: all is there, and can be written to', async () => {
  countMore(3);
  const before = statSync(file()).size;
  await expectRows();
  expect(statSync(file()).size).toBe(before + 3 * pageSize);
  countMore(2);
  const tables = openLmdbTables(home);
  await tables.write([{ table: 'meta', key: Buffer.from('k'), value: Buffer.alloc(40_000) }]);
  await tables.close();
  await expectRows();
});

it('a file that ends long before is damaged', () => {
  countMore(257);
  expect(() => openLmdbTables(home)).toThrow(Damaged);
  expect(() => openLmdbTableSnapshot(home)).toThrow(/its file ends at byte \d+ of \d+/);
});

it('whoever reads a page that was cut off is told of damage, and is not ended by a signal', async () => {
  truncateSync(file(), statSync(file()).size - 8 * pageSize);
  const read = async (): Promise<void> => {
    const snapshot = openLmdbTableSnapshot(home);
    try {
      for (const { key, value } of rows) expect(snapshot.reader.get('states', key)).toEqual(value);
    } finally {
      await snapshot.close();
    }
  };
  await expect(read()).rejects.toThrow(Damaged);
});
