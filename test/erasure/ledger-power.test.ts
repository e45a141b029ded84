/**
 * The power goes at every step of a write of the ledger, on the simulated disk: what can be read afterwards is whole, and has
 * at least what was told. The end of a line stands there only once the line does.
 */
import { expect, it, vi } from 'vitest';
import type { Erasure } from '../../src/journal/erasure-ledger.ts';
import { openFileLedger } from '../../src/journal/erasure-ledger-file.ts';
import { Chance } from '../simulation/chance.ts';
import { SimulatedDisk } from '../simulation/disk.ts';
import { Scheduler, Scope } from '../simulation/scheduler.ts';

vi.mock('node:fs/promises', () => import('../simulation/disk-promises.ts'));

const conversation = 'AAAAAAAAAAAAAAAAAAAAAA';
/** So many that a line takes several sectors, of which any may reach the disk. */
const erasure = (nth: number): Erasure => ({
  what: 'messages',
  at: nth,
  conversation,
  messages: Array.from({ length: 150 }, (_, seq) => [1_000 * nth + seq, 1_700_000_000_000_000 + seq] as const),
});
const longMs = 1_000_000;

/** Asks for both erasures, one after the other, and cuts the power after so many steps of the disk. */
async function cutAfter(steps: number, seed: number): Promise<{ disk: SimulatedDisk; told: number; wasOver: boolean }> {
  const scheduler = new Scheduler();
  const scope = new Scope();
  const disk = new SimulatedDisk(new Chance(seed), 1);
  disk.mount({ scheduler, scope });
  let told = 0;
  const asking = (async () => {
    const ledger = openFileLedger('erasures');
    const first = await ledger.append(null, erasure(1));
    told = 1;
    await ledger.append(first.end, erasure(2));
    told = 2;
  })();
  await scheduler.run(longMs, () => scheduler.events >= steps);
  const wasOver = scheduler.events < steps;
  scope.alive = false;
  disk.powerCut();
  if (wasOver) await asking;
  return { disk, told, wasOver };
}

it('[ERASE-4] a power cut at any step of the ledger’s writes takes nothing that was told, and leaves nothing that cannot be read', async () => {
  let steps = 0;
  for (let isOver = false; !isOver; steps += 1) {
    for (let seed = 1; seed <= 40; seed += 1) {
      const { disk, told, wasOver } = await cutAfter(steps, seed);
      const scheduler = new Scheduler();
      disk.mount({ scheduler, scope: new Scope() });
      const ledger = openFileLedger('erasures');
      const found = await ledger.read().catch((error: Error) => expect.fail(`step ${steps}, seed ${seed}: ${error}`));
      const erasures = found?.erasures ?? [];
      expect(erasures, `step ${steps}, seed ${seed}`).toEqual([erasure(1), erasure(2)].slice(0, erasures.length));
      expect(erasures.length, `step ${steps}, seed ${seed}`).toBeGreaterThanOrEqual(told);
      const appended = ledger.append(found?.end ?? null, erasure(3));
      await scheduler.run(longMs);
      expect((await appended).erasures).toEqual([...erasures, erasure(3)]);
      isOver = wasOver;
    }
  }
  // Three lines, each with its end, and the name.
  expect(steps).toBeGreaterThan(12);
});
