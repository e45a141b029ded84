import { readlinkSync } from 'node:fs';
import { getPriority } from 'node:os';
import { expect, it } from 'vitest';
import { niceness, yieldToOthers } from '../../src/runtime/yield-to-others.ts';

it('whoever yields to others has a lower priority from then on', () => {
  const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  const before = getPriority(thread);
  yieldToOthers();
  expect([before < niceness, getPriority(thread)]).toEqual([true, niceness]);
});
