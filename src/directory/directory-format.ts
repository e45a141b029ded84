/**
 * The bytes of the directory on disk.
 *
 * Key: 'p' or 'r', then the first 16 bytes of SHA-256 over what it names, so that no user text is in keys; the key
 * 'v' holds the version. 'h', the key of a person or record, and a time (u64, big endian): the period of their rights
 * that ended then. Value: format byte, CRC32C (little endian) over key and payload, payload in JSON. The key is part of
 * the checksum: a value at another's place is damage too.
 */
import { createHash } from 'node:crypto';
import { crc32c } from '../runtime/crc32c.ts';
import type { Past, Present } from './directory-past.ts';
import { DirectoryDamaged, type StoredPerson, type StoredRecord, type StoredVersion } from './directory-store.ts';
import type { CrmRecord, Person, RecordKey } from './entities.ts';

/** 1: people and records without the time since which their rights hold. */
const format = 2;
const formatsRead: readonly number[] = [1, format];
const headerBytes = 5;
export const versionKey = Buffer.from('v');
const pastTag = 0x68;

/** What a row is about, by its key. */
export function kindOf(key: Buffer): 'version' | 'past' | 'person' | 'record' {
  if (key[0] === 0x76) return 'version';
  if (key[0] === pastTag) return 'past';
  return key[0] === 0x70 ? 'person' : 'record';
}

function hashed(type: 'p' | 'r', named: string): Buffer {
  const digest = createHash('sha256').update(named).digest();
  return Buffer.concat([Buffer.from(type), digest.subarray(0, 16)]);
}
export const personKey = (id: string) => hashed('p', id);
// A kind holds no slash, so that no two records share a name.
export const recordKey = ({ kind, id }: RecordKey) => hashed('r', `${kind}/${id}`);

/** `to`: when the period ended. */
export function pastKey(key: Buffer, to: number): Buffer {
  const place = Buffer.alloc(1 + key.length + 8);
  place[0] = pastTag;
  key.copy(place, 1);
  place.writeBigUInt64BE(BigInt(to), 1 + key.length);
  return place;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export function payloadOfPerson(version: number, person: Person, { since, isFirst }: Present<unknown>): Json {
  return [version, person.id, person.first, person.last, person.email, person.active, since, isFirst];
}
export function payloadOfRecord(
  version: number,
  { kind, id }: RecordKey,
  record: CrmRecord | null,
  { since, isFirst }: Present<unknown>,
): Json {
  const { name = null, view = null, edit = null } = record ?? {};
  return [version, kind, id, name, view, edit, since, isFirst];
}

export function versionFrom(payload: unknown): StoredVersion {
  const [version, completeSince] = payload as [number, number];
  return { version, completeSince };
}
export function personFrom(payload: unknown): StoredPerson {
  const [version, id, first, last, email, active] = payload as [number, string, string, string, string | null, boolean];
  return { version, person: Object.freeze({ id, first, last, email, active }) };
}
export function recordFrom(payload: unknown): StoredRecord {
  const fields = payload as [number, CrmRecord['kind'], string, string?, CrmRecord['view']?, CrmRecord['edit']?];
  const [version, kind, id, name, view, edit] = fields;
  const key = Object.freeze({ kind, id });
  if (name == null || view == null || edit == null) return { version, key, record: null };
  return { version, key, record: Object.freeze({ kind, id, name, view, edit }) };
}

/** Of a person's or a record's payload. */
export function sinceFrom(payload: unknown, behind: number): Pick<Present<unknown>, 'since' | 'isFirst'> {
  const [since = null, isFirst = false] = (payload as unknown[]).slice(behind) as [(number | null)?, boolean?];
  return { since, isFirst };
}

export function payloadOfPast({ from, to, was, isFirst }: Past<object>): Json {
  return [from, to, was as Json, isFirst];
}
export function pastFrom<T>(payload: unknown): Past<T> {
  const [from, to, was, isFirst] = payload as [number, number, T | null, boolean];
  return { from, to, was, isFirst };
}

export function seal(key: Buffer, payload: Json): Buffer {
  const body = Buffer.from(JSON.stringify(payload));
  const value = Buffer.allocUnsafe(headerBytes + body.length);
  value[0] = format;
  value.writeUInt32LE(crc32c(body, crc32c(key)), 1);
  body.copy(value, headerBytes);
  return value;
}

export function unseal(key: Buffer, value: Buffer): unknown {
  const damaged = (what: string) => new DirectoryDamaged(`directory: value at ${key.toString('hex')}: ${what}`);
  if (value.length < headerBytes) throw damaged('it is cut short');
  if (!formatsRead.includes(value[0] as number)) throw damaged(`its format ${value[0]} is not known to this version`);
  const body = value.subarray(headerBytes);
  if (crc32c(body, crc32c(key)) !== value.readUInt32LE(1)) throw damaged('its checksum does not fit');
  // What the checksum vouches for was written by `seal`.
  return JSON.parse(body.toString());
}
