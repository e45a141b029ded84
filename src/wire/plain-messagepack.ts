/**
 * MessagePack of plain values, for clients: nil, booleans, numbers, strings, arrays, maps with string keys. Small enough
 * for a page to load; the server has msgpackr, which is faster and eight times the size. Tests hold the two to the same
 * bytes and the same values; docs/decisions/2026-11-22-client-codec.md says why no library does.
 */
const utf8 = new TextEncoder();
/** A text may begin with U+FEFF; it is part of it. */
const text = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The bytes of one value, each number, string and head as short as it can be. A property that is undefined is left out;
 * any other value that MessagePack does not have is written as nil. A lone surrogate becomes U+FFFD. Never throws but
 * for want of stack, and for what a getter throws.
 */
export function pack(value: unknown): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  write(out, value);
  return Uint8Array.from(out);
}

function write(out: number[], value: unknown): void {
  if (typeof value === 'string') {
    const bytes = utf8.encode(value);
    writeSize(out, bytes.length, 0xa0, 32, 0xd9);
    for (const byte of bytes) out.push(byte);
  } else if (typeof value === 'number') writeNumber(out, value);
  else if (typeof value === 'boolean') out.push(value ? 0xc3 : 0xc2);
  else if (Array.isArray(value)) {
    writeSize(out, value.length, 0x90, 16, 0xdb);
    for (const item of value) write(out, item);
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter((entry) => entry[1] !== undefined);
    writeSize(out, entries.length, 0x80, 16, 0xdd);
    for (const entry of entries) for (const part of entry) write(out, part);
  } else out.push(0xc0);
}

/** A size below `end` stands in its head. There are no heads for containers with a size of 8 bits: 0xdb, 0xdd. */
function writeSize(out: number[], size: number, head: number, end: number, longHead: number): void {
  if (size < end) out.push(head | size);
  else writeWide(out, longHead, size, size < 0x100 && longHead === 0xd9 ? 0 : size < 0x1_0000 ? 1 : 2);
}

/** What fits 32 bits, with a sign or without, as a whole number; all else as float 64, as msgpackr has it. */
function writeNumber(out: number[], value: number): void {
  if (value >>> 0 === value) {
    if (value < 0x80) out.push(value);
    else writeWide(out, 0xcc, value, value < 0x100 ? 0 : value < 0x1_0000 ? 1 : 2);
  } else if (value >> 0 === value) {
    if (value >= -0x20) out.push(value & 0xff);
    else writeWide(out, 0xd0, value, value >= -0x80 ? 0 : value >= -0x8000 ? 1 : 2);
  } else {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    out.push(0xcb, ...new Uint8Array(view.buffer));
  }
}

/** 1, 2 or 4 bytes, for a `power` of 0, 1 or 2. The heads of the three widths follow one another. */
function writeWide(out: number[], head: number, value: number, power: number): void {
  out.push(head + power);
  for (let shift = (8 << power) - 8; shift >= 0; shift -= 8) out.push((value >>> shift) & 0xff);
}

/** The numbers behind the heads 0xca to 0xd3: width in bytes, and how they are read. */
const numbers: readonly (readonly [width: number, read: (view: DataView, at: number) => number])[] = [
  [4, (view, at) => view.getFloat32(at)],
  [8, (view, at) => view.getFloat64(at)],
  [1, (view, at) => view.getUint8(at)],
  [2, (view, at) => view.getUint16(at)],
  [4, (view, at) => view.getUint32(at)],
  [8, (view, at) => Number(view.getBigUint64(at))],
  [1, (view, at) => view.getInt8(at)],
  [2, (view, at) => view.getInt16(at)],
  [4, (view, at) => view.getInt32(at)],
  [8, (view, at) => Number(view.getBigInt64(at))],
];

/**
 * The one value that `bytes` are. Throws for bytes missing or left over, extension types, binary values, a key that is
 * no string, and the key `__proto__`. An integer beyond 2^53 is rounded. Allocates nothing for what a head merely claims.
 */
export function unpack(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;

  /** Past the end the view throws. */
  const number = (index: number): number => {
    const [width, read] = numbers[index] as (typeof numbers)[number];
    at += width;
    return read(view, at - width);
  };
  /** One that goes on past the end is noticed by what reads next, or at last. */
  const string = (length: number): string => {
    at += length;
    return text.decode(bytes.subarray(at - length, at));
  };
  const array = (length: number): unknown[] => {
    const items: unknown[] = [];
    for (let left = length; left > 0; left--) items.push(value());
    return items;
  };
  const map = (size: number): Record<string, unknown> => {
    const entries: Record<string, unknown> = {};
    for (let left = size; left > 0; left--) {
      const key = value();
      if (typeof key !== 'string' || key === '__proto__') throw new TypeError('no key of ours');
      entries[key] = value();
    }
    return entries;
  };
  const value = (): unknown => {
    const head = number(2);
    if (head < 0x80) return head;
    if (head < 0x90) return map(head & 0x0f);
    if (head < 0xa0) return array(head & 0x0f);
    if (head < 0xc0) return string(head & 0x1f);
    if (head >= 0xe0) return head - 0x100;
    if (head === 0xc0) return null;
    if (head === 0xc2 || head === 0xc3) return head === 0xc3;
    if (head >= 0xca && head <= 0xd3) return number(head - 0xca);
    // A size of 8, 16 or 32 bits; the uints stand third to fifth among the numbers.
    if (head >= 0xde) return map(number(head - 0xde + 3));
    if (head >= 0xdc) return array(number(head - 0xdc + 3));
    if (head >= 0xd9) return string(number(head - 0xd9 + 2));
    throw new TypeError('no plain value');
  };

  const whole = value();
  if (at !== bytes.length) throw new RangeError('bytes are left over, or missing');
  return whole;
}
