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

/** Timeline and marks: conversation, then seq or `v` as u32. */
export function eventKey(conversation: Uint8Array, number: number): Buffer {
  const key = Buffer.allocUnsafe(idBytes + 4);
  key.set(conversation);
  key.writeUInt32BE(number, idBytes);
  return key;
}
export const eventNumberMax = 0xffff_ffff;
export function eventNumberOf(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, key.length).readUInt32BE(idBytes);
}

/** Index of members, and the outbox: person, conversation. */
export function memberKey(person: PersonId, conversation: Uint8Array): Buffer {
  return Buffer.concat([hashOf(person), conversation]);
}
/** Index of what conversations are about: kind, record id, conversation. */
export function recordKey(record: RecordRef, conversation: Uint8Array): Buffer {
  return Buffer.concat([recordPrefix(record), conversation]);
}
export function recordPrefix(record: RecordRef): Buffer {
  return Buffer.concat([Buffer.from([recordKinds.indexOf(record.kind)]), hashOf(record.id)]);
}

export function commandKey(person: PersonId, id: string): Buffer {
  return hashOf(`${person}\0${id}`);
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
