/**
 * Blocks of history: several events of one conversation in one row, timeline entries or marks, in the order of `v`.
 * People stand once in a block and are referred to by their place; positions, times and `v` are distances from the event
 * before; seqs follow from the row's key. So an event costs some fifteen bytes beside its text.
 *
 * A block ends with the running hash up to its last event. Texts are not in that hash: the seal of the row guards them, and
 * one of them can be taken out of a block without touching any other row.
 */
import type { ConversationId, PersonId } from '../conversation/commands.ts';
import type { ArchivedEvent } from './entry.ts';
import { Fields } from './fields.ts';
import { chain, describe, formats, hashBytes, type Place, pack, seal, unseal } from './format.ts';
import { bodyMembers, eventMembers, eventTypes, readBody } from './format-event.ts';
import { Damaged } from './journal.ts';
import { lastNumberOf } from './keys.ts';

/** `formats.event` as blocks; version 1 is one event. */
const blockVersion = 2;

export interface Block {
  /** Never empty, and as `continues` wants them. */
  readonly events: readonly ArchivedEvent[];
  /** The running hash of the conversation up to and with the last of them. */
  readonly hash: Uint8Array;
}

/** The running hash with one more event. */
export function runningHash(previous: Uint8Array, { position, event }: ArchivedEvent): Uint8Array {
  const bare = 'text' in event ? { ...event, text: '' } : event;
  return chain(previous, pack([position, ...eventMembers(bare)]));
}

/** May the event stand in a block behind the other? Distances are counts. */
export function continues(last: ArchivedEvent, next: ArchivedEvent): boolean {
  return next.position >= last.position && next.event.at >= last.event.at && next.event.v > last.event.v;
}

/** About the bytes that an event takes in a block. */
export function weightOf({ event }: ArchivedEvent): number {
  const people = event.type === 'started' ? event.people.reduce((sum, person) => sum + person.length + 3, 0) : 0;
  return 16 + people + ('text' in event ? Buffer.byteLength(event.text ?? '') : 0);
}

/** Payload: running hash (8 bytes), then an array: people, the first event's position, time and `v`, and the events. */
export function encodeBlock(key: Uint8Array, { events, hash }: Block): Buffer {
  const people = new Places();
  const members: unknown[] = [];
  const [first] = events as [ArchivedEvent];
  let last = first;
  for (const archived of events) {
    const { position, event } = archived;
    const { event: before } = last;
    members.push(eventTypes.indexOf(event.type), event.v - before.v, event.at - before.at, people.of(event.by));
    members.push(position - last.position, ...bodyMembers(event, (person) => people.of(person)));
    last = archived;
  }
  const head = [people.list, first.position, first.event.at, first.event.v];
  return seal(formats.event, key, Buffer.concat([hash, pack([...head, ...members])]), blockVersion);
}

/** `place.key` ends with the number of the first event: its seq, or a mark's `v`. */
export function decodeBlock(place: Place, conversation: ConversationId, value: Uint8Array): Block {
  const payload = unseal(formats.event, place, value, blockVersion);
  if (payload.length <= hashBytes) throw new Damaged(`${describe(place)}: cut short`);
  const fields = Fields.of(payload.subarray(hashBytes), place);
  const people = fields.each((person) => person.text());
  let [position, at, v] = [fields.count(), fields.count(), fields.count()];
  const events: ArchivedEvent[] = [];
  let seq = lastNumberOf(place.key);
  do {
    const type = fields.oneOf(eventTypes);
    v += fields.count();
    at += fields.count();
    const head = { type, v, at, by: fields.oneOf(people), seq };
    position += fields.count();
    events.push({ position, event: readBody(fields, conversation, head, (person) => person.oneOf(people)) });
    seq += 1;
  } while (fields.more);
  return { events, hash: new Uint8Array(payload.subarray(0, hashBytes)) };
}

/** Numbers people in the order in which they are first met. */
class Places {
  readonly #places = new Map<PersonId, number>();

  get list(): PersonId[] {
    return [...this.#places.keys()];
  }

  of(person: PersonId): number {
    const place = this.#places.get(person) ?? this.#places.size;
    this.#places.set(person, place);
    return place;
  }
}
