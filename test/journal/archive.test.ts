import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLmdbArchive } from '../../src/journal/archive-lmdb.ts';
import { openMemoryArchive } from '../../src/journal/archive-memory.ts';
import { archiveOver } from '../../src/journal/archive-tables.ts';
import { openArchiveThread } from '../../src/journal/archive-thread.ts';
import { Unavailable } from '../../src/journal/journal.ts';
import type { Tables } from '../../src/journal/tables.ts';
import { openLmdbTables } from '../../src/journal/tables-lmdb.ts';
import { createMemoryTables, openMemoryTables } from '../../src/journal/tables-memory.ts';
import { compileScript } from '../support/compiled.ts';
import { type ArchiveHome, archiveSuite, expectArchive } from './archive-suite.ts';
import { archiveAll, emptyBatch } from './checkpoint.ts';
import { fold, randomHistory } from './random-history.ts';

archiveSuite('archive-memory', async () => {
  const memory = createMemoryTables();
  return {
    open: async () => openMemoryArchive(memory),
    ...behind(() => openMemoryTables(memory)),
    async destroy() {},
  };
});

archiveSuite('archive-lmdb', async () => {
  const path = mkdtempSync(join(tmpdir(), 'parley-archive-'));
  return {
    open: async () => openLmdbArchive(path),
    ...behind(() => openLmdbTables(path)),
    async destroy() {
      rmSync(path, { recursive: true });
    },
  };
});

describe('the archive with a thread that writes', () => {
  let writer: ReturnType<typeof compileScript>;
  beforeAll(() => {
    writer = compileScript('src/journal/archive-writer');
  });
  afterAll(() => writer.destroy());

  archiveSuite('archive-thread', async () => {
    const path = mkdtempSync(join(tmpdir(), 'parley-archive-'));
    return {
      open: async () => openArchiveThread(path, pathToFileURL(writer.path)),
      ...behind(() => openLmdbTables(path)),
      async destroy() {
        rmSync(path, { recursive: true });
      },
    };
  });

  it('leaves the processor to other threads', async () => {
    const path = mkdtempSync(join(tmpdir(), 'parley-archive-'));
    const archive = openArchiveThread(path, pathToFileURL(writer.path));
    await archive.forgetCommands(0, 1);
    // Field 19 of a thread's stat is its niceness; the name in parentheses may hold spaces.
    const niceness = readdirSync('/proc/self/task').map((thread) =>
      Number(readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ')[1]?.split(' ')[16]),
    );
    expect(niceness.filter((each) => each === 10)).toHaveLength(1);
    await archive.close();
    rmSync(path, { recursive: true });
  });

  it('is Unavailable once its thread has ended, whoever waits and whoever comes', async () => {
    const path = mkdtempSync(join(tmpdir(), 'parley-archive-'));
    const ends = join(path, 'ends.mjs');
    writeFileSync(
      ends,
      "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit());",
    );
    const archive = openArchiveThread(path, pathToFileURL(ends));
    const waiting = [archive.write(emptyBatch), archive.forgetCommands(0, 1)];
    for (const each of waiting) await expect(each).rejects.toThrow(Unavailable);
    await expect(archive.write(emptyBatch)).rejects.toThrow(Unavailable);
    await archive.close();
    rmSync(path, { recursive: true });
  });
});

describe('tables that are closing', () => {
  it('refuse reads and writes, also while a commit is on its way', async () => {
    const path = mkdtempSync(join(tmpdir(), 'parley-archive-'));
    const tables = openLmdbTables(path);
    const key = Buffer.from('key');
    const written = tables.write([{ table: 'meta', key, value: Buffer.from('value') }]);
    const closed = tables.close();
    expect(() => tables.get('meta', key)).toThrow(Unavailable);
    expect(() => tables.rows('meta', key, Buffer.from('l'), 1)).toThrow(Unavailable);
    expect(() => tables.rowsDown('meta', key, Buffer.from('l'), 1)).toThrow(Unavailable);
    await expect(tables.write([{ table: 'meta', key, value: null }])).rejects.toThrow(Unavailable);
    await written;
    await closed;
    const again = openLmdbTables(path);
    expect(Buffer.from(again.get('meta', key) ?? [])).toEqual(Buffer.from('value'));
    await again.close();
    rmSync(path, { recursive: true });
  });
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
    expect(turns.length).toBeGreaterThan(20);
    expect(turns).toEqual(turns.map((_, index) => (index % 2 === 0 ? 'encoding' : 'other work')));
    await expectArchive(openMemoryArchive(tables), fold(history));
  });
});

/** Ways to the tables behind the archive's back. */
function behind(open: () => Tables): Pick<ArchiveHome, 'look' | 'alter' | 'put'> {
  return {
    async look(read) {
      const tables = open();
      const found = read(tables);
      await tables.close();
      return found;
    },
    async alter(table, key, change) {
      const tables = open();
      const value = tables.get(table, key);
      if (value === undefined) throw new Error(`nothing at that key of ${table}`);
      await tables.write([{ table, key, value: change(Buffer.from(value)) }]);
      await tables.close();
    },
    async put(table, key, value) {
      const tables = open();
      await tables.write([{ table, key, value }]);
      await tables.close();
    },
  };
}
