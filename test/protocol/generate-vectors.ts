/** `vectors/`: byte strings with what they mean, one JSON file each. */
import { encode } from '../../src/wire/codec.ts';
import type { ClientFrame, ServerFrame } from '../../src/wire/frames.ts';
import { array, concat, hexOf, map, raw } from './bytes.ts';
import { type Invalid, invalidSamples } from './invalid.ts';
import { clientSamples, serverSamples } from './samples.ts';

export interface ValidVector {
  readonly from: 'client' | 'server';
  /** Is this how Parley itself writes the frame? Other encodings of the same values are as good. */
  readonly canonical: boolean;
  readonly frame: ClientFrame | ServerFrame;
  readonly hex: string;
}
/** `bytes` = each piece's hex repeated so many times, one behind the other. */
export interface InvalidVector {
  readonly why: string;
  readonly error: string;
  readonly id: string | null;
  readonly field: string | null;
  readonly bytes: readonly (readonly [hex: string, times: number])[];
}

const conversation = 'q83vEjRWeJASNFZ4kKvN7w';
const seven: ClientFrame = { t: 'read', id: 'c1', conversation, upTo: 7 };
const readWith = (hex: string) => map(['t', 'read'], ['id', 'c1'], ['conversation', conversation], ['upTo', raw(hex)]);
const ping: ClientFrame = { t: 'ping' };

/** The same values, written as another encoder might. */
const otherEncodings: readonly { readonly name: string; readonly frame: ClientFrame; readonly bytes: Uint8Array }[] = [
  { name: 'integer-uint8', frame: seven, bytes: readWith('cc07') },
  { name: 'integer-uint16', frame: seven, bytes: readWith('cd0007') },
  { name: 'integer-uint32', frame: seven, bytes: readWith('ce00000007') },
  { name: 'integer-uint64', frame: seven, bytes: readWith('cf0000000000000007') },
  { name: 'integer-int8', frame: seven, bytes: readWith('d007') },
  { name: 'integer-int64', frame: seven, bytes: readWith('d30000000000000007') },
  { name: 'integer-float32', frame: seven, bytes: readWith('ca40e00000') },
  { name: 'integer-float64', frame: seven, bytes: readWith('cb401c000000000000') },
  {
    name: 'integer-largest',
    frame: { ...seven, upTo: Number.MAX_SAFE_INTEGER },
    bytes: readWith('cf001fffffffffffff'),
  },
  { name: 'map16', frame: ping, bytes: raw('de0001 a174 a470696e67') },
  { name: 'map32', frame: ping, bytes: raw('df00000001 a174 a470696e67') },
  { name: 'str8', frame: ping, bytes: raw('81 d90174 d90470696e67') },
  { name: 'str16', frame: ping, bytes: raw('81 da000174 da000470696e67') },
  { name: 'str32', frame: ping, bytes: raw('81 db0000000174 db0000000470696e67') },
  {
    name: 'array16',
    frame: { t: 'readAll', id: 'c1', at: [1, 2] },
    bytes: map(['t', 'readAll'], ['id', 'c1'], ['at', raw('dc0002 01 02')]),
  },
  {
    name: 'array32',
    frame: { t: 'readAll', id: 'c1', at: [1, 2] },
    bytes: map(['t', 'readAll'], ['id', 'c1'], ['at', raw('dd00000002 01 02')]),
  },
  {
    name: 'keys-in-any-order',
    frame: { t: 'invite', id: 'c1', conversation, people: ['grace'] },
    bytes: map(['people', array('grace')], ['conversation', conversation], ['id', 'c1'], ['t', 'invite']),
  },
];

export function validVectors(): Map<string, ValidVector> {
  const vectors = new Map<string, ValidVector>();
  for (const [from, samples] of [
    ['client', clientSamples],
    ['server', serverSamples],
  ] as const) {
    for (const { name, frame } of samples) {
      vectors.set(`${from}-${name}`, { from, canonical: true, frame, hex: hexOf(encode(frame)) });
    }
  }
  for (const { name, frame, bytes } of otherEncodings) {
    vectors.set(`client-encoding-${name}`, { from: 'client', canonical: false, frame, hex: hexOf(bytes) });
  }
  return vectors;
}

export function invalidVectors(): Map<string, InvalidVector> {
  return new Map(
    invalidSamples.map((sample: Invalid) => [
      sample.name,
      {
        why: sample.why,
        error: sample.error,
        id: sample.id ?? null,
        field: sample.field ?? null,
        bytes: pieces(sample.bytes),
      },
    ]),
  );
}

/** Runs of one repeated byte, or three, longer than 256 bytes become one piece: bombs stay readable. */
function pieces(bytes: Uint8Array): [string, number][] {
  const out: [string, number][] = [];
  let plainFrom = 0;
  let at = 0;
  const flush = (to: number) => {
    if (to > plainFrom) out.push([hexOf(bytes.subarray(plainFrom, to)), 1]);
  };
  while (at < bytes.length) {
    const period = [1, 3].find((length) => repeats(bytes, at, length) * length > 256);
    if (period === undefined) {
      at++;
      continue;
    }
    const times = repeats(bytes, at, period);
    flush(at);
    out.push([hexOf(bytes.subarray(at, at + period)), times]);
    at += period * times;
    plainFrom = at;
  }
  flush(bytes.length);
  return out;
}

/** How many times the `length` bytes at `at` stand there one behind the other. */
function repeats(bytes: Uint8Array, at: number, length: number): number {
  let end = at + length;
  while (end < bytes.length && bytes[end] === bytes[end - length]) end++;
  return Math.floor((end - at) / length);
}

export function bytesOf(vector: InvalidVector): Uint8Array {
  return concat(...vector.bytes.map(([hex, times]) => raw(hex.repeat(times))));
}
