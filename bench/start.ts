/** A store of a million conversations, made for the run: how soon a server on it is ready, and what it takes up. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createProgress } from '../src/admin/progress.ts';
import { limits } from '../src/limits.ts';
import { bar } from './bars.ts';
import { say, signIn, until } from './dialects/parley.ts';
import { figureRun } from './figure-run.ts';
import type { Flags } from './flags.ts';
import type { Made, Make } from './make-store.ts';
import type { Plan, Ready } from './parley-server.ts';
import { cpuSeconds, end, message, type Resident, residentBytes, start as startProcess } from './processes.ts';
import { type FigureRun, median } from './report.ts';
import { makeScratch, removeScratch } from './scratch.ts';
import { extraId } from './workload.ts';

const defaultConversations = 1_000_000;
const messagesEach = 10;
const peopleMax = 20_000;

export async function start(flags: Flags): Promise<FigureRun[]> {
  const conversations = flags.size ?? defaultConversations;
  const messages = flags.messages ?? conversations * messagesEach;
  const made = makeScratch(flags.directory);
  const directory = join(made, 'data');
  try {
    await make({ directory, conversations, messages, people: Math.max(3, Math.min(peopleMax, conversations)) });
    const bytes = bytesOn(directory);
    const starts: Started[] = [];
    for (let round = 1; round <= flags.rounds; round += 1) {
      starts.push(await startOn(directory));
      process.stderr.write(
        `start: round ${round} of ${flags.rounds}, ready after ${starts.at(-1)?.readyMs.toFixed(0)} ms\n`,
      );
    }
    const readyMs = median(starts.map((one) => one.readyMs));
    const largest = starts.reduce((a, b) => (b.resident.total > a.resident.total ? b : a)).resident;
    return [
      figureRun({
        workload: 'start',
        about: `a store of ${conversations} conversations with ${messages} messages of 120 bytes`,
        ours: {
          conversations,
          messages,
          ready_ms: readyMs,
          ready_cpu_s: median(starts.map((one) => one.cpuSeconds)),
          rss_mib: largest.total / 2 ** 20,
          rss_anonymous_mib: largest.anonymous / 2 ** 20,
          first_page_ms: median(starts.map((one) => one.firstPageMs)),
          first_page_cards: starts[0]?.cards ?? 0,
          store_mib: bytes / 2 ** 20,
          bytes_per_message: bytes / messages,
        },
        bars: [
          bar('start: ready', readyMs, 2_000, 'ms'),
          bar('start: resident', largest.total / 2 ** 20, 1_024, 'MiB'),
          bar('start: disk a message, all indexes', bytes / messages, 300, 'bytes'),
        ],
        notes: [
          'From the start of the process to the port’s first connection, and the processor time of all its threads until ' +
            'then; the kernel has the store’s pages at hand as it pleases. What is resident and not anonymous is such ' +
            'pages. The disk holds every message’s command as well (CMD-1); a server forgets those after 30 days.',
        ],
      }),
    ];
  } finally {
    removeScratch(made);
  }
}

async function make(what: Make): Promise<void> {
  const progress = createProgress();
  progress.start('messages written', what.messages);
  const child = startProcess('make-store', [JSON.stringify(what)], ['--max-old-space-size=2048']);
  let before = 0;
  child.on('message', ({ done }: Made) => {
    progress.advance(done - before);
    before = done;
  });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  progress.end();
  if (code !== 0) throw new Error(`making the store ended with ${code}`);
}

interface Started {
  readonly readyMs: number;
  readonly cpuSeconds: number;
  readonly resident: Resident;
  readonly firstPageMs: number;
  readonly cards: number;
}

async function startOn(directory: string): Promise<Started> {
  const { actorIdleMs } = limits;
  const plan: Plan = { directory, conversations: 0, people: 0, extra: 0, adminToken: null, actorIdleMs };
  const began = performance.now();
  const server = startProcess('parley-server', [JSON.stringify(plan)]);
  try {
    const { port } = await message<Ready>(server);
    const readyMs = performance.now() - began;
    const cpu = cpuSeconds(server.pid as number);
    const resident = residentBytes(server.pid as number);
    const { line } = await signIn(port, extraId(0));
    const asked = performance.now();
    const answer = await until(line, 'ok', () => say(line, { t: 'list', id: 'first', limit: 20 }));
    const firstPageMs = performance.now() - asked;
    line.destroy();
    return {
      readyMs,
      cpuSeconds: cpu,
      resident,
      firstPageMs,
      cards: (answer.result as { cards: unknown[] }).cards.length,
    };
  } finally {
    await end(server);
  }
}

/** What its files take up, holes not counted. */
function bytesOn(directory: string): number {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => lstatSync(join(directory, name)))
    .reduce((sum, { blocks }) => sum + blocks * 512, 0);
}
