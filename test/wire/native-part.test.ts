/** msgpackr's native part changes strings that are read while another thread loads it: no codec of the server uses it. */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Compiled, compile } from '../support/compiled.ts';
import type { ReadByCodecs } from './native-part-process.ts';

let script: Compiled;
beforeAll(() => {
  script = compile('test/wire/native-part-process');
});
afterAll(() => script.destroy());

it('no text is changed, also none that begins with U+FEFF, and none is read by the native part that LMDB loads', async () => {
  const process = script.start([], 'true', { MSGPACKR_NATIVE_ACCELERATION_DISABLED: 'false' });
  expect(await process.ended).toBe(0);
  const said = JSON.parse(process.output()) as ReadByCodecs;
  expect(said.texts).toBeGreaterThan(200);
  expect(said).toMatchObject({ changedByFrame: [], changedByStore: [], nativeReads: 0 });
  expect(said.nativeReadsOfOther).toBeGreaterThan(0);
});

it('a copy that somebody has loaded with it is refused, and settings of the process stay as they were', async () => {
  vi.stubEnv('MSGPACKR_NATIVE_ACCELERATION_DISABLED', 'false');
  const { TextDecoder } = globalThis;
  createRequire(import.meta.url)('msgpackr');
  await expect(import('../../src/messagepack.ts')).rejects.toThrow('msgpackr was loaded before, with its native part');
  expect(process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED).toBe('false');
  expect(globalThis.TextDecoder).toBe(TextDecoder);
  vi.unstubAllEnvs();
});
