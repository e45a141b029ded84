/** What one message costs while everything around it grows: the store, the history it is added to, its readers' lists. */
import { bar } from './bars.ts';
import { figureRun } from './figure-run.ts';
import { type Flags, shapeFor } from './flags.ts';
import type { Measured } from './load-run.ts';
import type { Question } from './parley-server.ts';
import { ask } from './processes.ts';
import { type FigureRun, faultFigures, faultsIn, faultsOf, median } from './report.ts';
import { type RunningServer, withServer, withVirtualUsers } from './round.ts';
import { extraTrios, personId, type Shape } from './workload.ts';

const perSecond = 500;
/** In the store besides those of the virtual users; half of them their own at the end. */
const defaultConversations = 20_000;
/** Messages a second while the history grows, for as long as ten of the stretches that are measured. */
const growingPerSecond = 1_000;
const growingStretches = 10;
/** More than what a figure that does not grow differs by from one stretch to the next. */
const growthMax = 1.25;

/** What has grown, in the order of the stretches; each stands on all before it. */
const stages = ['fresh', 'history', 'conversations', 'lists'] as const;
type Round = Record<(typeof stages)[number], Measured>;

export async function growth(flags: Flags): Promise<FigureRun[]> {
  const size = flags.size ?? defaultConversations;
  const shape = shapeFor('team', flags, perSecond);
  const rounds: Round[] = [];
  for (let round = 1; round <= flags.rounds; round += 1) {
    rounds.push(await grow(flags, shape, size));
    const said = stages.map((stage) => `${stage} ${rounds.at(-1)?.[stage].cpuMicrosPerDelivery.toFixed(1)}`);
    process.stderr.write(`growth: round ${round}: µs a delivery: ${said.join(', ')}\n`);
  }
  return [reportOf(rounds, size, shape, flags)];
}

function grow(flags: Flags, shape: Shape, size: number): Promise<Round> {
  const strangers = extraTrios(100);
  const options = { directory: flags.directory, shape, extra: strangers.length * 3 };
  return withServer('parley', options, (server) =>
    withVirtualUsers(server, shape, async (run) => {
      const { seconds, warmUp: warmUpSeconds } = flags;
      const measure = () => run({ perSecond: shape.perSecond, warmUpSeconds, seconds, overload: false });
      const fresh = await measure();
      const growing = { perSecond: growingPerSecond, warmUpSeconds: 0, seconds: seconds * growingStretches };
      await run({ ...growing, overload: true });
      const history = await measure();
      await fill(server, size / 2, strangers);
      const conversations = await measure();
      await fill(server, size / 2, triosOf(shape));
      return { fresh, history, conversations, lists: await measure() };
    }),
  );
}

/** Each of the virtual users with two of their neighbours. */
function triosOf({ conversations, people }: Shape): string[][] {
  return Array.from({ length: conversations * people }, (_, number) => {
    const conversation = Math.floor(number / people);
    return [0, 1, 2].map((each) => personId(conversation, (number + each) % people));
  });
}

async function fill({ child }: RunningServer, conversations: number, members: readonly string[][]): Promise<void> {
  await ask<null>(child, { is: 'fill', conversations: Math.round(conversations), members } satisfies Question);
}

function reportOf(rounds: readonly Round[], size: number, shape: Shape, flags: Flags): FigureRun {
  const faults = faultsIn(rounds.flatMap((round) => stages.map((stage) => round[stage])));
  const middle = (of: (round: Round) => number) => median(rounds.map(of));
  const cpu = (stage: (typeof stages)[number]) => middle((round) => round[stage].cpuMicrosPerDelivery);
  const grown = stages.slice(1).map((stage, before) => {
    const ratio = middle((round) => {
      return round[stage].cpuMicrosPerDelivery / round[stages[before] as 'fresh'].cpuMicrosPerDelivery;
    });
    return { stage, ratio };
  });
  return figureRun({
    workload: 'growth',
    about: `${shape.perSecond} messages/s in ${shape.conversations} conversations, while history, store and lists grow`,
    ours: {
      history_messages: growingPerSecond * flags.seconds * growingStretches,
      conversations: size,
      own_conversations_each: Math.round(((size / 2) * 3) / (shape.conversations * shape.people)),
      ...Object.fromEntries(stages.map((stage) => [`cpu_us_per_delivery_${stage}`, cpu(stage)])),
      ...Object.fromEntries(stages.map((stage) => [`p50_ms_${stage}`, middle((round) => round[stage].delivery.p50)])),
      ...faultFigures(faults),
    },
    ratio: Object.fromEntries(grown.map(({ stage, ratio }) => [stage, ratio])),
    bars: [
      ...grown.map(({ stage, ratio }) => bar(`growth: CPU a delivery with ${stage}`, ratio, growthMax, '× before')),
      bar('growth: lost, doubled, out of order', faultsOf(faults), 0, 'deliveries'),
    ],
  });
}
