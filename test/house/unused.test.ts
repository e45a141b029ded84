/** Nothing is kept that nobody uses: files, exports, dependencies. */
import { expect, it } from 'vitest';
import { runTool } from './run-tool.ts';

it('knip finds nothing unused; delete it, or stop exporting it', async () => {
  const { code, said } = await runTool('knip', '--no-progress', '--no-config-hints');
  expect({ code, said: said.trim() }).toEqual({ code: 0, said: '' });
}, 300_000);
