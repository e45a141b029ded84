import { describe, expect, it } from 'vitest';
import { apply } from '../../src/conversation/apply.ts';
import type { ConversationState } from '../../src/conversation/state.ts';
import { limits } from '../../src/limits.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { ConversationReader } from '../../src/views/reader.ts';
import { type Cursor, Sidebar } from '../../src/views/sidebar.ts';
import { Sidebars, type SidebarsPort } from '../../src/views/sidebars.ts';
import { seeded } from '../journal/random-history.ts';

describe('[LIST-1] a person’s list', () => {
  it('stands in the same order when it is kept up to date as when it is made anew, from every place in it', () => {
    const random = seeded(17);
    const kept = new Sidebar('ann');
    const states = new Map<string, ConversationState>();
    for (let at = 1; at <= 2_000; at += 1) {
      const id = `conversation ${random(40)}`;
      const state = next(states.get(id), id, at, random);
      states.set(id, state);
      kept.update(state, at);
      if (random(10) > 0 && at > 1) continue;
      const anew = new Sidebar('ann');
      for (const each of states.values()) anew.update(each, at);
      const expected = listed(anew, null);
      expect(listed(kept, null)).toEqual(expected);
      const before = expected[random(expected.length)];
      if (before !== undefined) expect(listed(kept, before)).toEqual(listed(anew, before));
      expect(kept.badge).toBe(anew.badge);
    }
  });

  it('leaves out what is deleted while it is walked, and tells nothing twice', () => {
    const random = seeded(18);
    const sidebar = new Sidebar('ann');
    const states = ['a', 'b', 'c'].map((id, index) => next(undefined, id, index + 1, random));
    for (const state of states) sidebar.update(state, 1);
    const [oldest, middle] = states as [ConversationState, ConversationState, ConversationState];
    const walk = sidebar.after(null)[Symbol.iterator]();
    expect(walk.next().value?.conversation).toBe('c');
    sidebar.update(apply(middle, { type: 'deleted', v: 2, at: 9, by: 'ann', upTo: 1 }), 2);
    sidebar.update(apply(oldest, { type: 'replied', v: 2, seq: 2, at: 10, by: 'ben', text: '' }), 3);
    expect(walk.next().value?.conversation).toBe('a');
    expect(walk.next().done).toBe(true);
  });
});

it('[LIST-6] a long list is loaded in turns, between which others are served, and what comes meanwhile counts', async () => {
  const random = seeded(19);
  const ids = Array.from({ length: 950 }, (_, nth) => `conversation ${nth}`);
  const states = new Map(ids.map((id, at) => [id, next(undefined, id, at + 1, random)]));
  const reader: ConversationReader = {
    state: async (id) => ({ state: states.get(id) as ConversationState, position: 1 }),
    timeline: async () => [],
    eventsSince: async () => null,
    unarchivedStates: () => [],
    lostOf: () => [],
  };
  const index = { conversationsOf: async () => ids, conversationsAbout: async () => [] };
  let turns = 0;
  const soon = (run: () => void) => {
    turns += 1;
    const id = ids[turns * 100 - 1] as string;
    const before = states.get(id) as ConversationState;
    const event = { type: 'replied', v: 2, seq: 2, at: 1_000 + turns, by: 'ben', text: 'x' } as const;
    const entry = { position: 2, at: event.at, conversation: id, events: [event], preferences: null, command: null };
    sidebars.committed({ entry, before, after: apply(before, event) }, new Set());
    setImmediate(run);
  };
  const port: SidebarsPort = {
    clock: systemClock(),
    limits: { ...limits, residentViewsMax: 1 } as unknown as SidebarsPort['limits'],
    soon,
    unreadable: () => expect.fail('none is damaged'),
  };
  const sidebars = new Sidebars(reader, index, port);
  const sidebar = await sidebars.of('ann');
  expect(turns).toBe(9);
  expect([...sidebar.rows()]).toHaveLength(950);
  expect(listed(sidebar, null)[0]).toEqual({ order: 1_009, conversation: 'conversation 899' });
  expect(sidebar.badge).toBe(9);
});

function listed(sidebar: Sidebar, before: Cursor | null): Cursor[] {
  return [...sidebar.after(before)].map(({ order, conversation }) => ({ order: order as number, conversation }));
}

/** A start, a reply by either, or a delete by Ann. */
function next(
  state: ConversationState | undefined,
  id: string,
  at: number,
  random: (below: number) => number,
): ConversationState {
  if (state === undefined) {
    const start = { conversation: id, text: 'x', people: ['ben'], about: null, private: false };
    return apply(null, { type: 'started', v: 1, seq: 1, at, by: 'ann', ...start });
  }
  const v = state.v + 1;
  if (random(3) === 0) return apply(state, { type: 'deleted', v, at, by: 'ann', upTo: state.head });
  return apply(state, { type: 'replied', v, seq: state.head + 1, at, by: random(2) === 0 ? 'ann' : 'ben', text: 'x' });
}
