import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusals } from '../../src/conversation/refusals.ts';
import { guards } from '../../src/conversation/rules.ts';
import { chart, chartPath, elsewhere, refusalsByRule, transitions } from './chart.ts';

const rulesPage = readFileSync('protocol/RULES.md', 'utf8');
const rules = [...rulesPage.matchAll(/^\| ([A-Z]+-\d+) \|/gm)].map((match) => match[1] as string);

beforeAll(() => {
  if (process.env.UPDATE_GENERATED === '1') writeFileSync(chartPath, chart(rules));
});

describe('the chart of the machine', () => {
  it('is as the machine is; `npm run docs:chart` makes it anew', () => {
    expect(readFileSync(chartPath, 'utf8')).toBe(chart(rules));
  });

  it('places every rule, and none that there is not', () => {
    const placed = new Set([...Object.keys(elsewhere), ...refusalsByRule().keys()]);
    expect(rules.length).toBeGreaterThan(40);
    expect([...placed].sort()).toEqual([...rules].sort());
  });

  it('names each guard by the rule and the refusal that follows from it', () => {
    const asked = transitions().filter(({ guard, refusal }) => guard !== null && refusal !== null);
    for (const { guard, refusal } of asked) {
      expect(guard).toBe(`${refusals[refusal as keyof typeof refusals]} ${refusal}`);
    }
  });

  it('uses every predicate and gives every refusal but the one of the memory of commands (CMD-1)', () => {
    const all = transitions();
    const asked = new Set(all.flatMap(({ guard, refusal }) => (guard === null || refusal === null ? [] : [guard])));
    const given = new Set(all.flatMap(({ refusal }) => refusal ?? []));
    expect([...asked].sort()).toEqual(Object.keys(guards).sort());
    expect([...given, 'command-id-reused'].sort()).toEqual(Object.keys(refusals).sort());
  });
});
