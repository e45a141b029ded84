/**
 * Keys: fixed binary layouts, numbers big-endian so that byte order is numeric order. No user text goes into a key (law
 * 6): ids of people, records and commands are hashed to 16 bytes, and what is needed of them stands in the value.
 */
import { type ConversationId, type PersonId, type RecordRef, recordKinds } from '../conversation/commands.ts';
import { sha256 } from '../runtime/sha256.ts';

export const idBytes = 16;

/** The 16 bytes behind an id of 22 base64url characters; null for what is not one, spelt the one way it may be. */
export function conversationKey(id: ConversationId): Buffer | null {
  const bytes = Buffer.from(id, 'base64url');
  return bytes.length === idBytes && bytes.toString('base64url') === id ? bytes : null;
}

/** As `conversationKey`, for ids that this server made: anything else is a bug. */
export function requireConversationKey(id: ConversationId): Buffer {
  const key = conversationKey(id);
  if (key === null) throw new RangeError('not a conversation id');
  return key;
}

export function conversationOf(key: Uint8Array): ConversationId {
  return Buffer.from(key.buffer, key.byteOffset, idBytes).toString('base64url');
}

export function hashOf(text: string): Buffer {
  return sha256(text, idBytes);
}

/** Journal frames: partition u16, position of the first entry u64. */
export function frameKey(partition: number, first: number): Buffer {
  const key = Buffer.allocUnsafe(10);
  key.writeUInt16BE(partition, 0);
  key.writeBigUInt64BE(BigInt(first), 2);
  return key;
}
export function firstOf(key: Uint8Array): number {
  return Number(Buffer.from(key.buffer, key.byteOffset, key.length).readBigUInt64BE(2));
}
export function partitionKey(partition: number): Buffer {
  const key = Buffer.allocUnsafe(2);
  key.writeUInt16BE(partition, 0);
  return key;
}

/**
 * With what the keys of a conversation's rows begin: four bytes of ones and the conversation's number as u32. Numbers are
 * given in the order of starting, and all of them sort behind whatever else there is: so rows are added at the end of their
 * table, where pages fill up, and conversations of one time share pages. A conversation that an older version began has
 * its id in place of that.
 */
export function numberPrefix(number: number): Buffer {
  const prefix = Buffer.alloc(numberPrefixBytes, 0xff);
  prefix.writeUInt32BE(number, numberPrefixBytes - 4);
  return prefix;
}
export const numberPrefixBytes = 8;
export const conversationNumberMax = 0xffff_fffe;

/** Timeline and marks: the conversation's prefix, then the seq or `v` of the first event as u32. */
export function eventKey(prefix: Uint8Array, number: number): Buffer {
  const key = Buffer.allocUnsafe(prefix.length + 4);
  key.set(prefix);
  key.writeUInt32BE(number, prefix.length);
  return key;
}
export const eventNumberMax = 0xffff_ffff;
export function prefixOf(eventKey: Uint8Array): Uint8Array {
  return eventKey.subarray(0, eventKey.length - 4);
}

/** The number with which such a key, or a prefix of a number, ends. */
export function lastNumberOf(key: Uint8Array): number {
  return readUint32(key, key.length - 4);
}

/** Big-endian. `at` and the three behind it are in bounds. A view of its own for each number would cost more than it. */
export function readUint32(bytes: Uint8Array, at: number): number {
  const byte = (offset: number) => bytes[at + offset] as number;
  return ((byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3)) >>> 0;
}

/** Index of members: person, the conversation's prefix; the outbox: person, the conversation's id. */
export function memberKey(person: PersonId, conversation: Uint8Array): Buffer {
  return Buffer.concat([hashOf(person), conversation]);
}
/** Index of what conversations are about: kind, record id, the conversation's prefix. */
export function recordKey(record: RecordRef, conversation: Uint8Array): Buffer {
  return Buffer.concat([recordPrefix(record), conversation]);
}
export function recordPrefix(record: RecordRef): Buffer {
  return Buffer.concat([Buffer.from([recordKinds.indexOf(record.kind)]), hashOf(record.id)]);
}

/** How far the archive has got in a partition. */
export function coveredKey(partition: number): Buffer {
  return Buffer.concat([Buffer.from('c'), partitionKey(partition)]);
}

/** Null for another key of that table. */
export function partitionOfCovered(key: Uint8Array): number | null {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.length);
  return bytes.length === 3 && bytes.toString('latin1', 0, 1) === 'c' ? bytes.readUInt16BE(1) : null;
}

export function commandKey(person: PersonId, id: string): Buffer {
  return hashOf(`${person}\0${id}`);
}
/** The first 32 bits of a command's key. */
export function firstBits(commandKey: Uint8Array): number {
  return readUint32(commandKey, 0);
}
/**
 * The index of commands stands behind those with a row of their own, the log of them behind the index, so that its rows are
 * added at the end.
 */
export const commandIndexStart: Uint8Array = Buffer.from('fffffffe', 'hex');
export const commandLogStart: Uint8Array = Buffer.from('ffffffff', 'hex');
/** Buckets of the index: how many first bits (0 to 32) the commands in it have in common, then these bits. */
export function bucketKey(depth: number, bits: number): Buffer {
  const key = Buffer.allocUnsafe(9);
  key.set(commandIndexStart);
  key[4] = depth;
  key.writeUInt32BE(commonBits(depth, bits), 5);
  return key;
}
/** The first `depth` of 32 bits, then zeros. */
export function commonBits(depth: number, bits: number): number {
  // A shift by 32 would be one by none.
  return depth === 0 ? 0 : (bits & (-1 << (32 - depth))) >>> 0;
}
export const bucketDepthMax = 32;
/** What such a key says; null for another key of that table. */
export function bucketOf(key: Uint8Array): { readonly depth: number; readonly bits: number } | null {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.length);
  if (bytes.length !== 9 || bytes.indexOf(commandIndexStart) !== 0) return null;
  return { depth: bytes.readUInt8(4), bits: bytes.readUInt32BE(5) };
}
/** Rows of the log of commands: numbers grow in the order of writing. */
export function logKey(number: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.set(commandLogStart);
  key.writeUInt32BE(number, 4);
  return key;
}

/** The first key behind all that begin with `prefix`: an exclusive end. */
export function after(prefix: Uint8Array): Buffer {
  const end = Buffer.from(prefix);
  for (let at = end.length - 1; at >= 0; at -= 1) {
    const byte = end[at] as number;
    if (byte < 0xff) {
      end[at] = byte + 1;
      return end.subarray(0, at + 1);
    }
  }
  return Buffer.alloc(prefix.length + 1, 0xff);
}
