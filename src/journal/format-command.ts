/**
 * The memory of commands as bytes. In the archive many stand in one row, a bucket; a snapshot, and archives until data
 * directories of format 3, have one row for each.
 */
import type { Answer, Position } from './entry.ts';
import { Fields } from './fields.ts';
import { describe, formats, isSealedAs, type Place, pack, seal, sealBytes, unseal } from './format.ts';
import { answerMember, readAnswer } from './format-entry.ts';
import { Damaged } from './journal.ts';
import { conversationKey, conversationOf, idBytes } from './keys.ts';

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

/** `formats.command` as buckets; version 1 is one command. */
const bucketVersion = 2;
/** Before each record: the command's key, and the record's length as u16. */
const headBytes = idBytes + 2;

/** A command in a bucket, as it stands there. */
export interface Bucketed {
  readonly key: Uint8Array;
  readonly record: Uint8Array;
}

export function isBucket(value: Uint8Array): boolean {
  return isSealedAs(formats.command, bucketVersion, value);
}

export function isEmptyBucket(value: Uint8Array): boolean {
  return isBucket(value) && value.length === sealBytes;
}

/** Payload: key, length and record of each command. */
export function encodeBucket(key: Uint8Array, commands: Iterable<Bucketed>): Buffer {
  const parts: Uint8Array[] = [];
  for (const { key: command, record } of commands) {
    const length = Buffer.allocUnsafe(2);
    length.writeUInt16BE(record.length);
    parts.push(command, length, record);
  }
  return seal(formats.command, key, Buffer.concat(parts), bucketVersion);
}

/** Views into `value`. */
export function* commandsInBucket(place: Place, value: Uint8Array): Iterable<Bucketed> {
  const payload = unseal(formats.command, place, value, bucketVersion);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  let at = 0;
  while (at < payload.length) {
    const begin = at + headBytes;
    const end = begin > payload.length ? begin : begin + view.getUint16(at + idBytes);
    if (end > payload.length) throw new Damaged(`${describe(place)}: cut short`);
    yield { key: payload.subarray(at, at + idBytes), record: payload.subarray(begin, end) };
    at = end;
  }
}

/** Bytes that a command takes up in a bucket. */
export function bytesInBucket({ record }: Bucketed): number {
  return headBytes + record.length;
}

/** Hash of the body (16 bytes), then an array: time, partition, position, and the answer's members. */
export function encodeRecord({ bodyHash, answer, at, partition, position }: CommandRecord): Uint8Array {
  return Buffer.concat([bodyHash, pack([at, partition, position, ...answerMembers(answer, at)])]);
}

export function decodeRecord(place: Place, record: Uint8Array): CommandRecord {
  const fields = Fields.of(record.subarray(idBytes), place);
  const bodyHash = new Uint8Array(record.subarray(0, idBytes));
  const [at, partition, position] = [fields.count(), fields.count(), fields.count()];
  const answer = readAnswerMembers(fields, at);
  fields.end();
  return { bodyHash, answer, at, partition, position };
}

/** The answers to nearly all commands, to `reply` and `start`, are a seq, or a seq and a conversation, and their time. */
function answerMembers(answer: Answer, at: number): unknown[] {
  if ('ok' in answer && answer.ok.at === at) {
    const { seq, conversation, at: _, ...others } = answer.ok;
    const isShort = typeof seq === 'number' && Object.keys(others).length === 0;
    if (isShort && conversation === undefined) return [seq];
    const key = typeof conversation === 'string' ? conversationKey(conversation) : null;
    if (isShort && key !== null) return [seq, key];
  }
  return [answerMember(answer)];
}

function readAnswerMembers(fields: Fields, at: number): Answer {
  if (!fields.isCount) return readAnswer(fields);
  const seq = fields.count();
  return fields.more ? { ok: { conversation: conversationOf(fields.bytes(idBytes)), seq, at } } : { ok: { seq, at } };
}
