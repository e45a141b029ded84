import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbArchive } from '../../src/journal/archive-lmdb.ts';
import { type Cut, isWithin } from '../../src/journal/cut.ts';
import { dataPaths, openDataDirectory } from '../../src/journal/data-directory.ts';
import { Damaged, Incompatible } from '../../src/journal/journal.ts';
import { openDiskJournal } from '../../src/journal/journal-disk.ts';
import { openReadOnly } from '../../src/journal/read-store.ts';
import { restoreSnapshot } from '../../src/journal/restore.ts';
import { writeSnapshot } from '../../src/journal/snapshot.ts';
import { checkSnapshot } from '../../src/journal/snapshot-check.ts';
import { verifyStore } from '../../src/journal/verify.ts';
import { type Compiled, compile } from '../support/compiled.ts';
import { expectArchive } from './archive-suite.ts';
import { archiveAll } from './checkpoint.ts';
import { all } from './journal-suite.ts';
import { fold, type Recorded, randomHistory, seeded } from './random-history.ts';
import { directoryRows, makeStore, openAsServer, readDirectoryRows } from './random-store.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'parley-snapshot-'));
});
afterEach(() => rmSync(home, { recursive: true }));
const at = (name: string) => join(home, name);

/** The store at `path` is what the history makes, for a server and for a reader, and nothing in it is damaged. */
async function expectStore(path: string, history: readonly Recorded[]): Promise<void> {
  const verified = await verifyStore(path);
  expect(verified.damages).toEqual([]);
  const folded = fold(history);
  const reader = await openReadOnly(path);
  for (const [id, { state }] of folded.states) {
    expect(await reader.state(id)).toEqual(state);
    expect(await all(reader.events(id))).toEqual(folded.events.get(id));
  }
  expect((await all(reader.conversations())).sort()).toEqual([...folded.states.keys()].sort());
  for (const { command } of folded.commands.values()) {
    expect(await reader.command(command.person, command.id)).toEqual(command);
  }
  await reader.close();
  await openAsServer(path);
  const archive = openLmdbArchive(dataPaths(path).archive);
  await expectArchive(archive, folded);
  await archive.close();
  expect(readDirectoryRows(path)).toEqual(directoryRows.map((row) => ({ ...row })));
}

