/** msgpackr's native part is optional: with it and without it, what people wrote is read as it was written. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Compiled, compile } from '../support/compiled.ts';
import type { ReadByCodecs } from './native-part-process.ts';

let script: Compiled;
beforeAll(() => {
  script = compile('test/wire/native-part-process');
});
afterAll(() => script.destroy());

it.each([true, false])('no text is changed, also none that begins with U+FEFF; native part: %s', async (native) => {
  const process = script.start([], 'true', { MSGPACKR_NATIVE_ACCELERATION_DISABLED: `${!native}` });
  expect(await process.ended).toBe(0);
  const { hasNativePart, texts, changedByFrame, changedByStore } = JSON.parse(process.output()) as ReadByCodecs;
  expect(hasNativePart).toBe(native);
  expect(texts).toBeGreaterThan(200);
  expect([changedByFrame.length, changedByStore.length]).toEqual([0, 0]);
});
