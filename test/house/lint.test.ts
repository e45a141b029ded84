/** Format, lint and floating promises, over the whole tree. */
import { describe, expect, it } from 'vitest';
import { runTool } from './run-tool.ts';

describe('lint', () => {
  it('biome has nothing to say; mend most of it with: npx biome check --write', async () => {
    const { code, said } = await runTool('biome', 'ci', '--error-on-warnings', '--max-diagnostics=50', '--colors=off');
    expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' });
  }, 300_000);

  it('no promise is left floating: await it, return it, or say void and handle its rejection', async () => {
    const { code, said } = await runTool('oxlint', '--type-aware', '--deny-warnings');
    expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' });
    expect(said).toMatch(/on \d{2,} files with [1-9]\d* rules/);
  }, 300_000);
});
