import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { expect, it } from 'vitest';
import { exitCodes, exitOf, Failure } from '../../src/admin/exit-codes.ts';
import { Damaged, Incompatible, InUse, Unavailable } from '../../src/journal/journal.ts';

it('stand in docs/operations.md as they are', () => {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  for (const { code, meaning } of Object.values(exitCodes)) expect(page).toContain(`| ${code} | ${meaning} |`);
});

it.each([
  [new InUse('x'), 75],
  [new Damaged('x'), 1],
  [new Incompatible('x'), 78],
  [new Unavailable('x'), 74],
  [Object.assign(new Error('x'), { code: 'ENOSPC' }), 74],
  [Object.assign(new Error('x'), { code: 'EADDRINUSE' }), 75],
  // As LMDB has it: a disk that does not answer, and a page that is not one.
  [Object.assign(new Error('x'), { code: constants.errno.EIO }), 74],
  [Object.assign(new Error('x'), { code: -30_796 }), 70],
  [new Failure('cannotCreate', 'x'), 73],
  [new TypeError('x'), 70],
  ['thrown', 70],
])('%s ends with %i', (error, code) => {
  expect(exitCodes[exitOf(error)].code).toBe(code);
});
