import { describe, expect, it } from 'vitest';
import { apply, applyAll, BrokenHistory } from '../../src/conversation/apply.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import { copyRanges, listOrder, standingOf, unreadOf } from '../../src/conversation/visibility.ts';

/** What a test writes of an event; `v`, and `at` = 10 × `v`, are counted on. */
type Wanted = ConversationEvent extends infer E ? (E extends ConversationEvent ? Omit<E, 'v' | 'at'> : never) : never;

const start: Wanted = {
  type: 'started',
  conversation: 'c',
  by: 'a',
  seq: 1,
  text: 'x',
  people: ['b', 'c', 'd'],
  about: null,
  private: false,
};

function history(...wanted: readonly Wanted[]): ConversationEvent[] {
  return wanted.map((event, nth) => ({ ...event, v: nth + 1, at: 10 * (nth + 1) }) as ConversationEvent);
}

const stateAfter = (...wanted: readonly Wanted[]) => applyAll(null, history(start, ...wanted));

describe('apply', () => {
  it('returns a new state and leaves the old one as it was', () => {
    const before = stateAfter();
    const copy = structuredClone(before);
    const [, , ...rest] = history(start, start, { type: 'left', by: 'b', seq: 2 });
    apply(before, { ...(rest[0] as ConversationEvent), v: 2 });
    expect(before).toEqual(copy);
  });

  it('comes to the same one by one and all at once', () => {
    const events = history(
      start,
      { type: 'deleted', by: 'c', upTo: 1 },
      { type: 'left', by: 'b', seq: 2 },
      { type: 'replied', by: 'a', seq: 3, text: 'y' },
      { type: 'joined', by: 'a', seq: 4, who: 'b' },
    );
    const one = events.reduce<ReturnType<typeof apply> | null>(apply, null);
    expect(one).toEqual(applyAll(null, events));
  });

  const broken: Record<string, readonly Wanted[]> = {
    'anything before the start': [{ type: 'left', by: 'a', seq: 1 }],
    'a second start': [start, start],
    'a gap in the timeline': [start, { type: 'replied', by: 'a', seq: 3, text: 'y' }],
    'a reply of someone who left': [
      start,
      { type: 'left', by: 'b', seq: 2 },
      { type: 'replied', by: 'b', seq: 3, text: 'y' },
    ],
    'a reply of a stranger': [start, { type: 'replied', by: 'z', seq: 2, text: 'y' }],
    'a second leave': [start, { type: 'left', by: 'b', seq: 2 }, { type: 'left', by: 'b', seq: 3 }],
    'an invitation of someone who is in': [start, { type: 'joined', by: 'a', seq: 2, who: 'b' }],
    'a read mark beyond the end': [start, { type: 'read', by: 'b', upTo: 2 }],
    'a delete mark beyond the end': [start, { type: 'deleted', by: 'b', upTo: 2 }],
    nothing: [],
  };
  it.each(Object.entries(broken))('throws at %s', (_, wanted) => {
    expect(() => applyAll(null, history(...wanted))).toThrow(BrokenHistory);
  });

  it('throws at a gap between events', () => {
    const [first, second] = history(start, { type: 'read', by: 'b', upTo: 1 }) as [
      ConversationEvent,
      ConversationEvent,
    ];
    expect(() => applyAll(null, [first, { ...second, v: 3 }])).toThrow(BrokenHistory);
  });
});

describe('copies', () => {
  it('[INVITE-4] who left and deleted sees the new stint alone, whatever notices came behind the delete mark', () => {
    const state = stateAfter(
      { type: 'deleted', by: 'b', upTo: 1 },
      { type: 'left', by: 'c', seq: 2 },
      { type: 'left', by: 'b', seq: 3 },
      { type: 'replied', by: 'a', seq: 4, text: 'y' },
      { type: 'joined', by: 'a', seq: 5, who: 'b' },
    );
    expect(copyRanges(state, 'b')).toEqual([{ from: 5, to: 5 }]);
  });

  it('[INVITE-4] the same for who left first and deleted only a part of what there was', () => {
    const state = stateAfter(
      { type: 'left', by: 'c', seq: 2 },
      { type: 'left', by: 'b', seq: 3 },
      { type: 'deleted', by: 'b', upTo: 1 },
      { type: 'joined', by: 'a', seq: 4, who: 'b' },
    );
    expect(copyRanges(state, 'b')).toEqual([{ from: 4, to: 4 }]);
  });

  it('[DELETE-6] an invitation that overtakes the delete of the copy before is not lost', () => {
    const state = stateAfter(
      { type: 'left', by: 'b', seq: 2 },
      { type: 'joined', by: 'a', seq: 3, who: 'b' },
      { type: 'deleted', by: 'b', upTo: 2 },
    );
    expect(standingOf(state, 'b')).toBe('participant');
    expect(copyRanges(state, 'b')).toEqual([{ from: 3, to: 3 }]);
    expect(listOrder(state, 'b')).toBe(30);
  });

  it('[DELETE-3] a notice does not bring a copy back, the next message does, with what came after the deletion', () => {
    const hidden = [
      { type: 'deleted', by: 'b', upTo: 1 },
      { type: 'left', by: 'c', seq: 2 },
    ] as const;
    expect(standingOf(stateAfter(...hidden), 'b')).toBe('deleted');
    const state = stateAfter(...hidden, { type: 'replied', by: 'a', seq: 3, text: 'y' });
    expect(copyRanges(state, 'b')).toEqual([{ from: 2, to: 3 }]);
    expect(unreadOf(state, 'b')).toBe(1);
  });
});
