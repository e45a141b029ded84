/**
 * Walks every path of the machine up to a depth, states that differ in nothing a rule looks at taken as one, and checks
 * after every step what must always hold.
 */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { applyAll } from '../../src/conversation/apply.ts';
import type { Command, Facts, PersonId } from '../../src/conversation/commands.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import { conversationOf, createConversationActor, dispatch } from '../../src/conversation/machine.ts';
import type { ConversationState, Member } from '../../src/conversation/state.ts';
import {
  copyRanges,
  currentStint,
  isVisible,
  listOrder,
  newestVisible,
  standingOf,
  unreadOf,
} from '../../src/conversation/visibility.ts';

type Wish = Command extends infer C ? (C extends Command ? Omit<C, 'by' | 'now' | 'facts'> : never) : never;

interface Place {
  readonly state: ConversationState;
  readonly events: readonly ConversationEvent[];
  readonly path: string;
}

const people: readonly PersonId[] = ['a', 'b', 'c', 'd'];
const depth = 6;
const noFacts: Facts = { inactive: new Set(), viewsRecord: false };
const cInactive: Facts = { inactive: new Set(['c']), viewsRecord: false };

function wishes(state: ConversationState): Wish[] {
  const { head } = state;
  return [
    { type: 'reply', text: 'x' },
    { type: 'read', upTo: head },
    { type: 'read', upTo: Math.max(1, head - 1) },
    { type: 'read', upTo: head + 1 },
    ...people.map((person): Wish => ({ type: 'invite', people: [person] })),
    { type: 'leave' },
    { type: 'delete', upTo: head },
    { type: 'delete', upTo: Math.max(1, head - 1) },
    { type: 'delete', upTo: head + 1 },
  ];
}

/** What the rules look at, without the numbers themselves; to them everyone but the starter is alike. */
function abstract(state: ConversationState): string {
  const [starter, ...others] = people.map((person) => {
    const member = state.members.get(person);
    if (member === undefined) return '-';
    const shown = newestVisible(state, member) !== null;
    const behind = Math.min(state.head - member.deletedUpTo, 2);
    return [
      standingOf(state, person),
      Math.min(member.stints.length, 3),
      Math.min(unreadOf(state, person), 2),
      shown,
      behind,
    ].join();
  });
  const lastIsNotice = state.notices.at(-1) === state.head;
  return [starter, ...others.sort(), state.current, state.hidden, lastIsNotice].join(' ');
}

function isMember(state: ConversationState, events: readonly ConversationEvent[], person: PersonId): boolean {
  let inside = state.starter === person;
  for (const event of events) {
    if (event.type === 'started' && event.people.includes(person)) inside = true;
    if (event.type === 'joined' && event.who === person) inside = true;
    if (event.type === 'left' && event.by === person) inside = false;
  }
  return inside;
}

function unreadByHistory({ state, events }: Place, person: PersonId, member: Member): number {
  const ranges = copyRanges(state, person);
  return events.filter(
    (event) =>
      (event.type === 'started' || event.type === 'replied') &&
      event.by !== person &&
      event.seq > member.readUpTo &&
      isVisible(ranges, event.seq),
  ).length;
}

/** The first thing that does not hold, null if all does. */
function broken(place: Place, before: ConversationState | null): string | null {
  const { state, events } = place;
  const timeline = events.flatMap((event) => ('seq' in event ? [event] : []));
  const notices = timeline.flatMap(({ type, seq }) => (type === 'joined' || type === 'left' ? [seq] : []));
  const messages = timeline.filter(({ type }) => type === 'started' || type === 'replied');
  const inside = people.filter((person) => isMember(state, events, person));
  const hidden = inside.filter((person) => !state.members.get(person)?.copy);
  const checks: Record<string, boolean> = {
    'v counts the events': events.every((event, nth) => event.v === nth + 1) && state.v === events.length,
    'seq counts the timeline': timeline.every(({ seq }, nth) => seq === nth + 1) && state.head === timeline.length,
    'current is who is in': state.current === inside.length,
    'hidden is who waits': state.hidden === hidden.length,
    'notices are all notices': isDeepStrictEqual(state.notices, notices),
    'last message is the last': state.lastMessage.seq === messages.at(-1)?.seq,
    'at least two are in': state.current >= 2,
    'the starter is in': inside.includes(state.starter),
    'replay comes to the same': isDeepStrictEqual(applyAll(null, events), state),
    ...Object.fromEntries(people.flatMap((person) => memberChecks(place, person, before))),
  };
  return Object.entries(checks).find(([, holds]) => !holds)?.[0] ?? null;
}

