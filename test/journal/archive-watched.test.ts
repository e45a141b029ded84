/** Writes of an archive that do not return: each has its time, which begins when its turn comes. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Archive } from '../../src/journal/archive.ts';
import { openMemoryArchive } from '../../src/journal/archive-memory.ts';
import { type WatchedArchive, watchedArchive } from '../../src/journal/archive-watched.ts';
import { limits } from '../../src/limits.ts';
import { handClock } from '../support/hand-clock.ts';
import { emptyBatch } from './checkpoint.ts';

const { archiveDeadlineMs, archiveLateMs, archiveWalkDeadlineMs } = limits;

describe('a watched archive', () => {
  let clock: ReturnType<typeof handClock>;
  let watched: WatchedArchive;
  let overdue: string[];
  let warned: object[];
  /** Lets the oldest write that is held return. */
  let release: (() => void)[];
  beforeEach(() => {
    clock = handClock();
    [overdue, warned, release] = [[], [], []];
    const held = <T>(value: T) => new Promise<T>((resolve) => void release.push(() => resolve(value)));
    const archive = openMemoryArchive();
    const port: Pick<Archive, 'write' | 'scrub'> = { write: () => held(undefined), scrub: () => held(true) };
    const said = (fields: object) => void warned.push(fields);
    watched = watchedArchive(Object.assign(archive, port), {
      clock,
      limits,
      log: { debug: said, info: said, warn: said, error: said, fatal: said },
      overdue: (error) => void overdue.push(error.message),
    });
  });
  /** Whoever waits for a turn has had it. */
  const turns = () => new Promise((resolve) => void setImmediate(resolve));
  async function pass(ms: number): Promise<void> {
    await turns();
    // In steps: a clock that leaps is one of a process that stood still.
    for (let left = ms; left > 0; left -= 100) clock.standStill(Math.min(left, 100));
    await turns();
  }

  it('says of a write that does not return that it is late, and then that it is overdue', async () => {
    void watched.archive.write(emptyBatch);
    await pass(archiveLateMs - 1);
    expect(warned).toEqual([]);
    expect(watched.waitingMs()).toBe(archiveLateMs - 1);
    await pass(1);
    expect(warned).toEqual([{ write: 'write' }]);
    await pass(archiveDeadlineMs - archiveLateMs - 1);
    expect(overdue).toEqual([]);
    await pass(1);
    expect(overdue).toEqual(['the archive’s write is overdue']);
  });

  it('gives what waits behind another its own time, and a walk through tables more', async () => {
    void watched.archive.scrub();
    void watched.archive.write(emptyBatch);
    await pass(archiveWalkDeadlineMs - 1);
    release[0]?.();
    await pass(archiveDeadlineMs - 1);
    expect(overdue).toEqual([]);
    await pass(1);
    expect(overdue).toEqual(['the archive’s write is overdue']);
  });

  it('waits for nothing once all has returned, with its answer', async () => {
    const [write, scrub] = [watched.archive.write(emptyBatch), watched.archive.scrub()];
    await pass(50);
    for (const done of release) done();
    await write;
    expect(await scrub).toBe(true);
    await pass(archiveWalkDeadlineMs);
    expect([overdue, warned, watched.waitingMs(), clock.waiting()]).toEqual([[], [], 0, 0]);
  });
});