describe('a snapshot and its restore', () => {
  for (const [seed, partitions] of [
    [21, 1],
    [22, 1],
    [23, 3],
    [24, 2],
  ] as const) {
    it(`is the same store with an epoch of its own (seed ${seed}, ${partitions} partitions)`, async () => {
      const history = await makeStore(at('data'), seed, { entries: 250, partitions });
      const manifest = await writeSnapshot({ dataDir: at('data'), to: at('snapshot') });
      expect(manifest.positions.map(({ head }) => head)).toEqual(
        manifest.positions.map((_, partition) => history.filter((each) => each.partition === partition).length),
      );
      const restored = await restoreSnapshot({ from: at('snapshot'), dataDir: at('restored') });
      expect(restored.heads).toEqual(manifest.positions.map(({ head }) => head));
      await expectStore(at('restored'), history);
      const { heads, epoch } = await openAsServer(at('restored'));
      expect(heads).toEqual(restored.heads);
      expect(epoch).not.toBe(manifest.store.epoch);
      // The one it was taken of has not been touched.
      await expectStore(at('data'), history);
      expect(readdirSync(home).sort()).toEqual(['data', 'restored', 'snapshot']);
    });
  }

  it('an empty store comes back empty', async () => {
    await (await openDataDirectory(at('data'))).close();
    const manifest = await writeSnapshot({ dataDir: at('data'), to: at('snapshot') });
    expect(manifest.counts).toMatchObject({ conversations: 0, events: 0 });
    await restoreSnapshot({ from: at('snapshot'), dataDir: at('restored') });
    expect(await openAsServer(at('restored'))).toMatchObject({ recorded: [], heads: [0] });
  });

  it('of a store that is being written to is a prefix of its history, at least what was acknowledged before', async () => {
    const history = randomHistory(31, { entries: 1200, conversations: 20 });
    const data = await openDataDirectory(at('data'));
    // Segments are begun and dropped while they are read.
    const journal = openDiskJournal({ path: dataPaths(at('data')).journal, ...data.meta, segmentBytes: 16_384 });
    const archive = openLmdbArchive(dataPaths(at('data')).archive);
    const claim = await journal.claim(0);
    let head = 0;
    let stop = false;
    const writing = (async () => {
      while (head < history.length && !stop) {
        await journal.append(
          claim,
          history.slice(head, head + 5).map(({ entry }) => entry),
        );
        head += 5;
        if (head % 100 === 0) {
          await archiveAll(archive, history.slice(head - 100, head));
          await journal.checkpoint(claim, head);
        }
      }
    })();
    for (const name of ['a', 'b', 'c', 'd']) {
      await pause(30);
      const acknowledged = head;
      const manifest = await writeSnapshot({ dataDir: at('data'), to: at(name) });
      const covered = manifest.positions[0]?.head ?? 0;
      expect(covered).toBeGreaterThanOrEqual(acknowledged);
      await restoreSnapshot({ from: at(name), dataDir: at(`restored-${name}`) });
      const reader = await openReadOnly(at(`restored-${name}`));
      const folded = fold(history.slice(0, covered));
      for (const [id, events] of folded.events) expect(await all(reader.events(id))).toEqual(events);
      expect((await all(reader.conversations())).length).toBe(folded.states.size);
      await reader.close();
    }
    stop = true;
    await writing;
    await journal.close();
    await archive.close();
    await data.close();
  });

  for (const seed of [41, 42, 43]) {
    it(`until a time or position is what the history up to there makes (seed ${seed})`, async () => {
      const history = await makeStore(at('data'), seed, { entries: 200 });
      await writeSnapshot({ dataDir: at('data'), to: at('snapshot') });
      const random = seeded(seed);
      const middle = history[random(200)] as Recorded;
      const cuts: Cut[] = [
        { position: 0 },
        { position: 1 + random(199) },
        { position: 1 + random(199) },
        { position: 200 },
        { time: middle.entry.at },
        { time: middle.entry.at - 1 },
      ];
      for (const [number, until] of cuts.entries()) {
        const kept = history.filter(({ entry }) => isWithin(until, entry));
        const dataDir = at(`restored-${number}`);
        const restored = await restoreSnapshot({ from: at('snapshot'), dataDir, until });
        expect(restored.events).toBeLessThanOrEqual(kept.reduce((sum, { entry }) => sum + entry.events.length, 0));
        const reader = await openReadOnly(at('data'), until);
        const folded = fold(kept);
        expect((await all(reader.conversations())).sort()).toEqual([...folded.states.keys()].sort());
        for (const [id, { state }] of folded.states) {
          expect(await reader.state(id)).toEqual(state);
          expect(await all(reader.events(id))).toEqual(folded.events.get(id));
        }
        await reader.close();
        await expectStoreKept(dataDir, kept, history);
      }
    });
  }

  /** As `expectStore`, and nothing of the rest of the history is there. */
  async function expectStoreKept(path: string, kept: readonly Recorded[], history: readonly Recorded[]): Promise<void> {
    await expectStore(path, kept);
    const archive = openLmdbArchive(dataPaths(path).archive);
    for (const { entry } of history.slice(kept.length)) {
      if (entry.command === null) continue;
      expect(await archive.command(entry.command.person, entry.command.id)).toBeNull();
    }
    await archive.close();
    // It goes on from there.
    const data = await openDataDirectory(path);
    const journal = openDiskJournal({ path: dataPaths(path).journal, ...data.meta });
    const claim = await journal.claim(0);
    await journal.append(claim, [{ ...(history[0] as Recorded).entry, position: claim.head + 1 }]);
    await journal.close();
    await data.close();
  }

  it('a position names no point in a store of several partitions', async () => {
    await makeStore(at('data'), 5, { entries: 30, partitions: 2 });
    await writeSnapshot({ dataDir: at('data'), to: at('snapshot') });
    const until = { position: 3 };
    await expect(restoreSnapshot({ from: at('snapshot'), dataDir: at('x'), until })).rejects.toThrow(/give a time/);
    expect(existsSync(at('x'))).toBe(false);
  });

  it('neither lands on a directory that is not empty, nor takes anything but a store or a snapshot', async () => {
    await makeStore(at('data'), 5, { entries: 30 });
    await writeSnapshot({ dataDir: at('data'), to: at('snapshot') });
    const before = readdirSync(at('data'));
    await expect(writeSnapshot({ dataDir: at('data'), to: at('snapshot') })).rejects.toThrow(/not empty/);
    await expect(restoreSnapshot({ from: at('snapshot'), dataDir: at('data') })).rejects.toThrow(Incompatible);
    await expect(writeSnapshot({ dataDir: at('snapshot'), to: at('other') })).rejects.toThrow(Incompatible);
    await expect(restoreSnapshot({ from: at('data'), dataDir: at('other') })).rejects.toThrow(Incompatible);
    expect(readdirSync(at('data'))).toEqual(before);
    expect(readdirSync(home).sort()).toEqual(['data', 'snapshot']);
  });

  it('a check of the finished store that fails leaves nothing behind', async () => {
    await makeStore(at('data'), 5, { entries: 30 });
    await writeSnapshot({ dataDir: at('data'), to: at('snapshot') });
    const check = async () => {
      throw new Damaged('the directory says no');
    };
    await expect(restoreSnapshot({ from: at('snapshot'), dataDir: at('x'), check })).rejects.toThrow(/says no/);
    expect(readdirSync(home).sort()).toEqual(['data', 'snapshot']);
  });
});

