/**
 * Proof that the simulation finds bugs: each one planted in the source is found within a thousand seeds, and the same
 * build with all of them asleep is the product as it is. `PLANT` plays those whose name has it in it.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from './bundle.ts';
import { planted, plants } from './plants.ts';
import { runWorlds } from './run-worlds.ts';

const seedsMax = 1_000;
/** Looking as far as that costs no more than a process does. */
const nearMax = 50;
const chosen = plants.filter(({ name }) => name.includes(process.env.PLANT ?? ''));

let simulation = '';
beforeAll(async () => {
  simulation = await bundle('planted', [planted()]);
});

describe('a planted bug is found', () => {
  it.each(chosen)(
    '$name',
    async ({ name, seed }) => {
      const found = async (first: number, count: number) => {
        const { complaints } = await runWorlds(simulation, { first, count, shrink: false }, name);
        return complaints[0]?.seed ?? null;
      };
      const finder = (seed === undefined ? null : await found(seed, 1)) ?? (await found(1, seedsMax));
      if (finder !== seed && finder !== null && finder > nearMax)
        process.stdout.write(`${name}: found by seed ${finder}\n`);
      expect(finder, `${seedsMax} seeds find nothing`).not.toBe(null);
    },
    600_000,
  );
});

it('asleep they change nothing', async () => {
  const seeds = { first: 1, count: 20 };
  const worlds = await runWorlds(simulation, seeds);
  expect(worlds.complaints).toEqual([]);
  expect(worlds.hash).toBe((await runWorlds(await bundle('unplanted'), seeds)).hash);
});
