import { existsSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDiskGuard, type DiskGuard, type DiskGuardOptions } from '../../src/journal/disk-guard.ts';
import { limits } from '../../src/limits.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { createLog } from '../../src/runtime/log.ts';

const mib = 2 ** 20;

describe('the disk guard', () => {
  let path: string;
  let guard: DiskGuard;
  let poll: () => void;
  let disk: { freeBytes: number; totalBytes: number };
  const clock: Clock = {
    ...systemClock(),
    every(_, run) {
      poll = run;
      return { cancel: () => (poll = () => {}) };
    },
  };
  const options = (): DiskGuardOptions => ({
    clock,
    log: createLog('silent'),
    limits: {
      diskReadOnlyBelowBytes: 64 * mib,
      diskWritableAboveBytes: 96 * mib,
      ballastBytes: 300_000,
      journalSegmentBytes: 100_000,
    },
    space: async () => {
      looks += 1;
      return disk;
    },
  });
  let looks = 0;
  const ballast = () => join(path, 'ballast');
  const standing = () => [guard.readOnly, existsSync(ballast())];

  beforeEach(async () => {
    path = mkdtempSync(join(tmpdir(), 'parley-disk-'));
    disk = { freeBytes: 500 * mib, totalBytes: 2_000 * mib };
    guard = await createDiskGuard(path, options());
  });
  afterEach(() => {
    guard.close();
    rmSync(path, { recursive: true });
  });

  it('with room the server writes, and the ballast really takes up room', () => {
    expect(guard.readOnly).toBe(false);
    expect(guard.freeBytes).toBe(500 * mib);
    expect(statSync(ballast()).size).toBe(300_000);
    expect(statSync(ballast()).blocks * 512).toBeGreaterThanOrEqual(300_000);
  });

  it('below the one mark it is read-only and the ballast given back; above the other it writes again', async () => {
    for (const [freeBytes, expected] of [
      [64 * mib, [false, true]],
      [64 * mib - 1, [true, false]],
      [64 * mib + 300_000, [true, false]],
      [96 * mib, [true, false]],
      [96 * mib + 1, [false, false]],
      [97 * mib, [false, true]],
      [70 * mib, [false, true]],
    ] as const) {
      disk.freeBytes = freeBytes;
      poll();
      await guard.check();
      expect(standing(), `${freeBytes} bytes free`).toEqual(expected);
    }
  });

  it('on a disk that is full when it starts it is read-only from the first look', async () => {
    disk.freeBytes = 10;
    const second = await createDiskGuard(path, options());
    expect(second.readOnly).toBe(true);
    second.close();
  });

  it.each([
    [128, 32, 48],
    [32, 8, 12],
    // From here on what the journal takes at a time decides: two segments of 2 MiB, one and a half of ballast, and a gap.
    [16, 4, 8],
    [8, 4, 8],
  ])('of a disk of %i MiB it is read-only below %i and writable above %i', async (total, below, above) => {
    disk = { freeBytes: total * mib, totalBytes: total * mib };
    const small = await createDiskGuard(path, { ...options(), limits });
    for (const [free, readOnly] of [
      [below, false],
      [below - 0.1, true],
      [above, true],
      [above + 0.1, false],
    ] as const) {
      disk.freeBytes = free * mib;
      await small.check();
      expect(small.readOnly, `${free} MiB free`).toBe(readOnly);
    }
    small.close();
  });

  it('what has been decided and waits for the archive counts as taken, three times over', async () => {
    const load = { decidedBytes: 0, waitingBytes: 0 };
    guard.count(load);
    for (const [free, waiting, readOnly] of [
      [70, 2, false],
      [70, 2.1, true],
      [102, 2.1, true],
      [102, 1.9, false],
    ] as const) {
      disk.freeBytes = free * mib;
      load.waitingBytes = waiting * mib;
      await guard.check();
      expect(guard.readOnly, `${free} MiB free, ${waiting} waiting`).toBe(readOnly);
    }
  });

  it('between two looks it counts: a quarter of the room decided calls for a look, all of it is the end', async () => {
    disk.freeBytes = 76 * mib;
    const load = { decidedBytes: 0, waitingBytes: 0 };
    guard.count(load);
    await guard.check();
    const before = looks;
    load.decidedBytes = mib;
    expect([guard.hasRoom(), looks]).toEqual([true, before]);
    load.decidedBytes = 1.1 * mib;
    expect(guard.hasRoom()).toBe(true);
    load.decidedBytes = 4 * mib;
    expect(guard.hasRoom()).toBe(true);
    load.decidedBytes = 4.1 * mib;
    expect([guard.hasRoom(), guard.readOnly]).toEqual([false, false]);
    // The one that was called for knows better: the disk is no smaller for it.
    await guard.check();
    expect([looks > before, guard.hasRoom()]).toEqual([true, true]);
    disk.freeBytes = 60 * mib;
    await guard.check();
    expect([guard.hasRoom(), guard.readOnly]).toEqual([false, true]);
  });

  it('a disk that cannot be looked at leaves it as it was', async () => {
    disk = null as never;
    await guard.check();
    expect(guard.readOnly).toBe(false);
  });

  it('after close it looks no more', async () => {
    guard.close();
    disk.freeBytes = 0;
    poll();
    await guard.check();
    expect(guard.readOnly).toBe(false);
  });

  it('looks at the real disk where nothing else is said', async () => {
    const { space: _, ...real } = options();
    const second = await createDiskGuard(path, { ...real, limits });
    const { bavail, bsize } = statfsSync(path);
    expect(Math.abs(second.freeBytes - bavail * bsize)).toBeLessThan(1_000 * mib);
    second.close();
  });
});
