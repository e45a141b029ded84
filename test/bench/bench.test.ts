/** Whether the benchmarks measure what they say: everything that is posted arrives, once and in order. No times. */
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { count, duration, people, rate, unusedBy } from '../../bench/flags.ts';
import { markdownOf } from '../../bench/markdown.ts';
import { requireOpenFiles, socketsAllowed } from '../../bench/open-files.ts';
import type { FanOutRun, FigureRun } from '../../bench/report.ts';
import { Tally } from '../../bench/tally.ts';
import { launchChromium } from '../support/chromium.ts';
import { cliEntry, runCli } from '../support/cli.ts';
import { bench, benchUntil, childOf, compileBench, micro } from './compiled.ts';

const minutes = 60_000;
const scratch = mkdtempSync(join(tmpdir(), 'parley-bench-test-'));
const few = ['--conversations', '3', '--people', '4', '--per-second', '60'] as const;
/** Three quarters of a second of that, to four people each. */
const messages = 45;

beforeAll(compileBench, 2 * minutes);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('fan-out', () => {
  let run: FanOutRun;

  it(
    'Parley and each peer deliver everything once and in order, with requests on the admin port meanwhile',
    async () => {
      const peers = ['relay', 'durable', 'ws', 'socketio'] as const;
      const kept = ['--http', '--results', scratch, '--svg', join(scratch, 'ratios.svg')];
      const { code, runs } = await bench('desk', ...few, '--against', peers.join(), ...kept);
      expect(code).toBe(0);
      expect(runs).toHaveLength(1);
      run = runs[0] as FanOutRun;
      expect(run).toMatchObject({ workload: 'desk', shape: { conversations: 3, people: 4, perSecond: 60 } });
      const whole = { sent: messages, deliveries: messages * 4, lost: 0, doubled: 0, misordered: 0 };
      for (const side of [run.ours, ...peers.map((kind) => run[kind])]) expect(side).toMatchObject(whole);
      expect(run.http?.map(({ endpoint, not_2xx }) => [endpoint, not_2xx])).toEqual([
        ['GET /livez', 0],
        ['GET /metrics', 0],
        ['PUT /v1/people/*', 0],
      ]);
    },
    2 * minutes,
  );

  it('says of each side and each ratio what the documentation promises', () => {
    const figures = ['p50_ms', 'p99_ms', 'cpu_us_per_delivery', 'rss_mib', 'server_cpu_s', 'generator_cpu_s'] as const;
    for (const figure of figures) {
      expect([figure, typeof run.ours[figure], typeof run.relay?.[figure]]).toEqual([figure, 'number', 'number']);
    }
    expect(Object.keys(run.ratio)).toEqual(['cpu', 'p50', 'p99']);
    expect(run.ours.ack_p50_ms).toBeTypeOf('number');
    expect(run.relay?.ack_p50_ms).toBe(null);
    expect(run.ratios.ws?.cpu.min).toBeLessThanOrEqual(run.ratios.ws?.cpu.max ?? 0);
    expect(run.machine).toMatchObject({ node: process.version });
  });

  it(
    'keeps JSON, Markdown and a page that opens by itself in a browser, and draws the picture',
    async () => {
      const stem = readdirSync(scratch)
        .find((name) => name.endsWith('.html'))
        ?.replace('.html', '') as string;
      expect(stem).toMatch(/^\d{4}-\d\d-\d\d-desk-/);
      const kept = JSON.parse(readFileSync(join(scratch, `${stem}.json`), 'utf8')) as FanOutRun[];
      expect(kept).toEqual([run]);
      expect(readFileSync(join(scratch, `${stem}.md`), 'utf8')).toBe(markdownOf(kept));
      expect(readFileSync(join(scratch, 'ratios.svg'), 'utf8').match(/<rect class="(ours|theirs)"/g)).toHaveLength(5);
      const browser = await launchChromium();
      try {
        const page = await browser.newPage();
        const wrong: string[] = [];
        page.on('pageerror', ({ message }) => wrong.push(message));
        page.on('console', (line) => line.type() === 'error' && wrong.push(line.text()));
        page.on('request', (request) => request.url().startsWith('file:') || wrong.push(request.url()));
        await page.goto(`file://${join(scratch, `${stem}.html`)}`);
        expect(await page.locator('.chart canvas').count()).toBe(1);
        expect(await page.locator('tr.ours').count()).toBe(1);
        // p50 is dashed in the picture, and beside its name.
        const markers = page.locator('.u-legend .u-marker');
        const styles = await markers.evaluateAll((all) => all.map((one) => getComputedStyle(one).borderTopStyle));
        // The first marker is that of the seconds.
        expect(styles.slice(1)).toEqual([...Array(5).fill('dashed'), ...Array(5).fill('solid')]);
        const ends = await page.locator('section svg text').evaluateAll((all) =>
          all.map((text) => {
            const { x, width } = (text as SVGTextElement).getBBox();
            return x + width;
          }),
        );
        expect(Math.max(...ends)).toBeLessThanOrEqual(760);
        expect(wrong).toEqual([]);
      } finally {
        await browser.close();
      }
    },
    minutes,
  );

  it(
    'is reached by `parley bench` too, and keeps to its bars where they are met',
    async () => {
      const short = ['--seconds', '0.5', '--warm-up', '0.25', '--rounds', '1', '--no-results', '--json', '--threshold'];
      const { code, stdout } = await runCli(['bench', 'desk', ...few, ...short]);
      expect(code).toBe(0);
      const { ours, bars } = JSON.parse(stdout) as FanOutRun;
      expect(ours).toMatchObject({ sent: messages, lost: 0 });
      expect(bars).toEqual([{ bar: expect.any(String), value: 0, limit: 0, unit: 'deliveries', met: true }]);
    },
    2 * minutes,
  );
});

