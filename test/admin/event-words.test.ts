import { expect, it } from 'vitest';
import { eventLine } from '../../src/admin/event-words.ts';

it('shows what was said as one line that no terminal obeys, whatever is in it', () => {
  const text = 'a\u001b[2J\u009b2Jb\r\n\u007f\u0085\u2028\u202ec\u2066"ü😀';
  const event = { type: 'replied', v: 2, at: 1_000_000, by: 'ann', seq: 2, text } as const;
  const line = eventLine({ position: 7, event }, true);
  expect(line).toMatch(/replied by ann, seq 2: "a.*"$/);
  expect(line).toContain('ü😀');
  expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
  expect(JSON.parse(line.slice(line.indexOf('"')))).toBe(text);
});
