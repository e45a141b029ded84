/** What it costs to be there: memory of the server for each signed-in idle connection and each idle conversation. */
import type { ChildProcess } from 'node:child_process';
import { bar } from './bars.ts';
import { figureRun } from './figure-run.ts';
import type { Flags } from './flags.ts';
import type { Question as IdleQuestion } from './idle-users.ts';
import { socketsAllowed, whatIsInTheWay } from './open-files.ts';
import type { Memory, Question } from './parley-server.ts';
import { ask, end, residentBytes, start, until } from './processes.ts';
import type { FigureRun } from './report.ts';
import { type RunningServer, withServer } from './round.ts';
import { extraTrios } from './workload.ts';

const defaultSize = 10_000;
const conversationsMax = 10_000;
/** Of one process, and from one loopback address: there are some 28,000 ports for each. */
const perProcess = 12_500;
const settleMs = 1_000;
/** Instead of the server's own: nobody wants to wait for that. */
const actorIdleMs = 500;
const restWithinMs = 30_000;

export async function idle(flags: Flags): Promise<FigureRun[]> {
  const wanted = Math.max(3, flags.size ?? defaultSize);
  const size = socketsAllowed(wanted);
  const fewer = size < wanted ? [`Measured with ${size} connections: ${whatIsInTheWay(wanted)}.`] : [];
  for (const note of fewer) process.stderr.write(`idle: ${note}\n`);
  const ours = await measured(size, flags.directory);
  const { heap_bytes_per_connection: heap, rss_bytes_per_connection: rss } = ours;
  return [
    figureRun({
      workload: 'idle',
      about: `${size} signed-in connections that say nothing, and ${ours.conversations} conversations of 3 among them`,
      ours,
      bars: [
        bar('idle: server memory a connection', Math.max(heap, rss), 10 * 1024, 'bytes'),
        bar('idle: memory a resident conversation', ours.heap_bytes_per_conversation, 6 * 1024, 'bytes'),
        bar('idle: connections that this machine does not allow', wanted - size, 0, 'connections'),
      ],
      notes: [
        ...fewer,
        'Anonymous resident memory of the whole server after a full collection, less what it was before; LMDB’s pages ' +
          'are the kernel’s and not counted. It may be less than what V8’s heap and buffers grew by, where there was room ' +
          'in them; a connection’s figure is the larger of the two. A conversation’s figure is that of V8’s heap and buffers, its rows in the ' +
          `lists of its three people included, once its actor has been let go (here after ${actorIdleMs} ms).`,
      ],
    }),
  ];
}

async function measured(size: number, directory: string) {
  const shape = { conversations: 0, people: 0 };
  const options = { directory, shape, extra: size, actorIdleMs, execArgv: ['--expose-gc'] };
  return withServer('parley', options, async (server) => {
    const children: ChildProcess[] = [];
    const before = await read(server);
    try {
      for (let first = 0; first < size; first += perProcess) {
        const child = start('idle-users');
        children.push(child);
        const count = Math.min(perProcess, size - first);
        const from = `127.0.0.${1 + children.length}`;
        const question: IdleQuestion = { is: 'connect', port: server.port, first, count, from };
        await ask<null>(child, question);
        process.stderr.write(`idle: ${first + count} of ${size} connected\n`);
      }
      const connected = await read(server);
      const [conversations, members] = [Math.min(size, conversationsMax), extraTrios(Math.floor(size / 3))];
      await ask<null>(server.child, { is: 'fill', conversations, members } satisfies Question);
      await until(async () => (await memoryOf(server)).actors === 0, restWithinMs, 'letting all actors go');
      const filled = await read(server);
      return {
        connections: size,
        rss_bytes_per_connection: (connected.anonymous - before.anonymous) / size,
        heap_bytes_per_connection: (connected.heap - before.heap) / size,
        conversations: filled.residentConversations,
        heap_bytes_per_conversation: (filled.heap - connected.heap) / filled.residentConversations,
        rss_bytes_per_conversation: (filled.anonymous - connected.anonymous) / filled.residentConversations,
        rss_mib_before: before.total / 2 ** 20,
        rss_mib_connected: connected.total / 2 ** 20,
        rss_mib_filled: filled.total / 2 ** 20,
      };
    } finally {
      await Promise.all(children.map(end));
    }
  });
}

async function read(server: RunningServer): Promise<Memory & ReturnType<typeof residentBytes>> {
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const memory = await memoryOf(server);
  return { ...memory, ...residentBytes(server.pid) };
}

function memoryOf({ child }: RunningServer): Promise<Memory> {
  return ask<Memory>(child, { is: 'memory' } satisfies Question);
}
