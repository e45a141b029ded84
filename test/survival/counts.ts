/**
 * How often the tests of this room do what they do: in `npm test`, by the bars (`npm run test:bars`), and at night (`npm run
 * test:nightly`).
 */
export function countOf(counts: { readonly test: number; readonly bar: number; readonly nightly: number }): number {
  const { PARLEY_BARS: asked } = process.env;
  return asked === 'nightly' ? counts.nightly : asked === '1' ? counts.bar : counts.test;
}

/** `PARLEY_SEED` repeats a run. */
export function seedOf(test: string): number {
  const seed = Number(process.env.PARLEY_SEED ?? Math.floor(Math.random() * 2 ** 32));
  process.stdout.write(`${test}: PARLEY_SEED=${seed}\n`);
  return seed;
}
