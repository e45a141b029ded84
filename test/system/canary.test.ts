import { afterEach, describe, expect, it, vi } from 'vitest';
import { countOf } from '../survival/counts.ts';
import { type Outcome, playHistory } from './canaries.ts';
import { logInFile } from './log-file.ts';

/** `PARLEY_SEED` begins with another history, `PARLEY_HISTORIES` plays more or fewer of them. */
const seed = Number(process.env.PARLEY_SEED ?? 20_261_122);
const histories = Number(process.env.PARLEY_HISTORIES ?? countOf({ test: 200, bar: 10_000, nightly: 100_000 }));
/** Those of `npm test` have so much time together, and are fewer where that is not enough. */
const secondsMax = histories > 200 ? Number.POSITIVE_INFINITY : 30;
const steps = 25;
/** Each on a server of its own: while one waits for its disk or its mails, another goes on. */
const sideBySide = 8;
/** Of seeds in a row one in so many is played on disk: it takes longer. */
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
      const until = performance.now() + secondsMax * 1_000;
      const played: Outcome[] = [];
      const complaints: string[] = [];
      let begun = 0;
      const play = async () => {
        while (begun < histories && complaints.length === 0 && performance.now() < until) {
          const mine = seed + begun;
          begun += 1;
          const complain = (said: string) => complaints.push(`PARLEY_SEED=${mine} PARLEY_HISTORIES=1: ${said}`);
          try {
            const outcome = await playHistory(mine, steps, log.log, mine % onDiskEvery === 0);
            played.push(outcome);
            outcome.complaints.forEach(complain);
          } catch (error) {
            complain((error as Error).stack ?? String(error));
          }
        }
      };
      await Promise.all(Array.from({ length: sideBySide }, play));
      expect(complaints).toEqual([]);
      const sum = (of: 'seen' | 'mails' | 'exports') => played.reduce((total, outcome) => total + outcome[of], 0);
      const [seen, mails, exports] = [sum('seen'), sum('mails'), sum('exports')];
      process.stdout.write(
        `canary.test.ts: ${played.length} histories, ${seen} canaries where they may be, ${mails} mails, ${exports} exports\n`,
      );
      expect(seen).toBeGreaterThan(played.length * 50);
      expect(mails).toBeGreaterThan(played.length);
      expect(exports).toBeGreaterThanOrEqual(4 * Math.floor(played.length / onDiskEvery));
      const lines = log.read();
      expect(lines.match(/canary-[^"]*/)).toBeNull();
      expect(
        signaturesIn(
          lines,
          played.flatMap(({ tokens }) => [...tokens.values()]),
        ),
      ).toEqual([]);
      expect(lines.split('\n').filter((line) => /"level":[56]0/.test(line))).toEqual([]);
      log.remove();
    },
    150_000 + 1_000 * histories,
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

/** Of HMAC-SHA256, in base64url. */
const signatureLength = 43;

/** The tokens' signatures that the text holds, found in one pass over it however many they are. */
function signaturesIn(text: string, tokens: readonly string[]): string[] {
  const signatures = new Set(tokens.map((token) => token.split('.')[2] as string));
  const found: string[] = [];
  for (const [run] of text.matchAll(/[\w-]{43,}/g)) {
    for (let at = 0; at + signatureLength <= run.length; at += 1) {
      const part = run.slice(at, at + signatureLength);
      if (signatures.has(part)) found.push(part);
    }
  }
  return found;
}
