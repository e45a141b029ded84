/**
 * The bytes of every stored value: `[format byte][CRC32C, u32 big-endian][payload]`. The high half of the format byte
 * says what it is, the low half which version of its shape; a shape that was ever written stays readable. The checksum
 * covers format byte, key and payload, so that a value that turns up under another key is noticed. This frame itself
 * never changes: a newer version's value is told from a damaged one by its checksum being right.
 *
 * Payloads are MessagePack arrays, not maps: half the size, and names are not pinned by bytes. `test/journal/
 * format.test.ts` holds the bytes of every shape.
 */
import { Packr, Unpackr } from '../messagepack.ts';
import { crc32c } from '../runtime/crc32c.ts';
import { sha256 } from '../runtime/sha256.ts';
import { Damaged, Incompatible } from './journal.ts';
import { readUint32 } from './keys.ts';

/** What a value is: the high half of its format byte. */
export const formats = {
  frame: 0x10,
  partition: 0x20,
  event: 0x30,
  state: 0x40,
  command: 0x50,
  preferences: 0x60,
  outbox: 0x70,
  /** Index entries: the key says it all, the payload is empty. */
  index: 0x80,
  meta: 0x90,
  /** Records of a snapshot's files that no store holds. */
  snapshot: 0xa0,
  /** First page of a journal's segment. */
  segment: 0xb0,
  mails: 0xc0,
} as const;
export type Format = (typeof formats)[keyof typeof formats];

/** Kinds with more than the one version that all of them began with. */
const newest = new Map<Format, number>([
  [formats.event, 2],
  [formats.state, 2],
  [formats.command, 2],
  [formats.index, 3],
]);
const headBytes = 5;
/** Bytes of a running hash. */
export const hashBytes = 8;
/** The running hash before the first. */
export const noHash: Uint8Array = new Uint8Array(hashBytes);

/** Names a value for `Damaged`. */
export interface Place {
  /** As in `archive/timeline`. */
  readonly store: string;
  readonly key: Uint8Array;
}

export function describe(place: Place): string {
  return `${place.store} ${Buffer.from(place.key).toString('hex')}`;
}

/** `what` is wrong with the value there. */
export function damagedAt(place: Place, what: string): Damaged {
  return new Damaged(`${describe(place)}: ${what}`, place);
}

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' });

export function pack(value: unknown): Uint8Array {
  return packr.pack(value);
}

/** Throws `Damaged` on anything that is not MessagePack. Binary members alias `payload`. */
export function unpack(payload: Uint8Array, place: Place): unknown {
  try {
    return unpackr.unpack(payload);
  } catch {
    throw damagedAt(place, 'not MessagePack');
  }
}

export function seal(format: Format, key: Uint8Array, payload: Uint8Array, version = 1): Buffer {
  const value = Buffer.allocUnsafe(headBytes + payload.length);
  value[0] = format | version;
  value.set(payload, headBytes);
  value.writeUInt32BE(checksum(value, key), 1);
  return value;
}

/** Is a value of this kind and version? What its first byte says, which `unseal` has to confirm. */
export function isSealedAs(format: Format, version: number, value: Uint8Array): boolean {
  return value[0] === (format | version);
}

/** The payload, a view into `value`. Throws `Damaged`, or `Incompatible` for what a newer version wrote. */
export function unseal(format: Format, place: Place, value: Uint8Array, version = 1): Uint8Array {
  if (value.length < headBytes) throw damagedAt(place, 'cut short');
  if (readUint32(value, 1) !== checksum(value, place.key)) throw damagedAt(place, 'checksum differs');
  const byte = value[0] as number;
  if ((byte & 0xf0) !== format || byte === format) throw damagedAt(place, 'another kind of value');
  if ((byte & 0x0f) > (newest.get(format) ?? 1)) {
    throw new Incompatible(`${describe(place)}: written by a newer version (format ${byte & 0x0f})`);
  }
  if (byte !== (format | version)) throw damagedAt(place, 'another version of its kind');
  return value.subarray(headBytes);
}

function checksum(value: Uint8Array, key: Uint8Array): number {
  return crc32c(value, crc32c(key, crc32c(value, 0, 0, 1)), headBytes);
}

/** The head of the SHA-256 over what came before and these bytes. */
export function chain(previous: Uint8Array, bytes: Uint8Array): Uint8Array {
  const all = Buffer.allocUnsafe(previous.length + bytes.length);
  all.set(previous);
  all.set(bytes, previous.length);
  return new Uint8Array(sha256(all, hashBytes));
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
