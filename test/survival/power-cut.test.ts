/** The power goes while a real server is under load, and what its disk had not been told to keep is lost or torn. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seeded } from '../journal/random-history.ts';
import { type Alteration, type Compiled, compile } from '../support/compiled.ts';
import { LineProcess } from '../support/line-process.ts';
import { countOf, seedOf } from './counts.ts';
import { compileDiskShim, type DiskShim } from './disk-shim.ts';
import { buildWith, cutPower } from './power-lives.ts';

const cuts = countOf({ test: 150, bar: 150, nightly: 3_000 });
const cutsOfLife = 25;

let shim: DiskShim;
let script: Compiled;
let reopener: LineProcess;
beforeAll(() => {
  shim = compileDiskShim();
  script = compile('test/survival/reopen-process');
  reopener = new LineProcess(script);
});
afterAll(async () => {
  await reopener.end();
  script.destroy();
  shim.destroy();
});

it(`[CMD-1] [CMD-2] ${cuts} power cuts: all that was told is there, once and in order, and the store is sound`, async () => {
  const seed = seedOf('power-cut.test.ts');
  const lives = Math.ceil(cuts / cutsOfLife);
  const outcome = await cutPower({ shim, reopener, random: seeded(seed), lives, cutsOfLife });
  expect(outcome.faults).toEqual([]);
  expect(outcome.cuts).toBeGreaterThanOrEqual(cuts);
  expect(outcome.told).toBeGreaterThan(lives * 500);
  process.stdout.write(`power-cut.test.ts: ${outcome.cuts} cuts in ${lives} lives, ${outcome.told} frames told\n`);
}, 14_400_000);

/** Faults that the test above has to find, each of which a machine whose power stays on would never show. */
const planted: readonly (readonly [what: string, fault: Alteration, onlyInRecords: boolean])[] = [
  [
    'LMDB’s default options',
    { file: 'journal/lmdb-environment.js', from: 'overlappingSync: false, safeRestore: true, ', to: '' },
    true,
  ],
  ['a journal of plain writes', { file: 'journal/segment-writer.js', from: 'constants.O_DSYNC', to: '0' }, false],
];

for (const [what, fault, onlyInRecords] of planted) {
  it(`the cuts bite: ${what} do not survive them`, async () => {
    const seed = seedOf(`power-cut.test.ts, ${what}`);
    const { entry, remove } = await buildWith(fault);
    const faulty = compile('test/survival/reopen-process', fault);
    const reopener = new LineProcess(faulty);
    try {
      const outcome = await cutPower({
        shim,
        reopener,
        random: seeded(seed),
        lives: 20,
        cutsOfLife,
        entry,
        onlyInRecords,
      });
      expect(outcome.faults).not.toEqual([]);
      process.stdout.write(`power-cut.test.ts: ${what}: found with cut ${outcome.cuts}: ${outcome.faults[1]}\n`);
    } finally {
      await reopener.end();
      faulty.destroy();
      remove();
    }
  }, 600_000);
}
