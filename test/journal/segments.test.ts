/** What the journal on disk owes where segments end, power goes and owners change. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/journal/entry.ts';
import { encodeFrame } from '../../src/journal/format-entry.ts';
import { type Claim, Damaged, type Journal, Unavailable } from '../../src/journal/journal.ts';
import { openDiskJournal } from '../../src/journal/journal-disk.ts';
import { encodeSlot, type FrameSlot, frameHeadBytes, slotsOf } from '../../src/journal/segment.ts';
import { segmentNames } from '../../src/journal/segment-reading.ts';
import { all } from './journal-suite.ts';
import { randomHistory } from './random-history.ts';

const entries = randomHistory(11, { entries: 400 }).map(({ entry }) => entry);
const segmentBytes = 8_192;

describe('segments of the journal', () => {
  let home: string;
  let path: string;
  let journal: Journal;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'parley-segments-'));
    path = join(home, 'journal');
    journal = open(path);
  });
  afterEach(async () => {
    await journal.close();
    rmSync(home, { recursive: true });
  });

  function open(at: string): Journal {
    return openDiskJournal({ path: at, epoch: 'e', partitions: 1, segmentBytes });
  }
  async function append(claim: Claim, from: number, to: number, group = 7): Promise<void> {
    for (let at = from; at < to; at += group) await journal.append(claim, entries.slice(at, Math.min(to, at + group)));
  }
  /** What another opening of a copy of these files replays; the copy is made as a crash would leave it. */
  async function replayed(change: (copy: string) => void = () => {}): Promise<JournalEntry[]> {
    const copy = join(home, 'copy');
    rmSync(copy, { recursive: true, force: true });
    cpSync(path, copy, { recursive: true });
    change(copy);
    const other = open(copy);
    try {
      return await all(other.replay(await other.claim(0)));
    } finally {
      await other.close();
    }
  }
  function newest(at: string): { file: string; bytes: Buffer; slots: FrameSlot[] } {
    const file = join(at, segmentNames(at, 0).at(-1) as string);
    const bytes = readFileSync(file);
    return { file, bytes, slots: [...slotsOf(bytes)] };
  }

  it('hold every entry, over many of them, and go when a checkpoint covers them', async () => {
    const claim = await journal.claim(0);
    await append(claim, 0, 400);
    const before = segmentNames(path, 0).length;
    expect(before).toBeGreaterThan(10);
    expect(await replayed()).toEqual(entries);
    await journal.checkpoint(claim, 200);
    expect(segmentNames(path, 0).length).toBeLessThan(before);
    expect(await replayed()).toEqual(entries.slice(200));
    await journal.checkpoint(claim, 400);
    expect(segmentNames(path, 0).length).toBe(1);
    expect(await replayed()).toEqual([]);
  });

  it('[CMD-2] a checkpoint leaves the one that took the name of an empty one, too short for its first frame', async () => {
    const [small, large] = [entries.slice(0, 1), entries.slice(1, 200)];
    await journal.append(await journal.claim(0), small);
    const claim = await journal.claim(0);
    await journal.append(claim, large);
    expect(segmentNames(path, 0)).toHaveLength(2);
    await journal.checkpoint(claim, 1);
    expect(await replayed()).toEqual(large);
  });

  it('[CMD-2] a checkpoint leaves the one that was begun behind an empty one', async () => {
    await journal.append(await journal.claim(0), entries.slice(0, 1));
    const claim = await journal.claim(0);
    await journal.roll(claim);
    await journal.append(claim, entries.slice(1, 3));
    await journal.checkpoint(claim, 1);
    expect(await replayed()).toEqual(entries.slice(1, 3));
  });

  it('are made at full length before they are used, so that appending changes no length', async () => {
    const claim = await journal.claim(0);
    const sizes = () => segmentNames(path, 0).map((name) => statSync(join(path, name)).size);
    expect(sizes()).toEqual([segmentBytes]);
    await append(claim, 0, 40, 1);
    expect(new Set(sizes())).toEqual(new Set([segmentBytes]));
  });

  it('take a frame that is longer than a segment', async () => {
    const claim = await journal.claim(0);
    await append(claim, 0, 3);
    await journal.append(claim, entries.slice(3, 300));
    await append(claim, 300, 320);
    expect(await replayed()).toEqual(entries.slice(0, 320));
  });

  it('a frame that was under way when the power went is not there, wherever it was torn', async () => {
    const claim = await journal.claim(0);
    await append(claim, 0, 10, 5);
    const { file, bytes, slots } = newest(path);
    const last = slots.at(-1) as FrameSlot;
    const begin = last.end - last.value.length - frameHeadBytes;
    // As written by the append of the last group, with nothing known to be durable behind the first.
    const torn = (from: number, to: number) => async () => {
      const kept = await replayed((copy) => {
        const altered = Buffer.from(bytes).fill(0, from, to);
        writeFileSync(join(copy, file.slice(path.length)), altered);
        // What is noted of it, in passing, comes after it.
        rmSync(join(copy, 'ends'), { force: true });
      });
      expect(kept, `zeroed from ${from} to ${to}`).toEqual(entries.slice(0, 5));
    };
    for (let at = begin; at < last.end; at += 13) {
      await torn(at, last.end)();
      await torn(begin, at + 1)();
    }
  });

  it('a file that was replaced by an earlier copy of itself, or has gone, is damage: another one knows better', async () => {
    await append(await journal.claim(0), 0, 5);
    await journal.close();
    const early = join(home, 'early');
    cpSync(path, early, { recursive: true });
    journal = open(path);
    await append(await journal.claim(0), 5, 10, 2);
    await journal.close();
    journal = open(path);
    const [first, second] = segmentNames(path, 0) as [string, string];
    const half = join(home, 'half');
    writeFileSync(half, Buffer.from(readFileSync(join(path, second))).fill(0, newest(path).slots[0]?.end));
    const damages: [string, (copy: string) => void][] = [
      ['older than', (copy) => cpSync(join(early, 'data.mdb'), join(copy, 'data.mdb'))],
      ['is gone', (copy) => rmSync(join(copy, second))],
      ['ends at byte', (copy) => cpSync(half, join(copy, second))],
      ['are missing', (copy) => writeFileSync(join(copy, first), readFileSync(join(copy, first)).fill(0, 4_096))],
    ];
    for (const [says, change] of damages) {
      const opening = replayed(change);
      await expect(opening, says).rejects.toThrow(Damaged);
      await expect(opening).rejects.toThrow(says);
    }
    expect(await replayed()).toEqual(entries.slice(0, 10));
  });

  it('an acknowledged frame that cannot be read is damage, once it has been marked', async () => {
    const claim = await journal.claim(0);
    await append(claim, 0, 10, 5);
    await journal.close();
    journal = open(path);
    const { file, bytes, slots } = newest(path);
    for (const { end } of slots) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(altered.readUInt8(end - 1) ^ 1, end - 1);
      await expect(replayed((copy) => writeFileSync(join(copy, file.slice(path.length)), altered))).rejects.toThrow(
        Damaged,
      );
    }
    const cut = Buffer.from(bytes).fill(0, slots.at(-2)?.end);
    await expect(replayed((copy) => writeFileSync(join(copy, file.slice(path.length)), cut))).rejects.toThrow(
      /ends at byte \d+ and was \d+ long/,
    );
  });

  it('the end is marked in passing, without a close', async () => {
    const claim = await journal.claim(0);
    await append(claim, 0, 5, 5);
    const damaged = async () => {
      const { file, bytes } = newest(path);
      return replayed((copy) => writeFileSync(join(copy, file.slice(path.length)), bytes.fill(0, 4_096))).then(
        () => false,
        (error) => error instanceof Damaged,
      );
    };
    while (!(await damaged())) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await replayed()).toEqual(entries.slice(0, 5));
  });

  it('a segment that is missing is damage: the oldest, one between, the newest', async () => {
    const claim = await journal.claim(0);
    await append(claim, 0, 200);
    const names = segmentNames(path, 0);
    for (const name of [names[0], names[3], names.at(-1)]) {
      await expect(replayed((copy) => rmSync(join(copy, name as string)))).rejects.toThrow(Damaged);
    }
  });

  it('a segment under another’s name, and one whose first page is altered, are damage', async () => {
    const claim = await journal.claim(0);
    await append(claim, 0, 100);
    const names = segmentNames(path, 0) as [string, string, string];
    await expect(replayed((copy) => cpSync(join(copy, names[0]), join(copy, names[1])))).rejects.toThrow(
      /checksum differs/,
    );
    for (const at of [2, 20, 2_050]) {
      const damage = (copy: string) => {
        const file = join(copy, names.at(-1) as string);
        const bytes = readFileSync(file);
        bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
        writeFileSync(file, bytes);
      };
      await expect(replayed(damage), `byte ${at}`).rejects.toThrow(Damaged);
    }
  });

  it('what an owner wrote that had lost the partition does not count', async () => {
    const claim = await journal.claim(0);
    await append(claim, 0, 10, 5);
    const before = newest(path);
    const other = open(path);
    const next = await other.claim(0);
    const frame = { partition: 0, first: 11, epoch: claim.epoch, previous: new Uint8Array(8), entries: [entry(10)] };
    const slot = encodeSlot(11, encodeFrame(frame).value);
    slot.copy(before.bytes, before.slots.at(-1)?.end);
    writeFileSync(before.file, before.bytes);
    await other.append(next, entries.slice(10, 20));
    expect(await replayed()).toEqual(entries.slice(0, 20));
    await other.close();
  });

  function entry(index: number): JournalEntry {
    return entries[index] as JournalEntry;
  }

  it('[CMD-2] one that was moved while it is in use makes, names and drops nothing in another that stands in its place', async () => {
    const claim = await journal.claim(0);
    await append(claim, 0, 30);
    renameSync(path, join(home, 'moved'));
    const other = open(path);
    try {
      const its = await other.claim(0);
      for (let at = 0; at < 60; at += 3) await other.append(its, entries.slice(at, at + 3));
      const names = readdirSync(path);
      let told = 30;
      const goingOn = async () => {
        for (; told < 400; told += 7) await journal.append(claim, entries.slice(told, Math.min(told + 7, 400)));
      };
      await expect(goingOn()).rejects.toThrow(/moved away/);
      await expect(journal.checkpoint(claim, 30)).rejects.toThrow(Unavailable);
      await expect(journal.scrub()).rejects.toThrow(Unavailable);
      expect(readdirSync(path)).toEqual(names);
      expect(await replayed()).toEqual(entries.slice(0, 60));
      rmSync(join(home, 'copy'), { recursive: true });
      renameSync(path, join(home, 'other'));
      renameSync(join(home, 'moved'), path);
      expect(await replayed()).toEqual(entries.slice(0, told));
    } finally {
      await other.close();
    }
  });

  it('[CMD-2] one that was moved drops nothing of another by the name of its own', async () => {
    const claim = await journal.claim(0);
    await append(claim, 0, 30, 1);
    renameSync(path, join(home, 'moved'));
    cpSync(join(home, 'moved'), path, { recursive: true });
    const names = readdirSync(path);
    await expect(journal.checkpoint(claim, 30)).rejects.toThrow(/moved away/);
    expect(readdirSync(path)).toEqual(names);
  });

  it('where the next segment cannot be made the append is Unavailable, and nothing acknowledged is lost', async () => {
    const claim = await journal.claim(0);
    await append(claim, 0, 5, 5);
    renameSync(path, join(home, 'away'));
    await expect(journal.append(claim, entries.slice(5, 300))).rejects.toThrow(Unavailable);
    renameSync(join(home, 'away'), path);
    await expect(journal.append(claim, entries.slice(5, 6))).rejects.toThrow(Unavailable);
    expect(await replayed()).toEqual(entries.slice(0, 5));
  });

  it('a claim takes away what an owner left who was killed while it made a segment', async () => {
    await journal.claim(0);
    writeFileSync(join(path, 'spare-0-1'), Buffer.alloc(100));
    await journal.claim(0);
    expect(readdirSync(path).filter((name) => name.startsWith('spare'))).toEqual([]);
  });
});
