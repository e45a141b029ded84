/** What the archive keeps beside history and commands, as bytes: states, preferences, the outbox and what became of it, indexes. */
import type { ConversationId, Micros, PersonId } from '../conversation/commands.ts';
import type { ConversationState, Member, Stint } from '../conversation/state.ts';
import { currentStint } from '../conversation/visibility.ts';
import { type MailRecord, mailOutcomes, type OutboxRow, type StoredState } from './archive.ts';
import type { AlertPreferences } from './entry.ts';
import { Fields } from './fields.ts';
import { describe, formats, hashBytes, isSealedAs, type Place, pack, seal, unseal } from './format.ts';
import { boxesToNumber, readBoxes } from './format-entry.ts';
import { readRecord, recordMember } from './format-event.ts';
import { Damaged } from './journal.ts';
import { conversationOf, idBytes, requireConversationKey } from './keys.ts';

/** A stored state with what the archive adds: whose partition's positions these are, and the running hash at `v`. */
export interface StateRecord {
  readonly stored: StoredState;
  readonly partition: number;
  readonly hash: Uint8Array;
}

/** `formats.state` with the id in it, under the conversation's prefix; version 1 stands under the id. */
const stateVersion = 2;

/** Payload: the id (16 bytes), then an array in which times are distances from the earliest of them. */
export function encodeState(key: Uint8Array, { stored, partition, hash }: StateRecord): Buffer {
  const { state, position } = stored;
  const { lastMessage } = state;
  let earliest = lastMessage.at;
  for (const { joinedAt, lastSeen } of state.members.values()) {
    earliest = Math.min(earliest, joinedAt, lastSeen?.at ?? joinedAt);
  }
  const members: unknown[] = [];
  for (const [person, member] of state.members) members.push(...memberMembers(person, member, earliest));
  const payload = pack([
    partition,
    position,
    hash,
    recordMember(state.about),
    state.private,
    state.v,
    state.head,
    earliest,
    lastMessage.seq,
    lastMessage.at - earliest,
    members,
    [...state.members.keys()].indexOf(state.starter),
    distances(state.notices),
  ]);
  return seal(formats.state, key, Buffer.concat([requireConversationKey(state.id), payload]), stateVersion);
}

/** Throws `Damaged`. */
export function decodeState(place: Place, value: Uint8Array): StateRecord {
  if (isSealedAs(formats.state, 1, value)) return decodeFirstState(place, value);
  const payload = unseal(formats.state, place, value, stateVersion);
  const fields = Fields.of(payload.subarray(idBytes), place);
  const partition = fields.count();
  const position = fields.count();
  const hash = fields.bytes(hashBytes);
  const about = readRecord(fields);
  const isPrivate = fields.flag();
  const [v, head, earliest] = [fields.count(), fields.count(), fields.count()];
  const lastMessage = { seq: fields.count(), at: earliest + fields.count() };
  const members = new Map(fields.each((member) => readMember(member, earliest)));
  const starter = fields.oneOf([...members.keys()]);
  const notices = readDistances(fields);
  fields.end();
  const { current, hidden } = countsOf(members);
  const id = conversationOf(payload);
  // All at once: a state put together of parts takes a third longer to read.
  const state = { id, starter, about, private: isPrivate, v, head, lastMessage, members, current, hidden, notices };
  return { stored: { state, position }, partition, hash };
}

/** The id alone, at less than half the cost. */
export function idInState(place: Place, value: Uint8Array): ConversationId {
  if (isSealedAs(formats.state, 1, value)) return conversationOf(place.key);
  return conversationOf(unseal(formats.state, place, value, stateVersion));
}

/** As it was until data directories of format 3. `place.key` is the conversation's key. */
function decodeFirstState(place: Place, value: Uint8Array): StateRecord {
  const fields = Fields.of(unseal(formats.state, place, value), place);
  const partition = fields.count();
  const position = fields.count();
  const hash = fields.bytes(hashBytes);
  const starter = fields.text();
  const about = readRecord(fields);
  const head = { private: fields.flag(), v: fields.count(), head: fields.count() };
  const last = fields.fields();
  const lastMessage = { seq: last.count(), at: last.count() };
  const members = new Map(fields.each((member) => readMember(member.fields(), 0)));
  const notices = readDistances(fields);
  fields.end();
  const state = { id: conversationOf(place.key), starter, about, ...head, lastMessage, members, notices };
  return { stored: { state: { ...state, ...countsOf(members) }, position }, partition, hash };
}

/** What a state holds beside its members only so that nobody has to count them. */
function countsOf(members: ConversationState['members']): Pick<ConversationState, 'current' | 'hidden'> {
  let current = 0;
  let hidden = 0;
  for (const member of members.values()) {
    if (currentStint(member) === null) continue;
    current += 1;
    if (!member.copy) hidden += 1;
  }
  return { current, hidden };
}

