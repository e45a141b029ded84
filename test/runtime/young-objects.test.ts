import { afterAll, expect, it } from 'vitest';
import { compile } from '../support/compiled.ts';

const process = compile('test/runtime/young-process');
afterAll(() => process.destroy());

/** Young collections of this process, after those in which it has settled: bytes allocated before each, and made old by it. */
function collections(output: string): { allocated: number; promoted: number }[] {
  const numberOf = (line: string, name: string) => Number(new RegExp(` ${name}=(\\d+)`).exec(line)?.[1]);
  const lines = output.split('\n').filter((line) => line.includes(' gc=s '));
  return lines
    .slice(lines.length / 2)
    .map((line) => ({ allocated: numberOf(line, 'allocated'), promoted: numberOf(line, 'promoted') }));
}

it('what a command makes for a moment is collected young, though each conversation keeps its state', async () => {
  const running = process.start([]);
  expect(await running.ended).toBe(0);
  const seen = collections(running.output());
  expect(seen.length).toBeGreaterThan(5);
  const sum = (of: (one: (typeof seen)[number]) => number) => seen.reduce((all, one) => all + of(one), 0);
  expect(sum(({ promoted }) => promoted) / sum(({ allocated }) => allocated)).toBeLessThan(0.02);
});
