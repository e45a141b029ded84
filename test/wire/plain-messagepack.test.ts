/** The clients' MessagePack beside the server's: the same bytes from every value, the same value from all bytes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as client from '../../src/wire/client-codec.ts';
import * as server from '../../src/wire/codec.ts';
import { packr } from '../../src/wire/packr.ts';
import { pack, unpack } from '../../src/wire/plain-messagepack.ts';
import { UnreadableFrame } from '../../src/wire/server-frame.ts';
import { concat, hexOf, map, raw } from '../protocol/bytes.ts';
import { protocolDirectory } from '../protocol/generate.ts';
import type { ValidVector } from '../protocol/generate-vectors.ts';
import { clientSamples, serverSamples } from '../protocol/samples.ts';
import { mutate, seeded } from './mutate.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20_261_122);

/** Both sides of every bound at which another head begins. */
const bounds = [0, 0x1f, 0x20, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000];
const numbers = [...bounds, 0xffff_ffff, 0x1_0000_0000, Number.MAX_SAFE_INTEGER].flatMap((n) => [n, -n, -n - 1]);
const odd = [0.5, -0.1, 1e300, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];

// No frame has a key `__proto__`: msgpackr renames it, and the clients' decoder refuses it.
const key = fc.string({ unit: 'binary', maxLength: 40 }).filter((name) => name !== '__proto__');
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.constantFrom(...numbers, ...odd),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double(),
    fc.string({ unit: 'binary', maxLength: 300, size: 'max' }),
    fc.string({ unit: 'binary', maxLength: 300, size: 'max' }).map((text) => `\ufeff${text}`),
    fc.array(tie('value'), { maxLength: 40 }),
    fc.dictionary(key, tie('value'), { maxKeys: 40, noNullPrototype: true }),
  ),
}));

describe('the same bytes as msgpackr', () => {
  it.each(clientSamples)('client frame $name', ({ frame }) => {
    expect(hexOf(client.encode(frame))).toBe(hexOf(server.encode(frame)));
  });

  it('every number at which another head begins, and those that are no whole ones', () => {
    for (const number of [...numbers, ...odd]) expect(hexOf(pack(number)), `${number}`).toBe(hexOf(packr.pack(number)));
  });

  it('strings, arrays and maps of every size at which another head begins', () => {
    for (const size of [0, 15, 16, 31, 32, 63, 64, 255, 256, 65_535, 65_536]) {
      const keyed = Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, i]));
      for (const value of ['x'.repeat(size), 'é'.repeat(size), '🙂'.repeat(size), new Array(size).fill(1), keyed]) {
        expect(hexOf(pack(value)) === hexOf(packr.pack(value)), `${size}`).toBe(true);
      }
    }
  });

  it('whatever plain value; and it comes back', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = packr.pack(value);
        expect(hexOf(pack(value))).toBe(hexOf(bytes));
        expect(unpack(bytes)).toEqual(packr.unpack(bytes));
      }),
      { numRuns: 3_000, seed },
    );
  });

  it('leaves out what is undefined, and writes U+FFFD for a lone surrogate', () => {
    expect(hexOf(pack({ a: undefined, b: [1, undefined] }))).toBe('81a1629201c0');
    for (const pad of [0, 40, 300]) {
      const text = `${'x'.repeat(pad)}a\ud800b\udc00\ud83d`;
      const frame = { t: 'reply', id: 'c', conversation: 'q83vEjRWeJASNFZ4kKvN7w', text } as const;
      expect(hexOf(client.encode(frame))).toBe(hexOf(server.encode(frame)));
    }
  });

  it('bytes are the caller’s: no later call changes them', () => {
    const first = client.encode({ t: 'ping' });
    client.encode({ t: 'alerts', id: 'x' });
    expect(hexOf(first)).toBe('81a174a470696e67');
  });
});

