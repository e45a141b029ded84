/** Random tests that can be run again: a failure prints the seed, and the same seed runs the same cases. */
import fc from 'fast-check';

/**
 * `runs` cases, from `PARLEY_SEED` where it is set. `PARLEY_PATH` goes straight to one shrunk case; `PARLEY_RUNS`
 * multiplies how many there are; `PARLEY_SHRINK=0` stops at the first failure as it was found.
 */
export function seeded<Ts extends [unknown, ...unknown[]]>(runs: number): fc.Parameters<Ts> {
  const { PARLEY_SEED, PARLEY_PATH, PARLEY_RUNS, PARLEY_SHRINK } = process.env;
  return {
    numRuns: Math.ceil(runs * Number(PARLEY_RUNS ?? 1)),
    ...(PARLEY_SEED === undefined ? {} : { seed: Number(PARLEY_SEED) }),
    ...(PARLEY_PATH === undefined ? {} : { path: PARLEY_PATH }),
    endOnFailure: PARLEY_PATH !== undefined || PARLEY_SHRINK === '0',
    reporter: (details) => {
      if (!details.failed) return;
      const again = `PARLEY_SEED=${details.seed} PARLEY_PATH=${details.counterexamplePath ?? ''} npx vitest run <this file>`;
      throw new Error(`${fc.defaultReportMessage(details)}\n\nRun it again: ${again}`, {
        cause: details.errorInstance,
      });
    },
  };
}
