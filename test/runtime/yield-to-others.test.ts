import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { expect, it } from 'vitest';
import { niceness, yieldToOthers } from '../../src/runtime/yield-to-others.ts';

const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));

it('whoever yields to others has a lower priority from then on', () => {
  const before = getPriority(thread);
  yieldToOthers();
  expect([before < niceness, getPriority(thread)]).toEqual([true, niceness]);
});

it('whose priority is lower already keeps it: to raise it is not everybody’s right', () => {
  setPriority(thread, niceness + 5);
  yieldToOthers();
  expect(getPriority(thread)).toBe(niceness + 5);
});
