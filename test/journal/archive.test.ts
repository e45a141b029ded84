import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdbArchive } from '../../src/journal/archive-lmdb.ts';
import { openMemoryArchive } from '../../src/journal/archive-memory.ts';
import type { Tables } from '../../src/journal/tables.ts';
import { openLmdbTables } from '../../src/journal/tables-lmdb.ts';
import { createMemoryTables, openMemoryTables } from '../../src/journal/tables-memory.ts';
import { type ArchiveHome, archiveSuite } from './archive-suite.ts';

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

function alterIn(open: () => Tables): ArchiveHome['alter'] {
  return async (table, key, change) => {
    const tables = open();
    const value = tables.get(table, key);
    if (value === undefined) throw new Error(`nothing at that key of ${table}`);
    await tables.write([{ table, key, value: change(Buffer.from(value)) }]);
    await tables.close();
  };
}