function memberChecks(place: Place, person: PersonId, before: ConversationState | null): [string, boolean][] {
  const { state } = place;
  const member = state.members.get(person);
  const old = before?.members.get(person);
  if (member === undefined) return [[`${person} is not forgotten`, old === undefined]];
  const { stints } = member;
  const ordered = stints.every((stint, nth) => {
    const next = stints[nth + 1];
    return (stint.to ?? state.head) >= stint.from && (next === undefined || (stint.to ?? Infinity) < next.from);
  });
  return [
    [`${person}’s stints are in order`, ordered],
    [`${person} is in by the last stint`, (currentStint(member) !== null) === isMember(state, place.events, person)],
    [`${person}’s marks never go back`, member.readUpTo >= (old?.readUpTo ?? 0)],
    [`what ${person} deleted stays deleted`, member.deletedUpTo >= (old?.deletedUpTo ?? 0)],
    [`${person}’s marks are not beyond the end`, Math.max(member.readUpTo, member.deletedUpTo) <= state.head],
    [`${person}’s unread is a recount`, unreadOf(state, person) === unreadByHistory(place, person, member)],
    [`${person} lists what they have`, (listOrder(state, person) !== null) === copyRanges(state, person).length > 0],
  ];
}

function follow(place: Place | null, by: PersonId, wish: Wish, facts: Facts): Place | 'refused' {
  const before = place?.state ?? null;
  const actor = createConversationActor(before);
  const value = actor.getSnapshot().value;
  const now = (before?.v ?? 0) + 1;
  const outcome = dispatch(actor, { ...wish, by, now, facts } as Command);
  const state = conversationOf(actor);
  const path = `${place?.path ?? ''} ${by}:${wish.type}${'upTo' in wish ? wish.upTo : ''}`;
  if ('refusal' in outcome) {
    if (state !== before || !isDeepStrictEqual(actor.getSnapshot().value, value)) throw new Error(`${path}: changed`);
    return 'refused';
  }
  if (state === null || outcome.events.length === 0) throw new Error(`${path}: accepted without an event`);
  const next = { state, events: [...(place?.events ?? []), ...outcome.events], path };
  const wrong = broken(next, before);
  if (wrong !== null) throw new Error(`${path}: not so any more: ${wrong}`);
  const chart = { open: state.current > 2 ? 'group' : 'pair' };
  if (!isDeepStrictEqual(actor.getSnapshot().value, chart)) throw new Error(`${path}: chart and count differ`);
  return next;
}

describe('every path of the machine', () => {
  it(`keeps the invariants, to a depth of ${depth} commands of four people`, () => {
    const seen = new Set<string>();
    const starts = [['b'], ['b', 'c'], ['b', 'c', 'd']].map(
      (others): Wish => ({
        type: 'start',
        conversation: 'talk',
        text: 'x',
        people: others,
        about: null,
        private: false,
      }),
    );
    let edge = starts.map((wish) => follow(null, 'a', wish, noFacts) as Place);
    let accepted = 0;
    let refused = 0;
    for (let level = 1; level < depth; level += 1) {
      const next: Place[] = [];
      for (const place of edge) {
        for (const by of people) {
          for (const wish of wishes(place.state)) {
            for (const facts of wish.type === 'leave' ? [noFacts, cInactive] : [noFacts]) {
              const result = follow(place, by, wish, facts);
              if (result === 'refused') refused += 1;
              else {
                accepted += 1;
                const key = abstract(result.state);
                if (!seen.has(key)) next.push(result);
                seen.add(key);
              }
            }
          }
        }
      }
      edge = next;
    }
    expect(seen.size).toBeGreaterThan(1_000);
    expect(accepted).toBeGreaterThan(5_000);
    expect(refused).toBeGreaterThan(5_000);
  }, 300_000);
});
