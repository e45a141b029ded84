/** What it costs to be there: memory of the server for each signed-in idle connection and each idle conversation. */
import type { ChildProcess } from 'node:child_process';
import { bar } from './bars.ts';
import { figureRun } from './figure-run.ts';
import type { Flags } from './flags.ts';
import type { Question as CrowdQuestion } from './idle-crowd.ts';
import { allowOpenFiles } from './open-files.ts';
import type { Memory, Question } from './parley-server.ts';
import { ask, end, residentBytes, start } from './processes.ts';
import type { FigureRun } from './report.ts';
import { type RunningServer, withServer } from './round.ts';
import { extraTrios } from './workload.ts';

const defaultSize = 10_000;
const conversationsMax = 10_000;
/** Of one process, and from one loopback address: there are some 28,000 ports for each. */
const perProcess = 12_500;
const settleMs = 1_000;

export async function idle(flags: Flags): Promise<FigureRun[]> {
  const size = flags.size ?? defaultSize;
  allowOpenFiles(size);
  const connections = await idleConnections(size, flags.directory);
  const conversations = await idleConversations(Math.min(size, conversationsMax), flags.directory);
  return [
    figureRun({
      workload: 'idle',
      about: `${size} signed-in connections that say nothing, and ${conversations.conversations} conversations of 3`,
      ours: { ...connections, ...conversations },
      bars: [
        bar('idle: server memory a connection', connections.rss_bytes_per_connection, 10 * 1024, 'bytes'),
        bar('idle: memory a resident conversation', conversations.heap_bytes_per_conversation, 6 * 1024, 'bytes'),
      ],
      notes: [
        'Anonymous resident memory of the whole server after a full collection, less what it was before; LMDB’s pages ' +
          'are the kernel’s and not counted. A conversation’s figure is that of V8’s heap and buffers, its lists included.',
      ],
    }),
  ];
}

async function idleConnections(size: number, directory: string) {
  const options = { directory, shape: { conversations: 0, people: 0 }, extra: size, execArgv: ['--expose-gc'] };
  return withServer('parley', options, async (server) => {
    const crowds: ChildProcess[] = [];
    const before = await read(server);
    try {
      for (let first = 0; first < size; first += perProcess) {
        const crowd = start('idle-crowd');
        crowds.push(crowd);
        const count = Math.min(perProcess, size - first);
        const from = `127.0.0.${1 + crowds.length}`;
        const question: CrowdQuestion = { is: 'connect', port: server.port, first, count, from };
        await ask<null>(crowd, question);
        process.stderr.write(`idle: ${first + count} of ${size} connected\n`);
      }
      const after = await read(server);
      return {
        connections: size,
        rss_bytes_per_connection: (after.anonymous - before.anonymous) / size,
        heap_bytes_per_connection: (after.heap - before.heap) / size,
        rss_mib_before: before.total / 2 ** 20,
        rss_mib_after: after.total / 2 ** 20,
      };
    } finally {
      await Promise.all(crowds.map(end));
    }
  });
}

async function idleConversations(count: number, directory: string) {
  const options = { directory, shape: { conversations: 0, people: 0 }, extra: 3 * count, execArgv: ['--expose-gc'] };
  return withServer('parley', options, async (server) => {
    const before = await read(server);
    await ask<null>(server.child, { is: 'fill', conversations: count, members: extraTrios(count) } satisfies Question);
    const after = await read(server);
    return {
      conversations: after.residentConversations,
      heap_bytes_per_conversation: (after.heap - before.heap) / after.residentConversations,
      rss_bytes_per_conversation: (after.anonymous - before.anonymous) / after.residentConversations,
    };
  });
}

async function read({ child, pid }: RunningServer): Promise<Memory & ReturnType<typeof residentBytes>> {
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const memory = await ask<Memory>(child, { is: 'memory' } satisfies Question);
  return { ...memory, ...residentBytes(pid) };
}
