/** The kept corpus is worth keeping, and the search that made it goes on. */
import { expect, it } from 'vitest';
import { countOf, seedOf } from '../survival/counts.ts';
import { corpus, keepCorpus, searchFrom } from './corpus.ts';
import { seeded } from './mutate.ts';
import { sampleSeeds } from './seeds.ts';

const searching = process.env.UPDATE_GENERATED !== undefined;
const count = searching ? 8_000 : countOf({ test: 200, bar: 2_000, nightly: 200_000 });

it('every frame of the corpus is another one, and small', () => {
  const kept = corpus().map((bytes) => Buffer.from(bytes).toString('hex'));
  expect(new Set(kept).size).toBe(kept.length);
  expect(kept.length).toBeGreaterThan(50);
  expect(Math.max(...kept.map(({ length }) => length / 2))).toBeLessThanOrEqual(400);
});

it(
  `the corpus reaches parts of the decoder that the samples do not, and ${count} frames more are searched by coverage`,
  async () => {
    const known = corpus();
    const random = seeded(seedOf('corpus.test.ts'));
    const { found, more } = await searchFrom(sampleSeeds, known, count, random);
    if (searching) keepCorpus([...known, ...found]);
    process.stdout.write(`corpus.test.ts: ${known.length} kept, ${found.length} found that reach more\n`);
    expect(more).toBeGreaterThan(searching ? -1 : 50);
  },
  600_000 + count * 100,
);
