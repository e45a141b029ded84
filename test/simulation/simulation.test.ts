/**
 * The whole server and its clients in one seeded process, on a disk, a network and clocks that fail: see
 * `docs/architecture.md`. `SEEDS` says how many worlds; `SEED` plays one of them, with the `STEPS` that a failure named.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { countOf } from '../survival/counts.ts';
import { bundle } from './bundle.ts';
import { runWorlds, told } from './run-worlds.ts';

const first = Number(process.env.SEED ?? 1);
const usual = countOf({ test: 1_000, bar: 5_000, nightly: 500_000 });
const count = process.env.SEED === undefined ? Number(process.env.SEEDS ?? usual) : 1;
const kept = process.env.STEPS?.split(',').map(Number) ?? null;
const timeout = 60_000 + count * 500;

let simulation = '';
beforeAll(async () => {
  simulation = await bundle('whole');
});

describe('a simulated world', () => {
  it(
    '[CMD-2] [SEE-1] [LIST-6] [CMD-3] [ERASE-4] tells nothing that is not durable, not for its reader or erased, and comes to rest as the rules say',
    async () => {
      const worlds = await runWorlds(simulation, { first, count, kept, shrink: kept === null });
      expect(worlds.complaints.map(told).join('\n')).toBe('');
      expect(worlds.worlds).toBe(count);
      if (count < 500) return;
      // What it is for has happened, and often.
      for (const what of [
        'kill',
        'power cut',
        'fenced',
        'restore',
        'stop',
        'silent',
        'duplicate',
        'mails',
        'erased',
      ] as const)
        expect(worlds.counts[what], what).toBeGreaterThan(count / 50);
      expect(worlds.counts.canaries).toBeGreaterThan(count * 10);
    },
    timeout,
  );

  it(
    'is the same again from the same seed',
    async () => {
      const seeds = { first, count: Math.min(count, 40) };
      const [one, other] = [await runWorlds(simulation, seeds), await runWorlds(simulation, seeds)];
      expect(other.hash).toBe(one.hash);
      expect((await runWorlds(simulation, { ...seeds, first: first + 1 })).hash).not.toBe(one.hash);
    },
    timeout,
  );
});
