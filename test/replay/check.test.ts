import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  copyDifferences,
  liveDifferences,
  type Performance,
  refusalDifferences,
  type SeenCopy,
  timelineDifferences,
} from '../../src/admin/replay/check.ts';
import { type Expectation, expectationOf, seqsOf } from '../../src/admin/replay/expectation.ts';
import { parseIrcLog } from '../../src/admin/replay/irc-log.ts';
import { Latencies } from '../../src/admin/replay/latencies.ts';
import { Observer } from '../../src/admin/replay/observer.ts';
import { scriptOf } from '../../src/admin/replay/script.ts';
import type { Entry, EntryView } from '../../src/client/index.ts';

const log = readFileSync(new URL('fixtures/small-channel.txt', import.meta.url), 'utf8');
const script = scriptOf('small', parseIrcLog(log));
const expected = expectationOf(script);
const conversation = 'c';

describe('what everyone should have seen', () => {
  it('follows the log line by line', () => {
    const shown = expected.timeline.map((entry) => {
      if (entry.kind === 'joined') return `${entry.who} joins, invited by ${entry.by}`;
      return entry.kind === 'left' ? `${entry.by} leaves` : `${entry.by}: ${entry.text.slice(0, 12)}`;
    });
    expect(shown).toEqual([
      'irc-ann: small',
      'irc-dora joins, invited by irc-ann',
      'irc-ann: good evening',
      'irc-bob: I am',
      'irc-dora: so am I',
      'irc-bob leaves',
      'irc-bob joins, invited by irc-dora',
      'irc-bob: back again',
      'irc-cy joins, invited by irc-bob',
      'irc-cy: a new day: ü',
      'irc-cy~2 joins, invited by irc-cy',
      'irc-cy~2: I am another',
      'irc-cy leaves',
      'irc-ann: who was that',
      'irc-cy joins, invited by irc-ann',
      'irc-cy: me',
    ]);
  });

  it('[LEAVE-2] [LEAVE-3] has the starter and the last two refused, and nobody else', () => {
    const refused = [...expected.refusals].map(([index, rule]) => `${script.steps[index]?.person} ${rule}`);
    expect(refused).toEqual(['irc-dora LEAVE-3', 'irc-ann LEAVE-2']);
  });

  it('[SEE-1] [READ-4] gives each person their stints and what is unread in the last of them', () => {
    const copies = [...expected.copies].map(([person, { stints, unread }]) => [person, stints, unread]);
    expect(copies).toEqual([
      ['irc-ann', [{ from: 1, to: 16 }], 1],
      [
        'irc-bob',
        [
          { from: 1, to: 6 },
          { from: 7, to: 16 },
        ],
        4,
      ],
      ['irc-dora', [{ from: 2, to: 16 }], 5],
      [
        'irc-cy',
        [
          { from: 9, to: 13 },
          { from: 15, to: 16 },
        ],
        0,
      ],
      ['irc-cy~2', [{ from: 11, to: 16 }], 2],
    ]);
  });
});

