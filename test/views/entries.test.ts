import { describe, expect, it } from 'vitest';
import { applyAll } from '../../src/conversation/apply.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import { copyRanges } from '../../src/conversation/visibility.ts';
import type { ArchivedEvent } from '../../src/journal/entry.ts';
import { Damaged } from '../../src/journal/journal.ts';
import { newest, pageBefore } from '../../src/views/entries.ts';
import type { ConversationReader } from '../../src/views/reader.ts';

const start = { conversation: 'c', people: ['bob'], about: null, private: false } as const;
const events: ConversationEvent[] = [{ type: 'started', v: 1, seq: 1, at: 1, by: 'ann', text: 'one', ...start }];
for (let seq = 2; seq <= 9; seq += 1) events.push({ type: 'replied', v: seq, seq, at: seq, by: 'ann', text: `${seq}` });
const state = applyAll(null, events);
const ranges = copyRanges(state, 'bob');

/** A store that has lost these. */
function readerWithout(...lost: readonly number[]): ConversationReader {
  const kept = events.flatMap((event): ArchivedEvent[] =>
    'seq' in event && !lost.includes(event.seq) ? [{ position: event.seq, event }] : [],
  );
  return {
    state: async () => ({ state, position: 9 }),
    timeline: async (_, from, to, limit) =>
      kept.filter(({ event }) => 'seq' in event && event.seq >= from && event.seq <= to).slice(-limit),
    eventsSince: async () => null,
    unarchivedStates: () => [],
    lostOf: () => [],
  };
}

describe('a page', () => {
  it('is the newest entries before a seq', async () => {
    const page = await pageBefore(readerWithout(), state, ranges, 6, 3);
    expect(page.map(({ seq }) => seq)).toEqual([3, 4, 5]);
    expect((await newest(readerWithout(), state, ranges, 3, 100)).map(({ seq }) => seq)).toEqual([7, 8, 9]);
  });

  it('[REPLY-4] is damage, and not a shorter page, where an entry is missing: the newest, the oldest, one between', async () => {
    for (const lost of [[9], [8, 9], [1], [5]]) {
      const read = pageBefore(readerWithout(...lost), state, ranges, 10, 9);
      await expect(read, `without ${lost}`).rejects.toThrow(Damaged);
    }
    await expect(newest(readerWithout(8, 9), state, ranges, 3, 100)).rejects.toThrow(/entries between seq 1 and 9/);
  });
});
