/**
 * The memory of commands as bytes. In the archive many stand in one row of a log, with an index; a snapshot, and archives
 * until data directories of format 3, have one row for each.
 */
import type { Answer, Position } from './entry.ts';
import { Fields } from './fields.ts';
import { damagedAt, describe, formats, isSealedAs, type Place, pack, seal, unpack, unseal } from './format.ts';
import { answerMember, readAnswer } from './format-entry.ts';
import { Damaged } from './journal.ts';
import { conversationKey, conversationOf, idBytes, readUint32 } from './keys.ts';

/** The memory of a command under the hash of person and id, which therefore need not stand in it. */
export interface CommandRecord {
  readonly bodyHash: Uint8Array;
  readonly answer: Answer;
  readonly at: number;
  readonly partition: number;
  readonly position: Position;
}

export function encodeCommand(key: Uint8Array, record: CommandRecord): Buffer {
  const { bodyHash, answer, at, partition, position } = record;
  return seal(formats.command, key, pack([bodyHash, answerMember(answer), at, partition, position]));
}
export function decodeCommand(place: Place, value: Uint8Array): CommandRecord {
  const fields = Fields.of(unseal(formats.command, place, value), place);
  const record = {
    bodyHash: fields.bytes(idBytes),
    answer: readAnswer(fields),
    at: fields.count(),
    partition: fields.count(),
    position: fields.count(),
  };
  fields.end();
  return record;
}

/** `formats.command` as rows of the log; version 1 is one command. */
const logVersion = 2;
/** A command's key and the hash of its body, which come before all the rest in a row of the log. */
const hashesBytes = 2 * idBytes;

export interface KeyedCommand {
  readonly key: Uint8Array;
  readonly record: CommandRecord;
}

export function isLogRow(value: Uint8Array): boolean {
  return isSealedAs(formats.command, logVersion, value);
}

/**
 * Payload: number of commands (u16), their keys and bodies' hashes, then an array: of each the partition, time and position
 * less the least of the row, which stand before them, and the answer. At least one command.
 */
export function encodeLogRow(key: Uint8Array, commands: readonly KeyedCommand[]): Buffer {
  const count = Buffer.allocUnsafe(2);
  count.writeUInt16BE(commands.length);
  const hashes = commands.flatMap(({ key: command, record }) => [command, record.bodyHash]);
  const at = Math.min(...commands.map(({ record }) => record.at));
  const position = Math.min(...commands.map(({ record }) => record.position));
  const members = commands.flatMap(({ record }) => {
    const answer = shortAnswer(record.answer, record.at);
    return [record.partition, record.at - at, record.position - position, answer];
  });
  return seal(formats.command, key, Buffer.concat([count, ...hashes, pack([at, position, ...members])]), logVersion);
}

/** The commands' keys alone: what stands behind the hashes costs ten times as much. Throws `Damaged`. */
export function keysInLogRow(place: Place, value: Uint8Array): Uint8Array[] {
  return hashesInLogRow(place, value).hashes.map(({ key }) => key);
}

export function decodeLogRow(place: Place, value: Uint8Array): KeyedCommand[] {
  const { hashes, rest } = hashesInLogRow(place, value);
  const fields = Fields.of(rest, place);
  const [at, position] = [fields.count(), fields.count()];
  const commands = hashes.map(({ key, bodyHash }): KeyedCommand => {
    const head = { partition: fields.count(), at: at + fields.count(), position: position + fields.count() };
    return { key, record: { bodyHash, ...head, answer: readShortAnswer(fields, head.at) } };
  });
  fields.end();
  return commands;
}

