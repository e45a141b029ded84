/**
 * Events as bytes. An array that begins with the event's code; the conversation is not in it, because the key or the
 * journal entry around it says which one it is. In history each event stands behind the running hash of its
 * conversation, so that a lost, doubled or swapped event is noticed and not only a flipped bit.
 */
import { type ConversationId, recordKinds } from '../conversation/commands.ts';
import type { ConversationEvent } from '../conversation/events.ts';
import type { ArchivedEvent } from './entry.ts';
import { Fields } from './fields.ts';
import { chain, describe, formats, hashBytes, type Place, pack, seal, unseal } from './format.ts';
import { Damaged } from './journal.ts';

/** The position in this list is the code on disk: append only. */
const types = ['started', 'replied', 'joined', 'left', 'read', 'deleted'] as const;

export function eventMembers(event: ConversationEvent): unknown[] {
  const head = [types.indexOf(event.type), event.v, event.at, event.by];
  switch (event.type) {
    case 'started': {
      const about = event.about === null ? null : [recordKinds.indexOf(event.about.kind), event.about.id];
      return [...head, event.seq, event.text, event.people, about, event.private];
    }
    case 'replied':
      return [...head, event.seq, event.text];
    case 'joined':
      return [...head, event.seq, event.who];
    case 'left':
      return [...head, event.seq];
    case 'read':
    case 'deleted':
      return [...head, event.upTo];
  }
}

export function readEvent(fields: Fields, conversation: ConversationId): ConversationEvent {
  const type = fields.oneOf(types);
  const head = { v: fields.count(), at: fields.count(), by: fields.text() };
  const event = readBody(fields, type, head, conversation);
  fields.end();
  return event;
}

function readBody(
  fields: Fields,
  type: (typeof types)[number],
  head: { v: number; at: number; by: string },
  conversation: ConversationId,
): ConversationEvent {
  switch (type) {
    case 'started': {
      const start = { seq: fields.count(), text: fields.text(), people: fields.each((person) => person.text()) };
      const about = fields.fieldsOrNull();
      const record = about === null ? null : { kind: about.oneOf(recordKinds), id: about.text() };
      return { type, ...head, conversation, ...start, about: record, private: fields.flag() };
    }
    case 'replied':
      return { type, ...head, seq: fields.count(), text: fields.text() };
    case 'joined':
      return { type, ...head, seq: fields.count(), who: fields.text() };
    case 'left':
      return { type, ...head, seq: fields.count() };
    case 'read':
    case 'deleted':
      return { type, ...head, upTo: fields.count() };
  }
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