/** Each number less the one before: a conversation's many notices cost a byte or two each. */
function distances(ascending: readonly number[]): number[] {
  return ascending.map((seq, index) => seq - (ascending[index - 1] ?? 0));
}
function readDistances(fields: Fields): number[] {
  let seq = 0;
  return fields.each((distance) => (seq += distance.count()));
}

function memberMembers(person: PersonId, member: Member, earliest: Micros): unknown[] {
  const { lastSeen } = member;
  return [
    person,
    member.stints.flatMap((stint) => [stint.from, stint.to]),
    member.joinedAt - earliest,
    member.readUpTo,
    member.deletedUpTo,
    member.copy,
    lastSeen === null ? null : [lastSeen.seq, lastSeen.at - earliest],
  ];
}
function readMember(fields: Fields, earliest: Micros): [PersonId, Member] {
  const person = fields.text();
  const stints: Stint[] = fields.each((stint) => ({ from: stint.count(), to: stint.countOrNull() }));
  const [joinedAt, readUpTo, deletedUpTo] = [earliest + fields.count(), fields.count(), fields.count()];
  const copy = fields.flag();
  const last = fields.fieldsOrNull();
  const lastSeen = last === null ? null : { seq: last.count(), at: earliest + last.count() };
  return [person, { stints, joinedAt, readUpTo, deletedUpTo, copy, lastSeen }];
}

/** `formats.index` from a conversation's id to its number. */
const numberVersion = 2;

export function encodeNumber(key: Uint8Array, number: number): Buffer {
  return seal(formats.index, key, pack([number]), numberVersion);
}
export function decodeNumber(place: Place, value: Uint8Array): number {
  const fields = Fields.of(unseal(formats.index, place, value, numberVersion), place);
  const number = fields.count();
  fields.end();
  return number;
}
export function isNumber(value: Uint8Array): boolean {
  return isSealedAs(formats.index, numberVersion, value);
}

export function encodePreferences(key: Uint8Array, person: string, boxes: AlertPreferences): Buffer {
  return seal(formats.preferences, key, pack([person, boxesToNumber(boxes)]));
}
export function decodePreferences(place: Place, value: Uint8Array): { person: string; boxes: AlertPreferences } {
  const fields = Fields.of(unseal(formats.preferences, place, value), place);
  const preferences = { person: fields.text(), boxes: readBoxes(fields) };
  fields.end();
  return preferences;
}

const outboxKinds = ['conversation', 'message'] as const;

/** `key`: person's hash, conversation. */
export function encodeOutbox(key: Uint8Array, row: OutboxRow): Buffer {
  const payload = pack([row.person, row.from, row.to, outboxKinds.indexOf(row.kind), row.dueAt]);
  return seal(formats.outbox, key, payload);
}
export function decodeOutbox(place: Place, value: Uint8Array): OutboxRow {
  const fields = Fields.of(unseal(formats.outbox, place, value), place);
  const conversation = conversationOf(place.key.subarray(idBytes));
  const row = { person: fields.text(), conversation, from: fields.count(), to: fields.count() };
  const rest = { kind: fields.oneOf(outboxKinds), dueAt: fields.count() };
  fields.end();
  return { ...row, ...rest };
}

/** `key`: person's hash, conversation. Oldest first. */
export function encodeMails(key: Uint8Array, records: readonly MailRecord[]): Buffer {
  return seal(formats.mails, key, pack([records.map(mailMembers)]));
}
export function decodeMails(place: Place, value: Uint8Array): MailRecord[] {
  const fields = Fields.of(unseal(formats.mails, place, value), place);
  const records = fields.each((record) => readMail(record.fields()));
  fields.end();
  return records;
}

function mailMembers({ from, to, kind, at, v, outcome, code, boxes }: MailRecord): unknown[] {
  const { conversations, messages } = boxes;
  return [from, to, outboxKinds.indexOf(kind), at, v, mailOutcomes.indexOf(outcome), code, conversations, messages];
}
function readMail(fields: Fields): MailRecord {
  const row = { from: fields.count(), to: fields.count(), kind: fields.oneOf(outboxKinds) };
  const how = { at: fields.count(), v: fields.count(), outcome: fields.oneOf(mailOutcomes), code: fields.textOrNull() };
  const boxes = { conversations: fields.flag(), messages: fields.flag() };
  fields.end();
  return { ...row, ...how, boxes };
}

/** Index entries say all in their key; the value guards it. */
export function encodeIndex(key: Uint8Array): Buffer {
  return seal(formats.index, key, nothing);
}
export function checkIndex(place: Place, value: Uint8Array): void {
  if (unseal(formats.index, place, value).length > 0)
    throw new Damaged(`${describe(place)}: an index entry with a value`);
}
const nothing = new Uint8Array(0);
