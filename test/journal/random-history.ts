/**
 * Random journals for the tests of this room: what a host would record, made from a seed by a few lines that know only
 * which events can follow a state. The same seed makes the same history.
 */
import { createHash } from 'node:crypto';
import { apply } from '../../src/conversation/apply.ts';
import { type ConversationId, type RecordRef, recordKinds } from '../../src/conversation/commands.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import type { ConversationState } from '../../src/conversation/state.ts';
import { isParticipant, participants } from '../../src/conversation/visibility.ts';
import type { AlertPreferences, ArchivedEvent, JournalEntry, Remembered } from '../../src/journal/entry.ts';

/** The entry and whose partition it is in. Times grow over all partitions. */
export interface Recorded {
  readonly partition: number;
  readonly entry: JournalEntry;
}

export interface HistoryOptions {
  readonly entries: number;
  readonly conversations?: number;
  readonly people?: number;
  readonly partitions?: number;
}

/** mulberry32: small, seeded, good enough to vary tests. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

export function conversationId(name: string): ConversationId {
  return createHash('sha256').update(name).digest().subarray(0, 16).toString('base64url');
}

export function randomHistory(seed: number, options: HistoryOptions): Recorded[] {
  const { entries, conversations = 6, people = 7, partitions = 1 } = options;
  const random = seeded(seed);
  const person = () => `p${random(people)}`;
  const states = new Map<ConversationId, ConversationState>();
  const heads = Array.from({ length: partitions }, () => 0);
  const recorded: Recorded[] = [];
  let at = 1_700_000_000_000_000;
  while (recorded.length < entries) {
    at += 1 + random(5_000_000);
    const number = random(conversations);
    const conversation = conversationId(`${seed}/${number}`);
    const partition = number % partitions;
    const by = person();
    const state = states.get(conversation) ?? null;
    const events = random(12) === 0 ? [] : eventsAfter(random, state, conversation, by, at, people);
    for (const event of events) states.set(conversation, apply(states.get(conversation) ?? null, event));
    heads[partition] = (heads[partition] as number) + 1;
    const position = heads[partition] as number;
    recorded.push({ partition, entry: entryOf(random, position, at, by, conversation, events, recorded.length) });
  }
  return recorded;
}

function entryOf(
  random: (below: number) => number,
  position: number,
  at: number,
  by: string,
  conversation: ConversationId,
  events: ConversationEvent[],
  nth: number,
): JournalEntry {
  if (random(20) === 0 && events.length === 0) {
    const preferences = { person: by, boxes: boxesOf(random(16)) };
    const answer = { ok: {} };
    return { position, at, conversation: null, events, preferences, command: rememberedOf(by, nth, answer) };
  }
  const answer =
    events.length === 0
      ? ({ refused: 'leave-starter' } as const)
      : { ok: { conversation, seq: nth, seqs: [1, nth], place: 'here' } };
  const command = random(9) === 0 ? null : rememberedOf(by, nth, answer);
  return { position, at, conversation, events, preferences: null, command };
}

export function rememberedOf(person: string, nth: number, answer: Remembered['answer']): Remembered {
  const bodyHash = new Uint8Array(createHash('sha256').update(`${nth}`).digest().subarray(0, 16));
  return { person, id: `c${nth}`, bodyHash, answer };
}

function boxesOf(bits: number): AlertPreferences {
  return {
    email: { conversations: (bits & 1) !== 0, messages: (bits & 2) !== 0 },
    popup: { conversations: (bits & 4) !== 0, messages: (bits & 8) !== 0 },
  };
}

function eventsAfter(
  random: (below: number) => number,
  state: ConversationState | null,
  conversation: ConversationId,
  by: string,
  at: number,
  people: number,
): ConversationEvent[] {
  const everyone = Array.from({ length: people }, (_, index) => `p${index}`);
  if (state === null) {
    const others = everyone.filter((other) => other !== by && random(2) === 0);
    const about: RecordRef | null =
      random(3) === 0 ? null : { kind: recordKinds[random(4)] as RecordRef['kind'], id: `r${random(3)}` };
    const start = {
      v: 1,
      seq: 1,
      at,
      by,
      conversation,
      text: textOf(random),
      about,
      private: random(2) === 0,
    } as const;
    return [{ type: 'started', ...start, people: others }];
  }
  const head = { v: state.v + 1, at, by };
  const seq = state.head + 1;
  if (!isParticipant(state, by)) {
    return state.members.has(by) ? [{ type: 'deleted', ...head, upTo: state.head }] : [];
  }
  switch (random(8)) {
    case 0:
      return [{ type: 'read', ...head, upTo: 1 + random(state.head) }];
    case 1:
      return [{ type: 'deleted', ...head, upTo: state.head - random(2) }];
    case 2:
      return participants(state).length > 2 && by !== state.starter ? [{ type: 'left', ...head, seq }] : [];
    case 3:
      return everyone
        .filter((other) => !isParticipant(state, other) && random(2) === 0)
        .map((who, nth) => ({ type: 'joined', v: state.v + 1 + nth, at, by, seq: seq + nth, who }));
    default:
      return [{ type: 'replied', ...head, seq, text: textOf(random) }];
  }
}

function textOf(random: (below: number) => number): string {
  const words = ['Grüße', 'deal', '合同', '🙂', 'call', 'back', '\u0000', 'tomorrow'];
  return Array.from({ length: 1 + random(random(20) === 0 ? 600 : 12) }, () => words[random(words.length)]).join(' ');
}

/** What the journal says there is, by folding: the truth that stores are compared with. */
export interface Folded {
  readonly states: Map<ConversationId, { state: ConversationState; position: number; partition: number }>;
  readonly events: Map<ConversationId, ArchivedEvent[]>;
  readonly commands: Map<string, { command: Remembered; at: number; position: number }>;
  readonly preferences: Map<string, AlertPreferences>;
}

export function fold(recorded: readonly Recorded[]): Folded {
  const folded: Folded = { states: new Map(), events: new Map(), commands: new Map(), preferences: new Map() };
  for (const { partition, entry } of recorded) {
    const { position, at, conversation, preferences, command } = entry;
    for (const event of entry.events) {
      const id = conversation as ConversationId;
      const state = apply(folded.states.get(id)?.state ?? null, event);
      folded.states.set(id, { state, position, partition });
      const events = folded.events.get(id);
      if (events === undefined) folded.events.set(id, [{ position, event }]);
      else events.push({ position, event });
    }
    if (preferences !== null) folded.preferences.set(preferences.person, preferences.boxes);
    if (command !== null) folded.commands.set(`${command.person} ${command.id}`, { command, at, position });
  }
  return folded;
}
