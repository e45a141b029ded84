/** What the LMDB adapters owe when processes are killed, doubled or run out of disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbArchive } from '../../src/journal/archive-lmdb.ts';
import { dataPaths, openDataDirectory } from '../../src/journal/data-directory.ts';
import { Fenced } from '../../src/journal/journal.ts';
import { openDiskJournal } from '../../src/journal/journal-disk.ts';
import { type Compiled, compile, type Running } from '../support/compiled.ts';
import { expectArchive } from './archive-suite.ts';
import { archiveAll } from './checkpoint.ts';
import { all } from './journal-suite.ts';
import { fold, randomHistory, seeded } from './random-history.ts';

describe('processes that write a store', () => {
  let writer: Compiled;
  let path: string;
  beforeAll(() => {
    writer = compile('test/journal/writer-process');
  });
  afterAll(() => writer.destroy());
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'parley-store-'));
  });
  afterEach(() => rmSync(path, { recursive: true }));

  /** Resolves once the process has said it. */
  async function said(running: Running, text: string): Promise<void> {
    while (!running.output().includes(text)) {
      const ended = await Promise.race([running.ended, pause(2)]);
      if (ended !== undefined && !running.output().includes(text)) throw new Error(`ended with ${ended}`);
    }
  }
  function acknowledgedBy(running: Running): number {
    return Number(
      running
        .output()
        .match(/acknowledged (\d+)\n/g)
        ?.at(-1)
        ?.match(/\d+/)?.[0] ?? 0,
    );
  }

  /** The store holds exactly the first entries of the history, at least those that were acknowledged. Returns how many. */
  async function expectPrefix(seed: number, entries: number, acknowledged: number): Promise<number> {
    const history = randomHistory(seed, { entries, conversations: 40 });
    const data = await openDataDirectory(path);
    const journal = openDiskJournal({ path: dataPaths(path).journal, ...data.meta });
    const archive = openLmdbArchive(dataPaths(path).archive);
    const claim = await journal.claim(0);
    expect(claim.head).toBeGreaterThanOrEqual(acknowledged);
    const tail = await all(journal.replay(claim));
    expect(tail).toEqual(history.slice(claim.checkpoint, claim.head).map(({ entry }) => entry));
    await archiveAll(
      archive,
      tail.map((entry) => ({ partition: 0, entry })),
    );
    await expectArchive(archive, fold(history.slice(0, claim.head)));
    await journal.close();
    await archive.close();
    await data.close();
    return claim.head;
  }

  it('[CMD-2] after kill -9 at any moment everything acknowledged is there, in order and once', async () => {
    const seed = 99;
    const entries = 3000;
    const random = seeded(seed);
    let acknowledged = 0;
    for (let cycle = 0; cycle < 12; cycle += 1) {
      const running = writer.start([path, `${seed}`, `${entries}`]);
      // The lock of the one killed before is free at once.
      await said(running, 'open');
      const goal = acknowledged + 20 + random(200);
      while (acknowledgedBy(running) < goal) await pause(1);
      running.child.kill('SIGKILL');
      expect(await running.ended).toBe('SIGKILL');
      acknowledged = await expectPrefix(seed, entries, acknowledgedBy(running));
    }
  });

  it('a second server on the same directory is refused and told whose it is; readers are not', async () => {
    const running = writer.start([path, '5', '100', 'hold']);
    await said(running, 'open');
    await expect(openDataDirectory(path)).rejects.toThrow(`process ${running.child.pid}`);
    await expect(openDataDirectory(join(path, '..', path.split('/').at(-1) as string))).rejects.toThrow(/in use/);
    running.child.stdin?.write('go\n');
    expect(await running.ended).toBe(0);
    await expectPrefix(5, 100, 100);
  });

  it('a second process that claims a partition fences the first', async () => {
    const data = await openDataDirectory(path);
    const journal = openDiskJournal({ path: dataPaths(path).journal, ...data.meta });
    const entries = randomHistory(5, { entries: 6 }).map(({ entry }) => entry);
    const claim = await journal.claim(0);
    await journal.append(claim, entries.slice(0, 3));
    const other = writer.start([path, '5', '0', 'claim']);
    expect(await other.ended).toBe(0);
    expect(other.output()).toBe('epoch 2\n');
    await expect(journal.append(claim, entries.slice(3))).rejects.toThrow(Fenced);
    const next = await journal.claim(0);
    expect(next).toMatchObject({ epoch: 3, head: 3 });
    expect(await all(journal.replay(next))).toEqual(entries.slice(0, 3));
    await journal.close();
    await data.close();
  });

  it('a full disk: Unavailable, nothing acknowledged is lost, no hole, and it goes on where there is room', async () => {
    const seed = 6;
    const entries = 6000;
    let acknowledged = 0;
    // A limit on the size of files, in KiB, is a full disk for which no special right is needed.
    for (const limit of [400, 700, 1000, 1600]) {
      const running = writer.start([path, `${seed}`, `${entries}`], `trap '' XFSZ; ulimit -f ${limit}`);
      expect(await running.ended, `with ${limit} KiB`).toBe(3);
      expect(running.output()).toMatch(/unavailable\n$/);
      const head = await expectPrefix(seed, entries, Math.max(acknowledged, acknowledgedBy(running)));
      expect(head).toBeGreaterThan(acknowledged);
      acknowledged = head;
    }
    const last = writer.start([path, `${seed}`, `${entries}`]);
    expect(await last.ended).toBe(0);
    expect(await expectPrefix(seed, entries, entries)).toBe(entries);
  });
});
