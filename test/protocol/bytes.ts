/** MessagePack bytes by hand, for what no encoder would write. Every function returns bytes; `concat` joins them. */
const utf8 = new TextEncoder();

export function raw(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function hexOf(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return hex;
}

/** A value is bytes already, a text, a flag, or a whole number from 0 to 127. */
export type Piece = Uint8Array | string | boolean | number;

export function piece(value: Piece): Uint8Array {
  if (typeof value === 'string') return str(value);
  if (typeof value === 'boolean') return Uint8Array.of(value ? 0xc3 : 0xc2);
  if (typeof value === 'number') return Uint8Array.of(value);
  return value;
}

function str(text: string): Uint8Array {
  const bytes = utf8.encode(text);
  if (bytes.length < 32) return concat(Uint8Array.of(0xa0 | bytes.length), bytes);
  return concat(Uint8Array.of(0xda, bytes.length >> 8, bytes.length & 0xff), bytes);
}

/** Fixmap or map 16, of keys and values in turn. */
export function map(...pairs: readonly (readonly [Piece, Piece])[]): Uint8Array {
  const head = pairs.length < 16 ? [0x80 | pairs.length] : [0xde, pairs.length >> 8, pairs.length & 0xff];
  return concat(Uint8Array.from(head), ...pairs.flatMap(([key, value]) => [piece(key), piece(value)]));
}

/** Fixarray or array 16. */
export function array(...items: readonly Piece[]): Uint8Array {
  const head = items.length < 16 ? [0x90 | items.length] : [0xdc, items.length >> 8, items.length & 0xff];
  return concat(Uint8Array.from(head), ...items.map(piece));
}
