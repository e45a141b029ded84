import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha256 } from '../../src/runtime/sha256.ts';

it('is the head of the hash, whatever bytes are in it', () => {
  for (let seed = 0; seed < 300; seed += 1) {
    const text = `${seed} – ünïcödé`;
    const whole = createHash('sha256').update(text).digest();
    for (const bytes of [1, 8, 16, 32]) {
      expect(sha256(text, bytes)).toEqual(whole.subarray(0, bytes));
      expect(sha256(Buffer.from(text), bytes)).toEqual(whole.subarray(0, bytes));
    }
  }
});
