import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLmdbArchive } from '../../src/journal/archive-lmdb.ts';
import { openMemoryArchive } from '../../src/journal/archive-memory.ts';
import { archiveOver } from '../../src/journal/archive-tables.ts';
import type { Tables } from '../../src/journal/tables.ts';
import { openLmdbTables } from '../../src/journal/tables-lmdb.ts';
import { createMemoryTables, openMemoryTables } from '../../src/journal/tables-memory.ts';
import { type ArchiveHome, archiveSuite, expectArchive } from './archive-suite.ts';
import { archiveAll } from './checkpoint.ts';
import { fold, randomHistory } from './random-history.ts';

archiveSuite('archive-memory', async () => {
  const memory = createMemoryTables();
  return {
    open: async () => openMemoryArchive(memory),
    alter: alterIn(() => openMemoryTables(memory)),
    async destroy() {},
  };
});

archiveSuite('archive-lmdb', async () => {
  const path = mkdtempSync(join(tmpdir(), 'parley-archive-'));
  return {
    open: async () => openLmdbArchive(path),
    alter: alterIn(() => openLmdbTables(path)),
    async destroy() {
      rmSync(path, { recursive: true });
    },
  };
});

describe('a large batch', () => {
  it('gives way to other work while it is encoded, and comes out whole', async () => {
    const turns: string[] = [];
    const clock = {
      soon(run: () => void) {
        turns.push('encoding');
        setImmediate(() => turns.push('other work'));
        setImmediate(run);
      },
    };
    const tables = createMemoryTables();
    const archive = archiveOver(openMemoryTables(tables), clock);
    const history = randomHistory(7, { entries: 200 });
    await archiveAll(archive, history);
    expect(turns.length).toBeGreaterThan(40);
    expect(turns).toEqual(turns.map((_, index) => (index % 2 === 0 ? 'encoding' : 'other work')));
    await expectArchive(openMemoryArchive(tables), fold(history));
  });
});

function alterIn(open: () => Tables): ArchiveHome['alter'] {
  return async (table, key, change) => {
    const tables = open();
    const value = tables.get(table, key);
    if (value === undefined) throw new Error(`nothing at that key of ${table}`);
    await tables.write([{ table, key, value: change(Buffer.from(value)) }]);
    await tables.close();
  };
}
