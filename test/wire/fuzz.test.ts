import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { encode } from '../../src/wire/codec.ts';
import { decodeClientFrame } from '../../src/wire/decode-client-frame.ts';
import { errors } from '../../src/wire/errors.ts';
import { type ClientFrame, clientFrames } from '../../src/wire/frames.ts';
import { concat, hexOf, map, raw } from '../protocol/bytes.ts';
import { clientSamples } from '../protocol/samples.ts';
import { corpus } from './corpus.ts';
import { mutate, seeded } from './mutate.ts';
import { sampleSeeds } from './seeds.ts';

/** `FUZZ_SEED=1234 npx vitest run test/wire/fuzz.test.ts` has a failing run again. */
const seed = Number(process.env.FUZZ_SEED ?? 20_261_122);
const ajv = new Ajv2020({ strict: false });
/** Another validator than the one under test says what fits. */
const fits = new Map(Object.entries(clientFrames).map(([name, schema]) => [name, ajv.compile(schema)]));
const faults = new Set(['frame-malformed', 'frame-unknown', 'frame-invalid', 'frame-too-large']);

/** Empty, or what is wrong with the answer to these bytes. */
function wrong(bytes: Uint8Array): string {
  let answer: ReturnType<typeof decodeClientFrame>;
  try {
    answer = decodeClientFrame(bytes);
  } catch (thrown) {
    return `threw ${String(thrown)}`;
  }
  if (!answer.ok) {
    if (!faults.has(answer.error) || !(answer.error in errors)) return `not a fault of frames: ${answer.error}`;
    if ((answer.error === 'frame-invalid') !== (answer.field !== undefined)) return 'field without need, or missing';
    return answer.id === undefined || /^[\x21-\x7e]{1,64}$/.test(answer.id) ? '' : 'an id that is none';
  }
  if (!fits.get(answer.frame.t)?.(answer.frame)) return 'accepted what does not fit the schema';
  const again = decodeClientFrame(encode(answer.frame as ClientFrame));
  return JSON.stringify(again) === JSON.stringify(answer) ? '' : 'another frame the second time';
}

describe('whatever comes, a frame or a named fault', () => {
  it(`100,000 injured frames (FUZZ_SEED=${seed})`, () => {
    const random = seeded(seed);
    const seeds = [...sampleSeeds, ...corpus()];
    const seen = new Map<string, number>();
    for (let i = 0; i < 100_000; i++) {
      const bytes = mutate(seeds, random);
      const fault = wrong(bytes);
      if (fault !== '') expect.fail(`FUZZ_SEED=${seed}, frame ${i}: ${fault}: ${hexOf(bytes)}`);
      const answer = decodeClientFrame(bytes);
      const kind = answer.ok ? 'ok' : answer.error;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
    // The mutator is of use only while it reaches every stage.
    for (const kind of ['ok', 'frame-malformed', 'frame-unknown', 'frame-invalid']) {
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(200);
    }
  });

  it('random bytes of every length to 64', () => {
    const random = seeded(seed + 1);
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: i % 65 }, () => Math.floor(random() * 256));
      expect(wrong(bytes), `FUZZ_SEED=${seed}: ${hexOf(bytes)}`).toBe('');
    }
  });

  it('every valid frame cut off after each of its bytes', () => {
    for (const { frame } of clientSamples) {
      const bytes = encode(frame);
      for (let length = 0; length < bytes.length; length++) {
        expect(decodeClientFrame(bytes.subarray(0, length))).toMatchObject({ ok: false, error: 'frame-malformed' });
      }
    }
  });
});

describe('bombs', () => {
  const inside = (...parts: Uint8Array[]) => concat(raw('82 a174 a470696e67 a178'), ...parts);
  const repeated = (hex: string, times: number) => {
    const one = raw(hex);
    const many = new Uint8Array(one.length * times);
    for (let i = 0; i < times; i++) many.set(one, i * one.length);
    return many;
  };
  it.each([
    ['array heads', '91'],
    ['array 16 heads', 'dc0001'],
    ['array 32 heads', 'dd00000001'],
    ['heads that each claim 2^32 - 1 elements', 'ddffffffff'],
    ['map heads', '81a178'],
    ['map 32 heads that claim everything', 'dfffffffffa178'],
    ['heads of strings that claim 4 GiB', 'dbffffffff'],
    ['extension heads', 'c9ffffffff72'],
    ['records of msgpackr', 'd47240'],
    ['empty arrays', '90'],
    ['nil', 'c0'],
  ])('%s, in 16 KiB and up to the largest frame', (_, hex) => {
    for (const size of [16_384, limits.frameInMaxBytes - 32]) {
      const bytes = repeated(hex, Math.floor(size / raw(hex).length));
      expect(decodeClientFrame(inside(bytes))).toEqual({ ok: false, error: 'frame-malformed' });
      expect(decodeClientFrame(bytes)).toEqual({ ok: false, error: 'frame-malformed' });
    }
  });
  it('a map of long keys that differ at their end only', () => {
    const pairs = Array.from({ length: limits.frameMapKeysMax }, (__, i) => [`${'k'.repeat(4_000)}${i}`, 0] as const);
    expect(decodeClientFrame(map(...pairs))).toEqual({ ok: false, error: 'frame-unknown' });
  });
  it('the largest frame of one string passes the scan and fails by name', () => {
    const length = limits.frameInMaxBytes - 32;
    const text = concat(
      raw('db'),
      Uint8Array.of(0, length >> 16, (length >> 8) & 255, length & 255),
      repeated('c3a9', length / 2),
    );
    expect(decodeClientFrame(inside(text))).toEqual({ ok: false, error: 'frame-invalid', field: '/x' });
  });
});