describe('the same values as msgpackr', () => {
  it.each(serverSamples)('server frame $name', ({ frame }) => {
    expect(client.decodeServerFrame(server.encode(frame))).toEqual(frame);
  });

  it('every valid vector, however its numbers and sizes are written', () => {
    const directory = join(protocolDirectory, 'vectors/valid');
    const names = readdirSync(directory);
    expect(names.length).toBeGreaterThan(80);
    for (const name of names) {
      const { canonical, frame, from, hex } = JSON.parse(readFileSync(join(directory, name), 'utf8')) as ValidVector;
      expect(client.decodeServerFrame(raw(hex)), name).toEqual(frame);
      if (from === 'client') expect(hexOf(client.encode(frame as never)) === hex, name).toBe(canonical);
    }
  });

  it.each(['ca3fc00000', 'cf001fffffffffffff', 'cfffffffffffffffff', 'd3ffffffffffffffff', 'd38000000000000000'])(
    'number %s',
    (hex) => {
      expect(unpack(raw(hex))).toBe(packr.unpack(raw(hex)));
    },
  );

  it('keeps U+FEFF at the beginning of a text, and makes U+FFFD of what is no UTF-8', () => {
    for (const text of ['\ufeffa', `\ufeff${'x'.repeat(100)}`]) expect(unpack(pack(text))).toBe(text);
    expect(unpack(raw('a3 61ff62'))).toBe('a\ufffdb');
  });

  it('from the middle of a buffer, and nothing of it refers to the bytes', () => {
    const bytes = concat(raw('ffff'), map(['t', 'later'], ['x', 'text']), raw('ffff'));
    const frame = client.decodeServerFrame(bytes.subarray(2, -2));
    bytes.fill(0x41);
    expect(frame).toEqual({ t: 'later', x: 'text' });
  });

  it(`30,000 injured frames: refused, or the value that msgpackr has (FUZZ_SEED=${seed})`, () => {
    const random = seeded(seed);
    const seeds = [...serverSamples, ...clientSamples].map(({ frame }) => server.encode(frame));
    let read = 0;
    for (let i = 0; i < 30_000; i++) {
      const bytes = mutate(seeds, random);
      let value: unknown;
      try {
        value = unpack(bytes);
      } catch {
        continue;
      }
      read += 1;
      const same = JSON.stringify(value) === JSON.stringify(packr.unpack(bytes));
      if (!same) expect.fail(`FUZZ_SEED=${seed}, frame ${i}: ${hexOf(bytes)}`);
    }
    expect(read).toBeGreaterThan(1_000);
  });

  it('every frame cut off after each of its bytes is refused', () => {
    for (const { frame } of serverSamples) {
      const bytes = server.encode(frame);
      for (let length = 0; length < bytes.length; length++) {
        expect(() => client.decodeServerFrame(bytes.subarray(0, length))).toThrow(UnreadableFrame);
        // The rest of the frame lies behind the view, and is no part of it.
        expect(() => unpack(bytes.subarray(0, length))).toThrow();
      }
    }
  });
});

describe('bytes that are no server frame', () => {
  it.each([
    ['nothing', ''],
    ['the head that is never used', 'c1'],
    ['no map', 'c0'],
    ['an array', '93010203'],
    ['a map without `t`', '80'],
    ['a `t` that is no string', '81a17407'],
    ['something behind the end', '81a174a470696e67c0'],
    ['a string that claims more than there is', 'd90570'],
    ['a map that claims 2^32 - 1 keys', 'dfffffffff'],
    ['an array that claims as much', 'ddffffffff'],
    ['a key that is a number', '8201c0a174a470696e67'],
    ['a key that is a map', '8280c0a174a470696e67'],
    ['the key __proto__', '82a174a470696e67a95f5f70726f746f5f5f80'],
    ['binary', '82a174a470696e67a178c40100'],
    ['an extension', '82a174a470696e67a178d40100'],
    ['a record of msgpackr', 'd4724091a16101'],
  ])('%s', (_, hex) => {
    expect(() => client.decodeServerFrame(raw(hex))).toThrow(UnreadableFrame);
  });

  it('a million arrays in one another', () => {
    expect(() => client.decodeServerFrame(new Uint8Array(1_000_000).fill(0x91))).toThrow(UnreadableFrame);
  });
});