/** The hashes with which a row begins, and what stands behind them. */
function hashesInLogRow(place: Place, value: Uint8Array) {
  const payload = unseal(formats.command, place, value, logVersion);
  if (payload.length < 2) throw damagedAt(place, 'cut short');
  const count = new DataView(payload.buffer, payload.byteOffset).getUint16(0);
  const end = 2 + count * hashesBytes;
  if (payload.length <= end) throw damagedAt(place, 'cut short');
  const hashes = Array.from({ length: count }, (_, nth) => {
    const from = 2 + nth * hashesBytes;
    const key = new Uint8Array(payload.subarray(from, from + idBytes));
    return { key, bodyHash: new Uint8Array(payload.subarray(from + idBytes, from + hashesBytes)) };
  });
  return { hashes, rest: payload.subarray(end) };
}

/** The answers to nearly all commands, to `reply` and `start`, are a seq, or a seq and a conversation, and their time. */
function shortAnswer(answer: Answer, at: number): unknown {
  if ('ok' in answer && answer.ok.at === at) {
    const { seq, conversation, at: _, ...others } = answer.ok;
    const isShort = typeof seq === 'number' && Object.keys(others).length === 0;
    if (isShort && conversation === undefined) return seq;
    const key = typeof conversation === 'string' ? conversationKey(conversation) : null;
    if (isShort && key !== null) return [seq, key];
  }
  return answerMember(answer);
}

/** An answer alone, as it is in a row of the log; `at`: the command's time. */
export function encodeAnswer(answer: Answer, at: number): Uint8Array {
  return pack(shortAnswer(answer, at));
}
/** Of bytes that never left memory: none can be damaged. */
export function decodeAnswer(bytes: Uint8Array, at: number): Answer {
  return readShortAnswer(new Fields([unpack(bytes, inMemory)], inMemory), at);
}
const inMemory: Place = { store: 'memory', key: new Uint8Array(0) };

function readShortAnswer(fields: Fields, at: number): Answer {
  if (fields.isCount) return { ok: { seq: fields.count(), at } };
  if (!fields.isArray) return readAnswer(fields);
  const start = fields.fields();
  const seq = start.count();
  const answer = { ok: { conversation: conversationOf(start.bytes(idBytes)), seq, at } };
  start.end();
  return answer;
}

/** `formats.index` from the first bits of commands' keys to rows of the log. */
const bucketVersion = 3;
const entryBytes = 8;

export interface CommandEntry {
  /** The first 32 of the command's key. */
  readonly bits: number;
  /** Number of the row in the log. */
  readonly row: number;
}

export function isBucket(value: Uint8Array): boolean {
  return isSealedAs(formats.index, bucketVersion, value);
}

/** Payload: of each entry the bits and the row's number, u32 both. */
export function encodeBucket(key: Uint8Array, entries: readonly CommandEntry[]): Buffer {
  const payload = Buffer.allocUnsafe(entries.length * entryBytes);
  for (const [nth, { bits, row }] of entries.entries()) {
    payload.writeUInt32BE(bits, nth * entryBytes);
    payload.writeUInt32BE(row, nth * entryBytes + 4);
  }
  return seal(formats.index, key, payload, bucketVersion);
}

export function decodeBucket(place: Place, value: Uint8Array): CommandEntry[] {
  const payload = bucketPayload(place, value);
  const entries: CommandEntry[] = [];
  for (let at = 0; at < payload.length; at += entryBytes) {
    entries.push({ bits: readUint32(payload, at), row: readUint32(payload, at + 4) });
  }
  return entries;
}

/** The rows of the entries with these bits alone: nearly always none, because nearly every command is a new one. */
export function rowsInBucket(place: Place, value: Uint8Array, bits: number): number[] {
  const payload = bucketPayload(place, value);
  const rows: number[] = [];
  for (let at = 0; at < payload.length; at += entryBytes) {
    if (readUint32(payload, at) === bits) rows.push(readUint32(payload, at + 4));
  }
  return rows;
}

function bucketPayload(place: Place, value: Uint8Array): Uint8Array {
  const payload = unseal(formats.index, place, value, bucketVersion);
  if (payload.length % entryBytes > 0) throw new Damaged(`${describe(place)}: cut short`);
  return payload;
}