describe('the check', () => {
  it('finds nothing where everything is as it should be', () => {
    const { observer, performance } = perfect();
    for (const person of expected.copies.keys()) {
      expect(copyDifferences('small', expected, person, copyOf(expected, person))).toEqual([]);
      expect(liveDifferences(observer, performance, person)).toEqual([]);
    }
    expect(copyDifferences('small', expected, 'irc-eve', null)).toEqual([]);
    expect(timelineDifferences(observer, performance)).toEqual([]);
    expect(refusalDifferences(performance)).toEqual([]);
    expect(observer.disagreements).toEqual([]);
  });

  const plants: [string, (copy: SeenCopy) => SeenCopy][] = [
    ['an entry that is missing', (copy) => ({ ...copy, entries: copy.entries.slice(1) })],
    [
      'an entry of the gap between two stints',
      (copy) => ({ ...copy, entries: [...copy.entries, viewOf(expected, 14)] }),
    ],
    [
      'an entry that is there twice',
      (copy) => ({ ...copy, entries: [...copy.entries.slice(0, 2), ...copy.entries.slice(1)] }),
    ],
    ['entries in another order', (copy) => ({ ...copy, entries: [...copy.entries].reverse() })],
    [
      'another text',
      (copy) => ({
        ...copy,
        entries: copy.entries.map((one) => (one.seq === 10 ? { ...one, text: 'x' } : one)) as EntryView[],
      }),
    ],
    [
      'another author',
      (copy) => ({
        ...copy,
        entries: copy.entries.map((one) => (one.seq === 10 ? { ...one, by: person('irc-bob') } : one)),
      }),
    ],
    ['another count of unread', (copy) => ({ ...copy, unread: copy.unread + 1 })],
    ['another standing', (copy) => ({ ...copy, inside: false })],
    ['a participant who is none', (copy) => ({ ...copy, participants: [...copy.participants, 'irc-eve'] })],
  ];
  for (const [what, plant] of plants) {
    it(`finds ${what}`, () => {
      const found = copyDifferences('small', expected, 'irc-cy', plant(copyOf(expected, 'irc-cy')));
      expect(found).toHaveLength(1);
      expect(found[0]).toContain('irc-cy');
    });
  }

  it('finds a copy that is missing and one that should not be', () => {
    expect(copyDifferences('small', expected, 'irc-cy', null)).toEqual(['small: the copy of irc-cy is missing']);
    expect(copyDifferences('small', expected, 'irc-eve', copyOf(expected, 'irc-cy'))).toHaveLength(1);
  });

  it('finds what a client was told twice, too late, never, or otherwise than others', () => {
    const twice = perfect();
    twice.observer.told('irc-dora', conversation, [entryOf(expected, 16)]);
    expect(liveDifferences(twice.observer, twice.performance, 'irc-dora')).toHaveLength(1);
    expect(liveDifferences(twice.observer, twice.performance, 'irc-ann')).toEqual([]);

    const never = perfect(['irc-bob']);
    expect(liveDifferences(never.observer, never.performance, 'irc-bob')[0]).toContain('was told 0 entries');

    const other = perfect();
    other.observer.told('irc-ann', conversation, [{ ...entryOf(expected, 3), text: 'x' } as Entry]);
    expect(other.observer.disagreements).toHaveLength(1);
  });

  it('finds a refusal that is too many, too few or of another rule', () => {
    const { performance } = perfect();
    const [first, second] = [...expected.refusals.keys()] as [number, number];
    const withRefusals = (refusals: [number, string][]) =>
      refusalDifferences({ ...performance, played: { ...performance.played, refusals: new Map(refusals) } });
    expect(withRefusals([[first, 'LEAVE-3']])).toEqual([expect.stringContaining('accepted instead of LEAVE-2')]);
    expect(
      withRefusals([
        [first, 'LEAVE-3'],
        [second, 'LEAVE-1'],
      ]),
    ).toHaveLength(1);
    expect(withRefusals([...expected.refusals, [0, 'REPLY-1']])).toHaveLength(1);
  });
});

/** Everyone was told everything, but those `except`. */
function perfect(except: readonly string[] = []): { observer: Observer; performance: Performance } {
  const observer = new Observer(new Latencies());
  for (const [who, copy] of expected.copies) {
    if (except.includes(who)) continue;
    for (const seq of seqsOf(copy)) observer.told(who, conversation, [entryOf(expected, seq)]);
  }
  const counts = { messages: 0, joins: 0, leaves: 0, nothingToDo: 0 };
  return {
    observer,
    performance: { expected, played: { script, conversation, refusals: expected.refusals, ...counts } },
  };
}

function entryOf({ timeline }: Expectation, seq: number): Entry {
  return { seq, at: seq, ...timeline[seq - 1] } as Entry;
}

function person(id: string) {
  return { id, first: '', last: id, active: true };
}

function viewOf(of: Expectation, seq: number): EntryView {
  const entry = entryOf(of, seq);
  const by = person(entry.by);
  return entry.kind === 'joined' ? { ...entry, by, who: person(entry.who) } : { ...entry, by };
}

function copyOf(of: Expectation, who: string): SeenCopy {
  const copy = of.copies.get(who);
  if (copy === undefined) throw new Error(`${who} has no copy`);
  const participants = [...of.copies].filter(([, { inside }]) => inside).map(([id]) => id);
  const entries = seqsOf(copy).map((seq) => viewOf(of, seq));
  return { entries, unread: copy.unread, inside: copy.inside, participants: participants.sort() };
}
