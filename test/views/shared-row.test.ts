/** Lists of a crowd are those that there would be if each were brought up to date by every message. */
import { expect, it } from 'vitest';
import { apply } from '../../src/conversation/apply.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import type { ConversationState } from '../../src/conversation/state.ts';
import { isParticipant, standingOf, unreadOf } from '../../src/conversation/visibility.ts';
import { limits } from '../../src/limits.ts';
import type { Change } from '../../src/views/change.ts';
import { Sidebars, type SidebarsPort } from '../../src/views/sidebars.ts';
import { seeded } from '../wire/mutate.ts';

const people = ['ann', 'ben', 'cid', 'dora', 'eve'];
const conversations = ['a', 'b', 'c'];
const steps = 400;

/** Committed states, and lists over them. `crowdMin`: 1 = every conversation is a crowd. */
class Server {
  readonly states = new Map<string, { state: ConversationState; position: number }>();
  readonly lists: Sidebars;

  constructor(crowdMin: number, residentViewsMax: number, now: () => number) {
    const port: SidebarsPort = {
      clock: { monotonicMs: now },
      limits: {
        ...limits,
        crowdMin,
        crowdsMax: 2,
        crowdIdleMs: 5,
        residentViewsMax,
      } as unknown as SidebarsPort['limits'],
      soon: (run) => setImmediate(run),
      unreadable: () => expect.fail('none is damaged'),
    };
    const reader = {
      state: async (id: string) => this.states.get(id) ?? null,
      timeline: async () => [],
      eventsSince: async () => null,
      unarchivedStates: () => [],
      lostOf: () => [],
    };
    const conversationsOf = async (person: string) =>
      [...this.states].filter(([, { state }]) => state.members.has(person)).map(([id]) => id);
    this.lists = new Sidebars(reader, { conversationsOf, conversationsAbout: async () => [] }, port);
  }

  /** Whose badge the change says is another one. */
  commit(change: Change): string[] {
    const { after, entry } = change;
    if (after !== null) this.states.set(after.id, { state: after, position: entry.position });
    const badges = new Set<string>();
    this.lists.committed(change, badges);
    return [...badges].sort();
  }

  async shows(person: string): Promise<unknown> {
    const list = await this.lists.of(person);
    const inOrder = [...list.after(null)].map(({ conversation }) => conversation);
    const rows = [...list.rows()].sort((x, y) => (x.conversation < y.conversation ? -1 : 1));
    return { badge: list.badge, inOrder, rows };
  }
}

it.each(Array.from({ length: 40 }, (_, nth) => nth + 1))(
  '[LIST-1] [LIST-6] are the same, and so is every badge, in history %i',
  async (seed) => {
    const random = seeded(seed);
    const below = (n: number) => Math.floor(random() * n);
    const residentViewsMax = below(2) === 0 ? 2 : 100;
    let now = 0;
    const [crowded, plain] = [1, 1_000].map((min) => new Server(min, residentViewsMax, () => now)) as [Server, Server];
    for (let position = 1; position <= steps; position += 1) {
      now += below(4);
      const id = conversations[below(3)] as string;
      const before = plain.states.get(id)?.state ?? null;
      const event = nextEvent(id, before, position, below);
      if (event !== null) {
        const entry = { position, at: position, conversation: id, events: [event], preferences: null, command: null };
        const change = { entry, before, after: apply(before, event) };
        expect(crowded.commit(change)).toEqual(plain.commit(change));
      }
      if (below(3) > 0) continue;
      const person = people[below(people.length)] as string;
      expect(await crowded.shows(person)).toEqual(await plain.shows(person));
    }
    for (const person of people) {
      const shown = await crowded.shows(person);
      expect(shown).toEqual(await plain.shows(person));
      const unread = [...plain.states.values()].filter(({ state }) => unreadOf(state, person) > 0);
      expect(shown).toMatchObject({ badge: unread.length });
    }
  },
);

/** Mostly messages; what nobody may do just now is null. */
function nextEvent(
  conversation: string,
  state: ConversationState | null,
  at: number,
  below: (n: number) => number,
): ConversationEvent | null {
  const person = () => people[below(people.length)] as string;
  if (state === null) {
    const [by, ...others] = people.slice(below(2), 4) as [string, ...string[]];
    return {
      type: 'started',
      v: 1,
      seq: 1,
      at,
      by,
      conversation,
      text: 'x',
      people: others,
      about: null,
      private: false,
    };
  }
  const by = person();
  const [v, seq] = [state.v + 1, state.head + 1];
  const isIn = isParticipant(state, by);
  const kind = below(10);
  if (kind === 0 && unreadOf(state, by) > 0) return { type: 'read', v, at, by, upTo: state.head };
  if (kind === 1 && isIn && by !== state.starter && state.current > 2) return { type: 'left', v, seq, at, by };
  if (kind === 2 && isIn) {
    const who = person();
    return isParticipant(state, who) ? null : { type: 'joined', v, seq, at, by, who };
  }
  const standing = standingOf(state, by);
  if (kind === 3 && (standing === 'participant' || standing === 'left')) {
    return { type: 'deleted', v, at, by, upTo: Math.max(1, state.head - below(2)) };
  }
  return standing === 'participant' ? { type: 'replied', v, seq, at, by, text: 'x' } : null;
}
