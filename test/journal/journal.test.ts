import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Journal, Unavailable } from '../../src/journal/journal.ts';
import { openLmdbJournal } from '../../src/journal/journal-lmdb.ts';
import { createMemoryDisk, type MemoryDisk, openMemoryJournal } from '../../src/journal/journal-memory.ts';
import { firstOf, frameKey } from '../../src/journal/keys.ts';
import { openEnvironment, openTable } from '../../src/journal/lmdb-environment.ts';
import { all, type JournalHome, journalSuite, partitionsInSuite } from './journal-suite.ts';
import { randomHistory } from './random-history.ts';

journalSuite('journal-memory', async () => memoryHome(createMemoryDisk('e', partitionsInSuite)));
journalSuite('journal-lmdb', async () => lmdbHome(mkdtempSync(join(tmpdir(), 'parley-journal-'))));

function memoryHome(disk: MemoryDisk): JournalHome {
  const frames = () => disk.partitions[0]?.frames ?? [];
  return {
    open: async () => openMemoryJournal(disk),
    async flipFrame(position) {
      const value = frames().find(({ key }) => firstOf(key) >= position)?.value as Uint8Array;
      value[20] = (value[20] as number) ^ 4;
    },
    async loseFrame(position) {
      frames().splice(
        frames().findIndex(({ key }) => firstOf(key) === position),
        1,
      );
    },
    async destroy() {},
  };
}

function lmdbHome(path: string): JournalHome {
  const change = async (position: number, altered: (value: Uint8Array) => Uint8Array | null) => {
    const environment = openEnvironment({ path });
    const frames = openTable(environment, 'frames');
    const key = frameKey(0, position);
    const value = altered(Buffer.from(frames.get(key) as Uint8Array));
    await (value === null ? frames.remove(key) : frames.put(key, value));
    await environment.close();
  };
  return {
    open: async (): Promise<Journal> => openLmdbJournal({ path, epoch: 'e', partitions: partitionsInSuite }),
    flipFrame: (position) =>
      change(position, (value) => {
        value[20] = (value[20] as number) ^ 4;
        return value;
      }),
    loseFrame: (position) => change(position, () => null),
    async destroy() {
      rmSync(path, { recursive: true });
    },
  };
}

describe('faults of the memory disk', () => {
  const entries = randomHistory(3, { entries: 10 }).map(({ entry }) => entry);

  it('a failed append is Unavailable, nothing is written, and nothing is written after it', async () => {
    const disk = createMemoryDisk('e', 1);
    const journal = openMemoryJournal(disk);
    const claim = await journal.claim(0);
    disk.before = () => {
      throw new Error('EIO');
    };
    await expect(journal.append(claim, entries.slice(0, 2))).rejects.toThrow(Unavailable);
    disk.before = () => {};
    await expect(journal.append(claim, entries.slice(0, 2))).rejects.toThrow(Unavailable);
    expect(await openMemoryJournal(disk).head(0)).toBe(0);
  });

  it('a lost answer is Unavailable, and the entries are there after a restart', async () => {
    const disk = createMemoryDisk('e', 1);
    const journal = openMemoryJournal(disk);
    disk.after = () => {
      throw new Error('gone');
    };
    await expect(journal.append(await journal.claim(0), entries.slice(0, 2))).rejects.toThrow(Unavailable);
    const next = openMemoryJournal(disk);
    expect(await all(next.replay(await next.claim(0)))).toEqual(entries.slice(0, 2));
  });
});
