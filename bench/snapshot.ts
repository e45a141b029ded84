/** Snapshots of the server while people talk: what do they notice? */
import { join } from 'node:path';
import { bar } from './bars.ts';
import { figureRun } from './figure-run.ts';
import { type Flags, shapeFor } from './flags.ts';
import type { Measured } from './load-run.ts';
import type { Question } from './parley-server.ts';
import { ask, end, start } from './processes.ts';
import { type FigureRun, faultFigures, faultsIn, faultsOf, median } from './report.ts';
import { withServer, withVirtualUsers } from './round.ts';
import type { Taken, Question as ToTake } from './snapshot-taker.ts';
import { extraTrios } from './workload.ts';

/** In the store besides those of the virtual users. */
const defaultConversations = 20_000;
const perSecond = 500;
const members = extraTrios(200);

interface Round {
  readonly calm: Measured;
  readonly copied: Measured;
  readonly taken: Taken;
}

export async function snapshot(flags: Flags): Promise<FigureRun[]> {
  const size = flags.size ?? defaultConversations;
  const shape = shapeFor('team', flags, perSecond);
  const options = { directory: flags.directory, shape, extra: members.length * 3 };
  return withServer('parley', options, async (server) => {
    await ask<null>(server.child, { is: 'fill', conversations: size, members } satisfies Question);
    process.stderr.write(`snapshot: ${size} conversations are there\n`);
    const taker = start('snapshot-taker');
    try {
      return await withVirtualUsers(server, shape, async (run) => {
        const { seconds, warmUp: warmUpSeconds } = flags;
        const stretch = { perSecond: shape.perSecond, warmUpSeconds, seconds, overload: false };
        const to = join(server.dataDir, '..', 'snapshot');
        const take: ToTake = { dataDir: server.dataDir, to, until: (warmUpSeconds + seconds) * 1000 };
        const rounds: Round[] = [];
        for (let round = 1; round <= flags.rounds; round += 1) {
          const calm = await run(stretch);
          const [copied, taken] = await Promise.all([run(stretch), ask<Taken>(taker, take)]);
          rounds.push({ calm, copied, taken });
          const { delivery } = copied;
          process.stderr.write(`snapshot: round ${round}: p99 ${calm.delivery.p99} ms, ${delivery.p99} with it\n`);
        }
        return [reportOf(rounds, size, shape)];
      });
    } finally {
      await end(taker);
    }
  });
}

function reportOf(rounds: readonly Round[], size: number, shape: ReturnType<typeof shapeFor>): FigureRun {
  const faults = faultsIn(rounds.flatMap(({ calm, copied }) => [calm, copied]));
  const p99 = median(rounds.map(({ calm, copied }) => copied.delivery.p99 / calm.delivery.p99));
  const last = rounds.at(-1)?.taken;
  return figureRun({
    workload: 'snapshot',
    about: `snapshots one after the other of ${size} conversations and those who talk, ${shape.perSecond} messages/s`,
    ours: {
      snapshots: rounds.reduce((sum, { taken }) => sum + taken.snapshots, 0),
      snapshot_conversations: last?.conversations ?? 0,
      snapshot_mib: (last?.bytes ?? 0) / 2 ** 20,
      snapshot_s: median(rounds.map(({ taken }) => taken.ms / taken.snapshots / 1000)),
      p50_ms: median(rounds.map(({ copied }) => copied.delivery.p50)),
      p99_ms: median(rounds.map(({ copied }) => copied.delivery.p99)),
      p50_without_ms: median(rounds.map(({ calm }) => calm.delivery.p50)),
      p99_without_ms: median(rounds.map(({ calm }) => calm.delivery.p99)),
      ...faultFigures(faults),
    },
    ratio: { p99 },
    bars: [
      bar('snapshot: p99 of fan-out', p99, 2, '× without'),
      bar('snapshot: lost, doubled, out of order', faultsOf(faults), 0, 'deliveries'),
    ],
    notes: [
      'Copies are written, read back and checked as `parley snapshot` does, by a process of their own, without a pause between them.',
    ],
  });
}
