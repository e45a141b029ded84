import { afterEach, describe, expect, it, vi } from 'vitest';
import { countOf } from '../survival/counts.ts';
import { playHistory } from './canaries.ts';
import { logInFile } from './log-file.ts';

/** `PARLEY_SEED` begins with another history, `PARLEY_HISTORIES` plays more or fewer of them. */
const seed = Number(process.env.PARLEY_SEED ?? 20_261_122);
const histories = Number(process.env.PARLEY_HISTORIES ?? countOf({ test: 200, bar: 10_000, nightly: 100_000 }));
const secondsMax = 30 * Math.max(1, histories / 200);
const steps = 25;
/** One history in so many is played on disk: it takes longer. */
const onDiskEvery = 8;

/** What is broken on purpose just now. */
const broken = vi.hoisted(() => ({
  gaps: false,
  names: false,
  exportedGaps: false,
  exportedNames: false,
  words: false,
}));
vi.mock('../../src/conversation/visibility.ts', async (original) => {
  const actual = await original<typeof import('../../src/conversation/visibility.ts')>();
  const copyRanges: typeof actual.copyRanges = (state, person) => {
    const ranges = actual.copyRanges(state, person);
    const [first, last] = [ranges[0], ranges.at(-1)];
    return broken.gaps && first && last ? [{ from: 1, to: last.to }] : ranges;
  };
  return { ...actual, copyRanges };
});
vi.mock('../../src/directory/rights.ts', async (original) => {
  const actual = await original<typeof import('../../src/directory/rights.ts')>();
  const rightsOf: typeof actual.rightsOf = (record) => {
    const rights = actual.rightsOf(record);
    return broken.names ? { ...rights, nameIsRestricted: false } : rights;
  };
  return { ...actual, rightsOf };
});
/** Broken while a view is exported, and only then. */
vi.mock('../../src/admin/store-access.ts', async (original) => {
  const actual = await original<typeof import('../../src/admin/store-access.ts')>();
  const withStore: typeof actual.withStore = async (dataDir, asOf, look) => {
    const { gaps, names, exportedGaps, exportedNames } = broken;
    Object.assign(broken, { gaps: exportedGaps, names: exportedNames });
    try {
      return await actual.withStore(dataDir, asOf, look);
    } finally {
      Object.assign(broken, { gaps, names });
    }
  };
  return { ...actual, withStore };
});
vi.mock('../../src/admin/command.ts', async (original) => {
  const actual = await original<typeof import('../../src/admin/command.ts')>();
  const writeOut: typeof actual.writeOut = async (text) => {
    if (broken.words) actual.note(`writing ${text}`);
    await actual.writeOut(text);
  };
  return { ...actual, writeOut };
});
afterEach(() => {
  for (const fault of Object.keys(broken) as (keyof typeof broken)[]) broken[fault] = false;
});

describe('every message and every name of a record is a canary', () => {
  it(
    `[SEE-1] to [SEE-6]: no socket, no mailbox and no export ever holds one that its person may not know, and no log has any (PARLEY_SEED=${seed})`,
    async () => {
      const log = logInFile('debug');
      const began = performance.now();
      const tokens: string[] = [];
      let seen = 0;
      let mails = 0;
      let exports = 0;
      let played = 0;
      for (; played < histories && performance.now() - began < secondsMax * 1_000; played += 1) {
        const outcome = await playHistory(seed + played, steps, log.log, played % onDiskEvery === 0);
        expect(outcome.complaints, `run it again: PARLEY_SEED=${seed + played} PARLEY_HISTORIES=1`).toEqual([]);
        seen += outcome.seen;
        mails += outcome.mails;
        exports += outcome.exports;
        tokens.push(...outcome.tokens);
      }
      process.stdout.write(
        `canary.test.ts: ${played} histories, ${seen} canaries where they may be, ${mails} mails, ${exports} exports\n`,
      );
      expect(seen).toBeGreaterThan(played * 50);
      expect(mails).toBeGreaterThan(played);
      expect(exports).toBeGreaterThanOrEqual((4 * played) / onDiskEvery);
      const lines = log.read();
      expect(lines.match(/canary-[^"]*/)).toBeNull();
      expect(tokens.filter((token) => lines.includes(token.split('.')[2] as string))).toEqual([]);
      expect(lines.split('\n').filter((line) => /"level":[56]0/.test(line))).toEqual([]);
      log.remove();
    },
    secondsMax * 1_000 + 120_000,
  );

  it.each(['gaps', 'names'] as const)(
    'the scan bites: it finds %s shown, where the product is broken so',
    async (fault) => {
      broken[fault] = true;
      const log = logInFile('silent');
      const complaints: string[] = [];
      for (let n = 0; n < 20 && complaints.length === 0; n += 1) {
        complaints.push(...(await playHistory(seed + n, steps, log.log, false)).complaints);
      }
      expect(complaints).not.toEqual([]);
      log.remove();
    },
  );

  it.each([
    ['exportedGaps', 'an export for'],
    ['exportedNames', 'an export for'],
    ['words', 'a command that carries away logged'],
  ] as const)(
    'the scan bites: it finds %s in what is carried away, where the product is broken so',
    async (fault, found) => {
      broken[fault] = true;
      const log = logInFile('silent');
      const complaints: string[] = [];
      for (let n = 0; n < 20 && complaints.length === 0; n += 1) {
        complaints.push(...(await playHistory(seed + n, steps, log.log, true)).complaints);
      }
      expect(complaints.join('\n')).toContain(found);
      log.remove();
    },
  );
});
