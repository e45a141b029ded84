import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Journal, Unavailable } from '../../src/journal/journal.ts';
import { openDiskJournal } from '../../src/journal/journal-disk.ts';
import { createMemoryDisk, type MemoryDisk, openMemoryJournal } from '../../src/journal/journal-memory.ts';
import { firstOf } from '../../src/journal/keys.ts';
import { frameHeadBytes, slotsOf } from '../../src/journal/segment.ts';
import { segmentNames } from '../../src/journal/segment-reading.ts';
import { all, type JournalHome, journalSuite, partitionsInSuite } from './journal-suite.ts';
import { randomHistory } from './random-history.ts';

journalSuite('journal-memory', async () => memoryHome(createMemoryDisk('e', partitionsInSuite)));
journalSuite('journal-disk', async () => diskHome(mkdtempSync(join(tmpdir(), 'parley-journal-'))));

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

function diskHome(path: string): JournalHome {
  /** The segment file in which the frame at or behind `position` begins, and where its slot stands. */
  const find = (position: number) => {
    for (const name of segmentNames(path, 0)) {
      const bytes = readFileSync(join(path, name));
      const slot = [...slotsOf(bytes)].find(({ first }) => first >= position);
      if (slot !== undefined) return { file: join(path, name), bytes, slot };
    }
    throw new Error(`no frame at ${position}`);
  };
  return {
    open: async (): Promise<Journal> => openDiskJournal({ path, epoch: 'e', partitions: partitionsInSuite }),
    async flipFrame(position) {
      const { file, bytes, slot } = find(position);
      slot.value[20] = (slot.value[20] as number) ^ 4;
      writeFileSync(file, bytes);
    },
    async loseFrame(position) {
      const { file, bytes, slot } = find(position);
      const begin = slot.end - slot.value.length - frameHeadBytes;
      writeFileSync(file, Buffer.concat([bytes.subarray(0, begin), bytes.subarray(slot.end)]));
    },
    async destroy() {
      rmSync(path, { recursive: true });
    },
  };
}

describe('a journal on disk that is closing', () => {
  it('is Unavailable to its owner, also while a checkpoint is on its way', async () => {
    const path = mkdtempSync(join(tmpdir(), 'parley-journal-'));
    const entries = randomHistory(3, { entries: 10 }).map(({ entry }) => entry);
    const journal = openDiskJournal({ path, epoch: 'e', partitions: 1 });
    const claim = await journal.claim(0);
    await journal.append(claim, entries);
    const under = journal.checkpoint(claim, 4);
    const closed = journal.close();
    await expect(journal.checkpoint(claim, 5)).rejects.toThrow(Unavailable);
    await expect(journal.append(claim, entries)).rejects.toThrow(Unavailable);
    await under;
    await closed;
    rmSync(path, { recursive: true });
  });
});

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
