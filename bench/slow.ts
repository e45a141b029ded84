/** Some of the consumers stop reading: what the others notice, what the server holds for them, and whether they miss anything. */
import { limits } from '../src/limits.ts';
import { bar } from './bars.ts';
import { figureRun } from './figure-run.ts';
import { type Flags, shapeFor } from './flags.ts';
import type { Measured } from './load-run.ts';
import { ask, end, residentBytes, start } from './processes.ts';
import { type FigureRun, faultFigures, faultsIn, faultsOf, median } from './report.ts';
import { type RunningServer, type RunStretch, withServer, withVirtualUsers } from './round.ts';
import type { Question, Woken } from './slow-readers.ts';
import { extraId } from './workload.ts';

/** Of 500 consumers in all. */
const defaultStalled = 50;
const defaultOthers = 450;
const lookEveryMs = 100;

interface Round {
  readonly calm: Measured;
  readonly stalled: Measured;
  /** Anonymous resident memory of the server, in bytes: before the stall, at most during it, and once all are awake. */
  readonly before: number;
  readonly during: number;
  readonly after: number;
  readonly woken: Woken;
}

export async function slow(flags: Flags): Promise<FigureRun[]> {
  const size = flags.size ?? defaultStalled;
  const shape = shapeFor('hall', { ...flags, people: flags.people ?? defaultOthers });
  const options = { directory: flags.directory, shape, extra: size + 1 };
  const rounds = await withServer('parley', options, async (server) => {
    const readers = start('slow-readers');
    try {
      await ask<null>(readers, { is: 'connect', port: server.port, count: size } satisfies Question);
      return await withVirtualUsers(server, shape, async (run, invite) => {
        await invite(Array.from({ length: size + 1 }, (_, number) => extraId(number)));
        const found: Round[] = [];
        for (let round = 1; round <= flags.rounds; round += 1) {
          found.push(await turn(server, readers, run, { ...flags, perSecond: shape.perSecond }));
          const { calm, stalled } = found.at(-1) as Round;
          process.stderr.write(`slow: round ${round}: p99 ${calm.delivery.p99} ms, ${stalled.delivery.p99} with it\n`);
        }
        return found;
      });
    } finally {
      await end(readers);
    }
  });
  return [reportOf(rounds, size, shape)];
}

async function turn(
  server: RunningServer,
  readers: ReturnType<typeof start>,
  run: RunStretch,
  { seconds, warmUp: warmUpSeconds, perSecond = 0 }: Flags,
): Promise<Round> {
  const anonymous = () => residentBytes(server.pid).anonymous;
  const talk = { is: 'talk', seconds: warmUpSeconds + seconds } satisfies Question;
  const both = async (): Promise<Measured> => {
    const stretch = { perSecond, warmUpSeconds, seconds, overload: false };
    return (await Promise.all([run(stretch), ask<null>(readers, talk)]))[0];
  };
  const calm = await both();
  const before = anonymous();
  await ask<null>(readers, { is: 'stall' } satisfies Question);
  let during = before;
  const looking = setInterval(() => {
    during = Math.max(during, anonymous());
  }, lookEveryMs);
  const stalled = await both().finally(() => clearInterval(looking));
  const woken = await ask<Woken>(readers, { is: 'wake' } satisfies Question);
  return { calm, stalled, before, during, after: anonymous(), woken };
}

function reportOf(rounds: readonly Round[], size: number, shape: ReturnType<typeof shapeFor>): FigureRun {
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const faults = faultsIn(rounds.flatMap(({ calm, stalled }) => [calm, stalled]));
  const missing = sum(({ woken }) => woken.missing);
  const p99 = median(rounds.map(({ calm, stalled }) => stalled.delivery.p99 / calm.delivery.p99));
  const held = Math.max(...rounds.map(({ before, during }) => during - before)) / size;
  return figureRun({
    workload: 'slow',
    about: `${size} of ${size + shape.conversations * shape.people} consumers stop reading, ${shape.perSecond} messages/s to all`,
    ours: {
      stalled: size,
      closed: sum(({ woken }) => woken.closed),
      resumed: sum(({ woken }) => woken.resumed),
      missing_after_resume: missing,
      others_p50_ms: median(rounds.map(({ stalled }) => stalled.delivery.p50)),
      others_p99_ms: median(rounds.map(({ stalled }) => stalled.delivery.p99)),
      others_p99_without_ms: median(rounds.map(({ calm }) => calm.delivery.p99)),
      held_bytes_per_stalled: held,
      rss_mib_before: (rounds[0]?.before ?? 0) / 2 ** 20,
      rss_mib_during: Math.max(...rounds.map(({ during }) => during)) / 2 ** 20,
      rss_mib_after: (rounds.at(-1)?.after ?? 0) / 2 ** 20,
      ...faultFigures(faults),
    },
    ratio: { p99 },
    bars: [
      bar('slow: p99 of the others', p99, 1.1, '× without'),
      bar('slow: server memory a stalled consumer', held, 2 * limits.socketBacklogMaxBytes, 'bytes'),
      bar('slow: missing after resume, lost, doubled, out of order', missing + faultsOf(faults), 0, 'entries'),
    ],
    notes: [
      'Those who stall are in the same conversation, and in one of their own in which 40 messages/s of 16,000 bytes are written, ' +
        'with and without the stall: so that the kernel’s buffers fill up within seconds and the server has to hold what is left.',
    ],
  });
}
