/** The compiler's opinion of the whole tree, tests and bench included. */
import { expect, it } from 'vitest';
import { runTool } from './run-tool.ts';

it('tsc finds no error', async () => {
  const { code, said } = await runTool('tsc', '-p', '.', '--pretty', 'false');
  expect({ code, said }).toEqual({ code: 0, said: '' });
}, 300_000);
