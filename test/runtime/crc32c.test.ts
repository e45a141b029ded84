import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/runtime/crc32c.ts';

const text = (s: string) => new TextEncoder().encode(s);

/** Bit by bit, as the standard writes it: shares nothing with the table version. */
function slowly(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

describe('CRC32C', () => {
  it('gives the published check values (RFC 3720, B.4)', () => {
    expect(crc32c(text('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(0))).toBe(0);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe(0x113fdb5c);
  });

  it('agrees with the bit-by-bit definition at every length and offset', () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 167 + 13) & 0xff);
    for (let from = 0; from < 5; from += 1) {
      for (let to = from; to < 70; to += 1) {
        expect(crc32c(bytes.subarray(from, to))).toBe(slowly(bytes.subarray(from, to)));
      }
    }
    expect(crc32c(bytes)).toBe(slowly(bytes));
  });

  it('can be taken in parts', () => {
    const bytes = text('The name of a conversation is never its key.');
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes));
    }
  });

  it('notices every single flipped bit', () => {
    const bytes = text('reply');
    const right = crc32c(bytes);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const altered = bytes.slice();
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(crc32c(altered)).not.toBe(right);
    }
  });
});