describe('a snapshot that is not as it was written', () => {
  beforeEach(async () => {
    await makeStore(at('data'), 51, { entries: 60 });
    await writeSnapshot({ dataDir: at('data'), to: at('snapshot') });
  });

  async function expectRefused(): Promise<void> {
    const restoring = restoreSnapshot({ from: at('snapshot'), dataDir: at('restored') });
    await expect(restoring).rejects.toSatisfy((error) => error instanceof Damaged || error instanceof Incompatible);
    expect(readdirSync(home).sort()).toEqual(['data', 'snapshot']);
  }

  it('a byte changed anywhere in any file: refused, and nothing is made', async () => {
    const seed = 52;
    const random = seeded(seed);
    for (const name of readdirSync(at('snapshot'))) {
      const path = join(at('snapshot'), name);
      const bytes = readFileSync(path);
      for (let time = 0; time < 25; time += 1) {
        const place = random(bytes.length);
        const changed = Buffer.from(bytes);
        changed[place] = (changed[place] as number) ^ (1 << random(8));
        writeFileSync(path, changed);
        await expectRefused();
      }
      for (const length of [0, 1, bytes.length - 1]) {
        writeFileSync(path, bytes.subarray(0, length));
        await expectRefused();
      }
      writeFileSync(path, Buffer.concat([bytes, Buffer.from(' ')]));
      await expectRefused();
      rmSync(path);
      await expectRefused();
      writeFileSync(path, bytes);
    }
    await checkSnapshot(at('snapshot'));
  });

  it('what stands there in place of a file is not waited for, nor read to an end that it does not have', async () => {
    for (const name of readdirSync(at('snapshot'))) {
      const path = join(at('snapshot'), name);
      renameSync(path, at('kept'));
      const places = [
        () => execFileSync('mkfifo', [path]),
        () => symlinkSync('/dev/zero', path),
        () => mkdirSync(path),
        () => {
          cpSync(at('kept'), path);
          truncateSync(path, 2 ** 40);
        },
      ];
      for (const place of places) {
        place();
        await expect(checkSnapshot(at('snapshot')), name).rejects.toThrow(Damaged);
        rmSync(path, { recursive: true });
      }
      renameSync(at('kept'), path);
    }
    await checkSnapshot(at('snapshot'));
  });

  it('files of another snapshot of the same store are refused', async () => {
    await writeSnapshot({ dataDir: at('data'), to: at('other') });
    await makeStore(at('more'), 53, { entries: 60 });
    await writeSnapshot({ dataDir: at('more'), to: at('third') });
    for (const name of ['archive.records', 'journal.records']) {
      cpSync(at('other'), at('mixed'), { recursive: true });
      cpSync(join(at('third'), name), join(at('mixed'), name));
      await expect(checkSnapshot(at('mixed'))).rejects.toThrow(Damaged);
      rmSync(at('mixed'), { recursive: true });
    }
  });
});

describe('beside a server in another process', () => {
  let writer: Compiled;
  beforeAll(() => {
    writer = compile('test/journal/writer-process');
  });
  afterAll(() => writer.destroy());

  it('snapshots, looks and verifications see one moment each while it writes, checkpoints and grows', async () => {
    const [seed, entries] = [63, 4_000];
    const history = randomHistory(seed, { entries, conversations: 40 });
    const running = writer.start([at('data'), `${seed}`, `${entries}`]);
    const acknowledged = () => Number(running.output().match(/\d+(?=\n$)/)?.[0] ?? 0);
    let covered = 0;
    for (let time = 0; covered < entries; time += 1) {
      while (acknowledged() < Math.min(entries, covered + 200)) await pause(2);
      const before = acknowledged();
      const manifest = await writeSnapshot({ dataDir: at('data'), to: at(`s${time}`) });
      expect(await checkSnapshot(at(`s${time}`))).toEqual(manifest);
      covered = manifest.positions[0]?.head ?? 0;
      expect(covered).toBeGreaterThanOrEqual(before);
      expect((await verifyStore(at('data'))).damages).toEqual([]);
      const reader = await openReadOnly(at('data'), { position: covered });
      const folded = fold(history.slice(0, covered));
      expect((await all(reader.conversations())).sort()).toEqual([...folded.states.keys()].sort());
      for (const [id, { state }] of folded.states) expect(await reader.state(id)).toEqual(state);
      await reader.close();
    }
    expect(await running.ended).toBe(0);
  });
});
