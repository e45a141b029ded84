/**
 * What a client's bytes must be before anything decodes them: exactly one MessagePack map of plain values, within
 * bounds. One pass, no recursion, nothing allocated by what a length field claims, so that a frame costs at most what
 * its bytes do. Refused: extension types, binary values, keys that are no strings, a key twice in one map, `__proto__`,
 * strings that are no UTF-8, bytes missing or left over.
 */
import { limits } from '../limits.ts';

export interface Scan {
  readonly ok: boolean;
  /** The top map's `id`, where it was read before any fault and is one; so an error can name its request. */
  readonly id: string | undefined;
}

/** Open containers, innermost last: values still missing, and for a map where its keys are (array: null). */
interface Level {
  missing: number;
  keys: Key[] | null;
  /** Of a map: is the next value a key? */
  atKey: boolean;
}
interface Key {
  readonly from: number;
  readonly to: number;
}

/** What the byte at the head of a value says of it. */
type Head = 'bad' | 'scalar' | 'string' | 'array' | 'map';

/** Where the head just read ends, and its size: bytes of a scalar or string, elements of a container. */
interface Cursor {
  at: number;
  size: number;
}

const idKey = [0x69, 0x64];
const protoKey = [...'__proto__'].map((letter) => letter.charCodeAt(0));

/** `bytes` is only read, and not kept. Never throws. */
export function prescan(bytes: Uint8Array): Scan {
  const levels: Level[] = [];
  const cursor: Cursor = { at: 0, size: 0 };
  let elements = 0;
  let id: string | undefined;
  let valueOfId = false;
  const bad = (): Scan => ({ ok: false, id });
  do {
    if (++elements > limits.frameMaxElements) return bad();
    const start = cursor.at;
    const head = readHead(bytes, cursor);
    const level = levels[levels.length - 1];
    if (head === 'bad' || (level === undefined && head !== 'map')) return bad();
    if (level?.atKey && head !== 'string') return bad();
    if (head === 'scalar' || head === 'string') {
      const from = cursor.at;
      const to = from + cursor.size;
      if (to > bytes.length) return bad();
      if (head === 'string' && !isUtf8(bytes, from, to)) return bad();
      cursor.at = to;
      if (level?.keys != null && level.atKey) {
        if (!isNewKey(bytes, level.keys, { from, to })) return bad();
        valueOfId = levels.length === 1 && spells(bytes, from, to, idKey);
        level.atKey = false;
        level.missing -= 1;
        continue;
      }
      if (valueOfId && head === 'string') id = readId(bytes, from, to);
    }
    valueOfId = false;
    if (level !== undefined) {
      level.missing -= 1;
      level.atKey = level.keys !== null;
    }
    if (head === 'map' || head === 'array') {
      const missing = head === 'map' ? cursor.size * 2 : cursor.size;
      if (levels.length === limits.frameMaxDepth || missing > bytes.length - start) return bad();
      if (head === 'map' && cursor.size > limits.frameMapKeysMax) return bad();
      levels.push({ missing, keys: head === 'map' ? [] : null, atKey: head === 'map' });
    }
    while (levels[levels.length - 1]?.missing === 0) levels.pop();
  } while (levels.length > 0);
  return { ok: cursor.at === bytes.length, id };
}

/** Reads the head of the value at `cursor`, which moves behind it. Past the end every byte reads as undefined: bad. */
function readHead(bytes: Uint8Array, cursor: Cursor): Head {
  const byte = bytes[cursor.at++];
  if (byte === undefined) return 'bad';
  cursor.size = 0;
  if (byte <= 0x7f || byte >= 0xe0) return 'scalar';
  if (byte <= 0x8f) return sized(cursor, 'map', byte & 0x0f);
  if (byte <= 0x9f) return sized(cursor, 'array', byte & 0x0f);
  if (byte <= 0xbf) return sized(cursor, 'string', byte & 0x1f);
  switch (byte) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return 'scalar';
    case 0xca: // float 32
      return sized(cursor, 'scalar', 4);
    case 0xcb: // float 64
      return sized(cursor, 'scalar', 8);
    case 0xcc: // uint 8 to uint 64, int 8 to int 64
    case 0xcd:
    case 0xce:
    case 0xcf:
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
      return sized(cursor, 'scalar', 1 << ((byte - 0xcc) & 3));
    case 0xd9:
      return measured(bytes, cursor, 'string', 1);
    case 0xda:
      return measured(bytes, cursor, 'string', 2);
    case 0xdb:
      return measured(bytes, cursor, 'string', 4);
    case 0xdc:
      return measured(bytes, cursor, 'array', 2);
    case 0xdd:
      return measured(bytes, cursor, 'array', 4);
    case 0xde:
      return measured(bytes, cursor, 'map', 2);
    case 0xdf:
      return measured(bytes, cursor, 'map', 4);
    default: // never used, bin, ext
      return 'bad';
  }
}

function sized(cursor: Cursor, head: Head, size: number): Head {
  cursor.size = size;
  return head;
}

/** A head followed by its size in `width` bytes, big-endian. */
function measured(bytes: Uint8Array, cursor: Cursor, head: Head, width: number): Head {
  if (cursor.at + width > bytes.length) return 'bad';
  let size = 0;
  for (let i = 0; i < width; i++) size = size * 256 + (bytes[cursor.at++] as number);
  return sized(cursor, head, size);
}

function spells(bytes: Uint8Array, from: number, to: number, letters: readonly number[]): boolean {
  return to - from === letters.length && letters.every((letter, i) => bytes[from + i] === letter);
}

/** Adds the key to those of its map; false for one that is there already, and for `__proto__`. */
function isNewKey(bytes: Uint8Array, keys: Key[], key: Key): boolean {
  if (spells(bytes, key.from, key.to, protoKey)) return false;
  for (const other of keys) {
    if (other.to - other.from !== key.to - key.from) continue;
    let i = key.from;
    let j = other.from;
    while (i < key.to && bytes[i] === bytes[j]) {
      i++;
      j++;
    }
    if (i === key.to) return false;
  }
  keys.push(key);
  return true;
}

function readId(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (to === from || to - from > limits.commandIdMaxChars) return undefined;
  let id = '';
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    if (byte < 0x21 || byte > 0x7e) return undefined;
    id += String.fromCharCode(byte);
  }
  return id;
}

/** RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
function isUtf8(bytes: Uint8Array, from: number, to: number): boolean {
  let i = from;
  while (i < to) {
    const first = bytes[i++] as number;
    if (first < 0x80) continue;
    // Bytes that follow, and the range of the first of them; the others are 80 to BF.
    let follow = 1;
    let low = 0x80;
    let high = 0xbf;
    if (first < 0xc2 || first > 0xf4) return false;
    if (first >= 0xf0) {
      follow = 3;
      if (first === 0xf0) low = 0x90;
      else if (first === 0xf4) high = 0x8f;
    } else if (first >= 0xe0) {
      follow = 2;
      if (first === 0xe0) low = 0xa0;
      else if (first === 0xed) high = 0x9f;
    }
    if (i + follow > to) return false;
    for (; follow > 0; follow--) {
      const next = bytes[i++] as number;
      if (next < low || next > high) return false;
      low = 0x80;
      high = 0xbf;
    }
  }
  return true;
}