describe('the other runs', () => {
  it(
    'start: makes a store by the project’s own writers and opens it; a bar that is missed ends with 3',
    async () => {
      const { code, stderr, runs } = await bench('start', '--size', '40', '--messages', '200', '--threshold');
      const [{ ours, bars }] = runs as [FigureRun];
      // Person 0 is the first member of conversation 0, and the others' in the rest.
      expect(ours).toMatchObject({ conversations: 40, messages: 200, first_page_cards: 3 });
      // The files of an empty store alone are more than that for each of 200 messages.
      expect(bars.find(({ bar }) => bar.includes('disk'))?.met).toBe(false);
      expect(code).toBe(3);
      expect(stderr).toMatch(/missed: start: disk a message, all indexes: .* at most 300, \d+ % above/);
    },
    2 * minutes,
  );

  it(
    'storm: everyone is back and up to date, and the others miss nothing',
    async () => {
      const { code, runs } = await bench('storm', '--size', '20', ...few);
      expect(code).toBe(0);
      const [{ ours }] = runs as [FigureRun];
      expect(ours).toMatchObject({ reconnects: 20, resumed: 20, failed: 0, lost: 0, doubled: 0, misordered: 0 });
    },
    2 * minutes,
  );

  it(
    'slow: whoever stalled has everything once awake, and the others miss nothing',
    async () => {
      const { code, runs } = await bench('slow', '--size', '3', ...few, '--conversations', '1');
      expect(code).toBe(0);
      const [{ ours, bars }] = runs as [FigureRun];
      expect(ours).toMatchObject({ stalled: 3, missing_after_resume: 0, lost: 0, doubled: 0, misordered: 0 });
      expect(bars.map(({ unit }) => unit)).toEqual(['× without', 'bytes', 'entries']);
    },
    2 * minutes,
  );

  it(
    'snapshot: copies are taken of all that a checkpoint has seen, and nobody misses anything meanwhile',
    async () => {
      const { code, runs } = await bench('snapshot', '--size', '30', ...few);
      expect(code).toBe(0);
      const [{ ours, bars }] = runs as [FigureRun];
      expect(ours).toMatchObject({ lost: 0, doubled: 0, misordered: 0 });
      // Those of the virtual users may be too young.
      expect(ours.snapshot_conversations).toBeGreaterThanOrEqual(30);
      expect(ours.snapshots).toBeGreaterThan(0);
      expect(bars.map(({ unit }) => unit)).toEqual(['× without', 'deliveries']);
    },
    2 * minutes,
  );

  it(
    'growth: measures before and after each thing that grows',
    async () => {
      const { code, stderr, runs } = await bench('growth', '--size', '40', ...few);
      expect(code, stderr).toBe(0);
      const [{ ours, ratio }] = runs as [FigureRun];
      expect(ours).toMatchObject({ conversations: 40, lost: 0, doubled: 0, misordered: 0 });
      expect(Object.keys(ratio ?? {})).toEqual(['history', 'conversations', 'lists']);
    },
    2 * minutes,
  );

  it(
    'soak: looks at memory after each stretch, and counts what was delivered in all of them',
    async () => {
      const { code, runs } = await bench('soak', '--minutes', '0.05', ...few);
      expect(code).toBe(0);
      const [{ ours, bars, charts }] = runs as [FigureRun];
      const sent = 4 * 60;
      expect(ours).toMatchObject({ samples: 4, sent, deliveries: sent * 4, lost: 0, doubled: 0, misordered: 0 });
      expect(charts[0]?.series.map(({ values }) => values.length)).toEqual([4, 4]);
      expect(bars.map(({ value }) => Number.isFinite(value))).toEqual([true, true]);
    },
    2 * minutes,
  );

  it(
    'list: every first page is answered while messages flow',
    async () => {
      const { code, runs } = await bench('list', '--size', '60', ...few);
      expect(code).toBe(0);
      const [{ ours }] = runs as [FigureRun];
      expect(ours).toMatchObject({ conversations: 60, cards: 20, unanswered: 0, lost: 0, doubled: 0, misordered: 0 });
    },
    2 * minutes,
  );

  it(
    'idle: counts what is resident',
    async () => {
      const { code, runs } = await bench('idle', '--size', '30');
      expect(code).toBe(0);
      const [{ ours, bars }] = runs as [FigureRun];
      expect(ours).toMatchObject({ connections: 30, conversations: 30 });
      expect(bars.map(({ unit }) => unit)).toEqual(['bytes', 'bytes', 'connections']);
    },
    2 * minutes,
  );

  it(
    'ramp: nothing is lost past what either side can do, and the load by which it was found is in the report',
    async () => {
      const brief = [
        '--conversations',
        '2',
        '--people',
        '2',
        '--per-second',
        '6000',
        '--seconds',
        '0.3',
        '--warm-up',
        '0.1',
      ];
      const { runs } = await bench('ramp', ...brief, '--against', 'relay,ws');
      expect(runs.map(({ workload }) => workload)).toEqual(['ramp-team', 'ramp-hall']);
      for (const { ours, relay, ws, ratio, charts } of runs as FigureRun[]) {
        expect(ours).toMatchObject({ lost: 0, doubled: 0, misordered: 0 });
        for (const peer of [relay, ws]) expect(peer?.capacity_per_s).toBeTypeOf('number');
        expect(ratio?.capacity).toBeTypeOf('number');
        expect(charts[0]?.xs[0]).toBe(6000);
      }
      const [team] = runs as FigureRun[];
      expect(team?.ours.refused).toBeGreaterThan(0);
      const named = Object.entries(team?.ours ?? {}).filter(([figure]) => figure.startsWith('refused_as_'));
      expect(named.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(team?.ours.refused);
    },
    3 * minutes,
  );
});

describe('a run that is ended before its time', () => {
  const start = ['start', '--size', '8000'];
  const desk = ['desk', ...few, '--seconds', '0.2', '--warm-up', '0.1'];
  /** A Ctrl-C, and another one: the whole group hears of it. */
  const interrupt = (child: ChildProcess): void => {
    const toAll = (): void => {
      if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGINT');
    };
    toAll();
    // Two at once would be one.
    setTimeout(toAll, 20);
  };
  const terminate = (child: ChildProcess): void => void child.kill('SIGTERM');

  it.each([
    ['the store of start', 'messages written', terminate, start, 143],
    ['a server that begins', 'parley …', interrupt, desk, 130],
  ])(
    'leaves nothing of %s',
    async (_, said, act, args, code) => {
      const directory = mkdtempSync(join(scratch, 'ended-'));
      const ended = await benchUntil(said, act, [...args, '--directory', directory, '--no-results']);
      expect(ended.code).toBe(code);
      expect(ended.stderr).not.toContain('parley bench:');
      expect(readdirSync(directory)).toEqual([]);
    },
    minutes,
  );

  it(
    'leaves nothing where it was `parley bench` that was ended',
    async () => {
      const directory = mkdtempSync(join(scratch, 'ended-'));
      const args = ['bench', ...start, '--directory', directory, '--no-results'];
      const ended = await benchUntil('messages written', terminate, args, await cliEntry());
      expect(ended.code).toBe(143);
      expect(readdirSync(directory)).toEqual([]);
    },
    minutes,
  );
});

describe('a peer that fails', () => {
  it(
    'is named and left out, and the others are measured all the same',
    async () => {
      const kill = (child: ChildProcess): void => void process.kill(childOf(child, 'peers/relay'), 'SIGKILL');
      const results = mkdtempSync(join(scratch, 'left-out-'));
      const brief = ['--seconds', '0.5', '--warm-up', '0.25', '--rounds', '1', '--results', results];
      // The load has begun once there is a generator, half a second later.
      const act = (child: ChildProcess): void => void setTimeout(kill, 500, child);
      const { code, stderr } = await benchUntil('relay …', act, ['desk', ...few, '--against', 'relay,ws', ...brief]);
      expect(code).toBe(1);
      expect(stderr).toContain('left out from here on: relay: ');
      const kept = readdirSync(results).find((name) => name.endsWith('.json')) as string;
      const [run] = JSON.parse(readFileSync(join(results, kept), 'utf8')) as [FanOutRun];
      expect(run.left_out).toHaveLength(1);
      expect([run.relay, run.ws?.lost, run.ours.lost]).toEqual([undefined, 0, 0]);
    },
    minutes,
  );
});

describe('what cannot be', () => {
  it('a place that nothing can be written to is named before anything is measured', async () => {
    const { code, stderr } = await bench('desk', '--results', '/proc/nowhere/results');
    expect(code).toBe(73);
    expect(stderr).toMatch(/^parley bench: --results: nothing can be written to \/proc\/nowhere\/results: /);
  });

  it.each([
    [duration, ['0', '-1', 'NaN', 'Infinity', '1e9', 'ten', ''], '0.5'],
    [rate, ['0', '-1', 'NaN', 'Infinity', '1e9'], '0.5'],
    [count, ['0', '-1', '1.5', 'NaN', 'Infinity', '1e12'], '3'],
    [people, ['1', '2.5', '2001', 'NaN'], '2'],
  ])('$name takes no number that means nothing', (parse, odd, even) => {
    for (const text of odd) expect(() => parse(text)).toThrow('It has to be a');
    expect(parse(even)).toBe(Number(even));
  });

  it('an option that a run makes nothing of is told apart from one that it uses', () => {
    expect(unusedBy(['idle'], ['against', 'size', 'json', 'seconds'])).toEqual(['against', 'seconds']);
    expect(unusedBy(['hall', 'team'], ['against', 'http', 'minutes'])).toEqual(['minutes']);
  });

  it('more connections than this machine allows: as many as it does, or a refusal that says what to set', () => {
    const many = 2 ** 31;
    expect(socketsAllowed(many)).toBeLessThan(many);
    expect(socketsAllowed(1)).toBe(1);
    expect(() => requireOpenFiles(many)).toThrow(/need \d+ open files in one process; .* ulimit -n \d+/);
  });

  it('more messages than can be ticked off', () => {
    expect(() => new Tally(100, 1_000, 1_000_000)).toThrow('too many to tick off');
  });
});

describe('what is not there', () => {
  it('is named before anything is measured', async () => {
    const { code, stderr } = await bench('desk', '--against', 'relay,carrier-pigeon');
    expect(code).toBe(2);
    expect(stderr).toContain('Peers are relay, durable, ws, socketio, ejabberd, prosody');
  });

  it('is the harness, in an installed package: exit code 69 and what to do', async () => {
    const dist = dirname(dirname(await cliEntry()));
    const installed = join(scratch, 'installed');
    cpSync(dist, join(installed, 'dist'), { recursive: true });
    cpSync(join(dirname(dist), 'package.json'), join(installed, 'package.json'));
    symlinkSync(join(import.meta.dirname, '../../node_modules'), join(installed, 'node_modules'));
    const { execFile } = await import('node:child_process');
    const ended = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile(process.execPath, [join(installed, 'dist/admin/parley.js'), 'bench', 'hall'], (error, _, stderr) =>
        resolve({ code: error?.code ?? 0, stderr }),
      );
    });
    expect(ended.code).toBe(69);
    expect(ended.stderr).toContain('the benchmarks need a source checkout');
  });
});

describe('the micro-benchmarks', () => {
  it(
    'hold every operation to a ratio, and say which is over its budget',
    async () => {
      const { code, stdout } = await micro('--rounds', '1', '--round-ms', '1', '--json');
      const results = JSON.parse(stdout) as { room: string; ratio: number; budget: number; met: boolean }[];
      expect([...new Set(results.map(({ room }) => room))]).toEqual(['codec', 'rules', 'journal', 'views']);
      for (const { ratio, budget, met } of results) expect(met).toBe(ratio <= budget);
      expect(code).toBe(results.every(({ met }) => met) ? 0 : 3);
    },
    minutes,
  );
});
