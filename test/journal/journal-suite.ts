/** What every adapter of the `Journal` port owes: one test for each promise of the port's comments. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/journal/entry.ts';
import { type Claim, Damaged, Fenced, type Journal } from '../../src/journal/journal.ts';
import { randomHistory, seeded } from './random-history.ts';

/** A place where journals are kept. */
export interface JournalHome {
  /** As after a restart of the process; the ones opened before are closed by the caller. */
  open(): Promise<Journal>;
  /** Changes one byte of the frame at or behind `position` in partition 0. */
  flipFrame(position: number): Promise<void>;
  /** Makes the frame that begins at `position` in partition 0 go away. */
  loseFrame(position: number): Promise<void>;
  destroy(): Promise<void>;
}

export const partitionsInSuite = 3;

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export function journalSuite(name: string, makeHome: () => Promise<JournalHome>): void {
  describe(`${name} as a Journal`, () => {
    let home: JournalHome;
    let journal: Journal;
    const entries = randomHistory(7, { entries: 60 }).map(({ entry }) => entry);

    beforeEach(async () => {
      home = await makeHome();
      journal = await home.open();
    });
    afterEach(async () => {
      await journal.close();
      await home.destroy();
    });

    async function reopen(): Promise<void> {
      await journal.close();
      journal = await home.open();
    }
    /** Appends groups that end behind each of `ends`. */
    async function append(claim: Claim, ends: number[], from = 0): Promise<void> {
      let start = from;
      for (const end of ends) {
        await journal.append(claim, entries.slice(start, end));
        start = end;
      }
    }

    it('a new partition is empty and its first owner has epoch 1', async () => {
      expect(await journal.claim(1)).toEqual({ partition: 1, epoch: 1, head: 0, checkpoint: 0 });
      expect(await journal.head(1)).toBe(0);
    });

    it('names its history and counts its partitions, the same after a restart', async () => {
      const { epoch } = journal;
      await reopen();
      expect(journal.epoch).toBe(epoch);
      expect(journal.partitions).toBe(partitionsInSuite);
    });

    it('replays every entry in order, whatever the groups were', async () => {
      await append(await journal.claim(0), [1, 2, 22, 60]);
      await reopen();
      const claim = await journal.claim(0);
      expect(claim).toEqual({ partition: 0, epoch: 2, head: 60, checkpoint: 0 });
      expect(await all(journal.replay(claim))).toEqual(entries);
    });

    it('partitions are apart: positions, epochs and entries', async () => {
      const [first, second] = [await journal.claim(0), await journal.claim(2)];
      await append(first, [30]);
      await append(second, [4]);
      await append(first, [31], 30);
      expect([await journal.head(0), await journal.head(1), await journal.head(2)]).toEqual([31, 0, 4]);
      await reopen();
      expect(await all(journal.replay(await journal.claim(2)))).toEqual(entries.slice(0, 4));
      expect(await all(journal.replay(await journal.claim(1)))).toEqual([]);
    });

    it('partitions may append at once', async () => {
      const claims = await Promise.all([0, 1, 2].map((partition) => journal.claim(partition)));
      await Promise.all(claims.map((claim) => append(claim, [3, 9, 20])));
      for (const claim of claims) expect(await journal.head(claim.partition)).toBe(20);
    });

    it('there is no partition beyond the number', async () => {
      await expect(journal.claim(partitionsInSuite)).rejects.toThrow(RangeError);
    });

    it('refuses positions with a gap, doubled or empty, and writes nothing', async () => {
      const claim = await journal.claim(0);
      await append(claim, [5]);
      await expect(journal.append(claim, entries.slice(6, 8))).rejects.toThrow(RangeError);
      await expect(journal.append(claim, entries.slice(4, 8))).rejects.toThrow(RangeError);
      await expect(journal.append(claim, [])).rejects.toThrow(RangeError);
      const doubled = [entries[5], entries[5]] as JournalEntry[];
      await expect(journal.append(claim, doubled)).rejects.toThrow(RangeError);
      await append(claim, [8], 5);
      expect(await all(journal.replay(await journal.claim(0)))).toEqual(entries.slice(0, 8));
    });

    it('one append of a partition at a time: a second one is refused', async () => {
      const claim = await journal.claim(0);
      const first = journal.append(claim, entries.slice(0, 2));
      await expect(journal.append(claim, entries.slice(2, 3))).rejects.toThrow('under way');
      await first;
      await append(claim, [3], 2);
      expect(await journal.head(0)).toBe(3);
    });

    it('reads entries before append returns and does not keep them', async () => {
      const claim = await journal.claim(0);
      const group = structuredClone(entries.slice(0, 3)) as JournalEntry[];
      const appended = journal.append(claim, group);
      for (const entry of group) Object.assign(entry, { at: 1, events: [] });
      await appended;
      expect(await all(journal.replay(await journal.claim(0)))).toEqual(entries.slice(0, 3));
    });

    it('a claim fences every earlier one: append, checkpoint and release', async () => {
      const old = await journal.claim(0);
      await append(old, [2]);
      const current = await journal.claim(0);
      expect(current.epoch).toBe(old.epoch + 1);
      await expect(journal.append(old, entries.slice(2, 3))).rejects.toThrow(Fenced);
      await expect(journal.checkpoint(old, 2)).rejects.toThrow(Fenced);
      await expect(journal.release(old)).rejects.toThrow(Fenced);
      await append(current, [4], 2);
      expect(await all(journal.replay(await journal.claim(0)))).toEqual(entries.slice(0, 4));
    });

    it('a claim by another opening of the same journal fences too', async () => {
      const old = await journal.claim(0);
      await append(old, [2]);
      const other = await home.open();
      const current = await other.claim(0);
      expect(current).toMatchObject({ epoch: old.epoch + 1, head: 2 });
      await expect(journal.append(old, entries.slice(2, 3))).rejects.toThrow(Fenced);
      await expect(journal.checkpoint(old, 1)).rejects.toThrow(Fenced);
      await other.append(current, entries.slice(2, 5));
      expect(await other.head(0)).toBe(5);
      await other.close();
    });

    it('a released claim is fenced, and the next owner has the next epoch', async () => {
      const claim = await journal.claim(0);
      await append(claim, [2]);
      await journal.release(claim);
      await expect(journal.append(claim, entries.slice(2, 3))).rejects.toThrow(Fenced);
      await expect(journal.release(claim)).rejects.toThrow(Fenced);
      expect(await journal.claim(0)).toEqual({ partition: 0, epoch: 2, head: 2, checkpoint: 0 });
    });

    it('head follows durable appends only', async () => {
      const claim = await journal.claim(0);
      const appended = journal.append(claim, entries.slice(0, 4));
      expect(await journal.head(0)).toBeLessThanOrEqual(4);
      await appended;
      expect(await journal.head(0)).toBe(4);
    });

    it('a checkpoint hides what it covers from replay, wherever groups end, and survives', async () => {
      const claim = await journal.claim(0);
      await append(claim, [10, 20, 40]);
      for (const upTo of [5, 10, 13, 39, 40]) {
        await journal.checkpoint(claim, upTo);
        expect(await journal.head(0)).toBe(40);
        await reopen();
        const next = await journal.claim(0);
        expect(next).toMatchObject({ head: 40, checkpoint: upTo });
        expect(await all(journal.replay(next))).toEqual(entries.slice(upTo, 40));
        Object.assign(claim, next);
      }
      await append(claim, [41], 40);
      expect(await all(journal.replay(await journal.claim(0)))).toEqual(entries.slice(40, 41));
    });

    it('a checkpoint never goes back, and none covers what is not there', async () => {
      const claim = await journal.claim(0);
      await append(claim, [10, 20]);
      await journal.checkpoint(claim, 20);
      await journal.checkpoint(claim, 4);
      await expect(journal.checkpoint(claim, 21)).rejects.toThrow(RangeError);
      expect(await journal.claim(0)).toMatchObject({ head: 20, checkpoint: 20 });
    });

    it('appends and checkpoints may be under way together', async () => {
      const claim = await journal.claim(0);
      await append(claim, [10, 20]);
      await Promise.all([append(claim, [25, 30, 31], 20), journal.checkpoint(claim, 20)]);
      const next = await journal.claim(0);
      expect(next).toMatchObject({ head: 31, checkpoint: 20 });
      expect(await all(journal.replay(next))).toEqual(entries.slice(20, 31));
    });

    it('random groups, checkpoints, restarts and takeovers keep every entry behind the checkpoint', async () => {
      const seed = 4711;
      const random = seeded(seed);
      const long = randomHistory(seed, { entries: 400 }).map(({ entry }) => entry);
      let claim = await journal.claim(0);
      let head = 0;
      let checkpoint = 0;
      while (head < long.length) {
        const end = Math.min(long.length, head + 1 + random(30));
        await journal.append(claim, long.slice(head, end));
        head = end;
        if (random(3) === 0) {
          checkpoint += random(head - checkpoint + 1);
          await journal.checkpoint(claim, checkpoint);
        }
        if (random(5) === 0) await reopen();
        if (random(2) === 0 || !(await isMine(claim))) {
          claim = await journal.claim(0);
          expect([claim.head, claim.checkpoint], `seed ${seed}`).toEqual([head, checkpoint]);
          expect(await all(journal.replay(claim)), `seed ${seed}`).toEqual(long.slice(checkpoint, head));
        }
      }
      async function isMine(held: Claim): Promise<boolean> {
        return journal.checkpoint(held, checkpoint).then(
          () => true,
          () => false,
        );
      }
    });

    it('rolled, it goes on without a gap, and a checkpoint behind it leaves the rest to be replayed', async () => {
      const claim = await journal.claim(0);
      await append(claim, [5, 10]);
      await journal.roll(claim);
      await append(claim, [15], 10);
      await journal.roll(claim);
      await append(claim, [20], 15);
      await journal.checkpoint(claim, 12);
      await reopen();
      const again = await journal.claim(0);
      expect([again.head, again.checkpoint]).toEqual([20, 12]);
      expect(await all(journal.replay(again))).toEqual(entries.slice(12, 20));
      await expect(journal.roll(claim)).rejects.toThrow(Fenced);
      expect(await journal.scrub()).toBe(true);
      expect(await all(journal.replay(again))).toEqual(entries.slice(12, 20));
    });

    it('replay throws Damaged at an altered byte, having given nothing behind it', async () => {
      await append(await journal.claim(0), [5, 10, 15, 20]);
      await journal.close();
      await home.flipFrame(6);
      journal = await home.open();
      const given: JournalEntry[] = [];
      const reading = (async () => {
        for await (const entry of journal.replay(await journal.claim(0))) given.push(entry);
      })();
      await expect(reading).rejects.toThrow(Damaged);
      await expect(reading).rejects.toThrow(/journal\/frames/);
      expect(given).toEqual(entries.slice(0, 5));
    });

    it('replay throws Damaged where a group is missing', async () => {
      await append(await journal.claim(0), [5, 10, 15, 20]);
      await journal.close();
      await home.loseFrame(6);
      journal = await home.open();
      const reading = async () => all(journal.replay(await journal.claim(0)));
      await expect(reading()).rejects.toThrow(Damaged);
    });

    it('damage to the newest group is noticed by the claim', async () => {
      await append(await journal.claim(0), [5, 10]);
      await journal.close();
      await home.flipFrame(6);
      journal = await home.open();
      await expect(journal.claim(0)).rejects.toThrow(Damaged);
    });
  });
}
