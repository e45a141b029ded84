/** Whether the benchmark measures what it says: everything that is posted arrives, once and in order. No times. */
import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { acknowledged, numberOf, PostFrame } from '../../bench/post-frame.ts';
import { median, type Report } from '../../bench/report.ts';
import { Tally } from '../../bench/tally.ts';
import { encode } from '../../src/wire/codec.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const compiled = join(root, 'node_modules', '.cache', 'parley-bench');
const minutes = 60_000;

async function bench(...args: string[]): Promise<Report> {
  const flags = ['--seconds', '2', '--warm-up', '0.5', '--rounds', '1', '--no-results', '--json'];
  const script = join(compiled, 'bench', 'run.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...flags, ...args], { cwd: root });
  return JSON.parse(stdout) as Report;
}

describe('npm run bench', () => {
  beforeAll(async () => {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const args = [tsc, '-p', join(root, 'tsconfig.bench.json'), '--outDir', compiled];
    // Types are another test's business: what was emitted runs.
    await promisify(execFile)(process.execPath, args, { cwd: root }).catch(() => undefined);
    cpSync(join(root, 'package.json'), join(compiled, 'package.json'));
  }, 2 * minutes);

  const cases = [
    { workload: 'hall', messages: 100, people: 1000 },
    { workload: 'team', messages: 2500, people: 5 },
  ] as const;
  for (const { workload, messages, people } of cases) {
    it(
      `${workload}: every message reaches everyone once and in order, from the relay and from Parley`,
      async () => {
        const report = await bench('--workload', workload);
        expect(report.machine).toMatchObject({ node: process.version });
        const [measured] = report.workloads;
        expect(measured).toMatchObject({ sent: 2 * messages, deliveries: 2 * messages * people });
        expect(measured).toMatchObject({ lost: 0, doubled: 0, misordered: 0 });
        const [relay, parley] = measured?.rounds ?? [];
        expect(relay).toMatchObject({ kind: 'relay', measured: { acknowledgement: { count: 0 } } });
        expect(parley).toMatchObject({ kind: 'parley', measured: { acknowledgement: { count: (messages * 4) / 5 } } });
        expect(parley?.measured.cpuMicrosPerDelivery).toBeGreaterThan(0);
      },
      4 * minutes,
    );
  }
});

describe('what it counts', () => {
  it('tells lost, doubled and misordered messages apart', () => {
    const tally = new Tally(1, 3, 4);
    for (const number of [0, 1, 2]) tally.received(0, 0, number);
    for (const number of [0, 2, 1]) tally.received(0, 1, number);
    expect(tally.faults([3])).toEqual({ lost: 3, doubled: 0, misordered: 2 });
    expect(tally.received(0, 2, 0)).toBe(true);
    expect(tally.received(0, 2, 0)).toBe(false);
    expect(tally.faults([3])).toEqual({ lost: 2, doubled: 1, misordered: 2 });
    expect(() => tally.received(0, 2, 4)).toThrow('nobody sent a message with the number 4');
  });

  it('knows the numbers of posts and of their acknowledgements, and of no other frame', () => {
    const post = new PostFrame('c'.repeat(22)).numbered(4711);
    expect(numberOf(post, 0, post.length)).toBe(4711);
    expect(acknowledged(post, 8, post.length)).toBe(-1);
    const entry = { kind: 'message', seq: 9, at: 1, by: 'b', text: '~M00000012 and more of it' } as const;
    const push = Buffer.from(encode({ t: 'entries', at: [0, 1], conversation: 'c', entries: [entry], people: [] }));
    expect([numberOf(push, 0, push.length), acknowledged(push, 0, push.length)]).toEqual([12, -1]);
    // 32,333 is 0x7e4d: the bytes of a mark in the position, in front of the message's own.
    const chance = Buffer.from(
      encode({ t: 'entries', at: [0, 32_333], conversation: 'd', entries: [entry], people: [] }),
    );
    expect(chance.indexOf('~M')).toBeLessThan(chance.indexOf('~M00000012'));
    expect(numberOf(chance, 0, chance.length)).toBe(12);
    const ok = Buffer.from(encode({ t: 'ok', id: '~I00000013', result: { seq: 9 } }));
    expect(acknowledged(ok, 0, ok.length)).toBe(13);
    const badge = Buffer.from(encode({ t: 'badge', badge: 1 }));
    expect(numberOf(badge, 0, badge.length)).toBe(-1);
  });

  it('takes the median of few values', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([5])]).toEqual([2, 2.5, 5]);
  });
});
