import { describe, expect, it } from 'vitest';
import { apply, applyAll } from '../../src/conversation/apply.ts';
import type { ConversationEvent, Started } from '../../src/conversation/events.ts';
import { changing, plain } from '../../src/conversation/members.ts';
import type { ConversationState, Member } from '../../src/conversation/state.ts';
import { seeded } from '../journal/random-history.ts';

const people = Array.from({ length: 300 }, (_, nth) => `p${nth}`);
const others = people.slice(1);
const start: Started = {
  type: 'started',
  conversation: 'c',
  by: 'p0',
  seq: 1,
  v: 1,
  at: 1,
  text: 'x',
  people: others,
  about: null,
  private: false,
};

/** Messages, marks and deletions of many; rarely somebody leaves and comes back later, or somebody new comes. */
function historyOf(length: number): ConversationEvent[] {
  const random = seeded(7);
  const events: ConversationEvent[] = [start];
  let head = 1;
  let away: string | null = null;
  while (events.length < length) {
    const by = others[random(others.length)] as string;
    if (by === away) continue;
    const next = { v: events.length + 1, at: events.length + 1 };
    const dice = random(200);
    if (dice >= 4 && dice < 40) {
      events.push({ type: dice < 20 ? 'deleted' : 'read', by, upTo: head, ...next });
      continue;
    }
    head += 1;
    if (dice >= 4) events.push({ type: 'replied', by, seq: head, text: 'y', ...next });
    else if (dice < 2) events.push({ type: 'joined', by: 'p0', who: `new${head}`, seq: head, ...next });
    else if (away === null) events.push({ type: 'left', by, seq: head, ...next });
    else events.push({ type: 'joined', by: 'p0', who: away, seq: head, ...next });
    if (dice === 2 || dice === 3) away = away === null ? by : null;
  }
  return events;
}

const events = historyOf(600);
const every = (members: ConversationState['members']): readonly (readonly [string, Member])[] => [...members];

describe('the members of a conversation of many', () => {
  it('are after each event what they are when all of them are applied at once, in the same order', () => {
    let state: ConversationState | null = null;
    for (const [nth, event] of events.entries()) {
      state = apply(state, event);
      // From nothing on, members are a plain map throughout.
      const whole = applyAll(null, events.slice(0, nth + 1));
      expect(every(state.members)).toEqual(every(whole.members));
      expect({ ...state, members: null }).toEqual({ ...whole, members: null });
    }
  });

  it('stay what they were in a state that was handed out', () => {
    const states: { readonly state: ConversationState; readonly before: string }[] = [];
    let state: ConversationState | null = null;
    for (const event of events) {
      state = apply(state, event);
      states.push({ state, before: JSON.stringify(every(state.members)) });
    }
    for (const { state: one, before } of states) expect(JSON.stringify(every(one.members))).toBe(before);
  });

  it('are the same whichever way they are asked for', () => {
    const { members } = events.reduce<ConversationState | null>(apply, null) as ConversationState;
    const visited: [string, Member][] = [];
    members.forEach((member, person) => {
      visited.push([person, member]);
    });
    expect(visited).toEqual(every(members));
    expect([...members.entries()]).toEqual(visited);
    expect([...members.keys()].map((person) => members.get(person))).toEqual([...members.values()]);
    expect([members.size, members.has('z'), members.get('z')]).toEqual([visited.length, false, undefined]);
  });

  it('can be sent to another thread', () => {
    const { members } = events.reduce<ConversationState | null>(apply, null) as ConversationState;
    expect(every(structuredClone(plain(members)))).toEqual(every(members));
  });

  it('take nobody in beside the others', () => {
    const { members } = apply(null, start);
    const [member] = members.values();
    expect(() => changing(members).set('z', member as Member)).toThrow(RangeError);
  });
});
