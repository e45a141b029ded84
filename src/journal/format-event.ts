/**
 * Events as bytes. An array that begins with the event's code; the conversation is not in it, because the key or the
 * journal entry around it says which one it is. In history each event stands behind the running hash of its
 * conversation, so that a lost, doubled or swapped event is noticed and not only a flipped bit.
 */
import { type ConversationId, type PersonId, type RecordRef, recordKinds } from '../conversation/commands.ts';
import type { ConversationEvent } from '../conversation/events.ts';
import type { ArchivedEvent } from './entry.ts';
import { Fields } from './fields.ts';
import { chain, describe, formats, hashBytes, type Place, pack, seal, unseal } from './format.ts';
import { Damaged } from './journal.ts';

/** The position in this list is the code on disk: append only. */
export const eventTypes = ['started', 'replied', 'joined', 'left', 'read', 'deleted', 'erased'] as const;
export type EventType = (typeof eventTypes)[number];

export function eventMembers(event: ConversationEvent): unknown[] {
  const head = [eventTypes.indexOf(event.type), event.v, event.at, event.by];
  return [...head, ...('seq' in event ? [event.seq] : []), ...bodyMembers(event, (person) => person)];
}

/** What stands behind an event's head and seq; `member`: how a person is referred to there. */
export function bodyMembers(event: ConversationEvent, member: (person: PersonId) => unknown): unknown[] {
  switch (event.type) {
    case 'started':
      return [event.text, event.people.map(member), recordMember(event.about), event.private];
    case 'replied':
      return [event.text];
    case 'joined':
      return [member(event.who)];
    case 'left':
      return [];
    case 'read':
    case 'deleted':
      return [event.upTo];
    case 'erased':
      return [event.seqs];
  }
}

export function readEvent(fields: Fields, conversation: ConversationId): ConversationEvent {
  const type = fields.oneOf(eventTypes);
  const head = { v: fields.count(), at: fields.count(), by: fields.text() };
  const seq = hasSeq(type) ? fields.count() : 0;
  const event = readBody(fields, conversation, { type, ...head, seq }, (person) => person.text());
  fields.end();
  return event;
}

function hasSeq(type: EventType): boolean {
  return type !== 'read' && type !== 'deleted' && type !== 'erased';
}

export interface EventHead {
  readonly type: EventType;
  readonly v: number;
  readonly at: number;
  readonly by: PersonId;
  /** Of no meaning for a mark. */
  readonly seq: number;
}

/** The event with the members that `bodyMembers` made. */
export function readBody(
  fields: Fields,
  conversation: ConversationId,
  { type, seq, ...head }: EventHead,
  readPerson: (fields: Fields) => PersonId,
): ConversationEvent {
  switch (type) {
    case 'started': {
      const start = { seq, text: fields.textOrNull(), people: fields.each(readPerson) };
      return { type, ...head, conversation, ...start, about: readRecord(fields), private: fields.flag() };
    }
    case 'replied':
      return { type, ...head, seq, text: fields.textOrNull() };
    case 'joined':
      return { type, ...head, seq, who: readPerson(fields) };
    case 'left':
      return { type, ...head, seq };
    case 'read':
    case 'deleted':
      return { type, ...head, upTo: fields.count() };
    case 'erased':
      return { type, ...head, seqs: fields.counts() };
  }
}

/** What a conversation is about, as one member. */
export function recordMember(about: RecordRef | null): unknown {
  return about === null ? null : [recordKinds.indexOf(about.kind), about.id];
}
export function readRecord(fields: Fields): RecordRef | null {
  const about = fields.fieldsOrNull();
  return about === null ? null : { kind: about.oneOf(recordKinds), id: about.text() };
}

/** An event of history and the running hash of its conversation up to and with it. */
export interface EventRecord {
  readonly archived: ArchivedEvent;
  readonly hash: Uint8Array;
}

/** Payload: running hash (8 bytes), then the array of the position and the event's members. */
export function encodeEvent(key: Uint8Array, previous: Uint8Array, archived: ArchivedEvent): EncodedEvent {
  const members = pack([archived.position, ...eventMembers(archived.event)]);
  const hash = chain(previous, members);
  return { value: seal(formats.event, key, Buffer.concat([hash, members])), hash };
}
export interface EncodedEvent {
  readonly value: Buffer;
  readonly hash: Uint8Array;
}

export function decodeEvent(place: Place, conversation: ConversationId, value: Uint8Array): EventRecord {
  const payload = eventPayload(place, value);
  const fields = Fields.of(payload.subarray(hashBytes), place);
  const position = fields.count();
  return {
    archived: { position, event: readEvent(fields, conversation) },
    hash: new Uint8Array(payload.subarray(0, hashBytes)),
  };
}

/** Throws `Damaged` unless the event follows the one that left `previous`; returns its own running hash. */
export function follow(place: Place, previous: Uint8Array, value: Uint8Array): Uint8Array {
  const payload = eventPayload(place, value);
  const hash = chain(previous, payload.subarray(hashBytes));
  if (Buffer.compare(hash, payload.subarray(0, hashBytes)) !== 0) {
    throw new Damaged(`${describe(place)}: does not follow the event before it`);
  }
  return hash;
}

function eventPayload(place: Place, value: Uint8Array): Uint8Array {
  const payload = unseal(formats.event, place, value);
  if (payload.length <= hashBytes) throw new Damaged(`${describe(place)}: cut short`);
  return payload;
}
