/**
 * The rate doubled until p99 is above 100 ms or a delivery is missing; then the first rate again, to see whether the
 * server recovers. Of Parley in `team` floods as well, until it refuses some of it: what it cannot take it has to refuse by
 * name, and lose nothing.
 */
import { bar } from './bars.ts';
import { figureRun } from './figure-run.ts';
import { type Flags, shapeFor } from './flags.ts';
import type { Measured } from './load-run.ts';
import { byShape, peers } from './peers.ts';
import { type Bar, type Chart, type FigureRun, faultsIn, faultsOf, median } from './report.ts';
import { type RunStretch, withServer, withVirtualUsers } from './round.ts';
import { type PeerKind, type Shape, type TargetKind, workloads } from './workload.ts';

const tooSlowMs = 100;
const doublingsMax = 10;
const stretchSecondsMax = 5;
const floodFactor = 4;
const floodsMax = 3;
const floodSeconds = 2;
/** Of one core, by the generator: above it the load is no longer what was asked for. */
const generatorShareMax = 0.95;

/** The relay's capacity may be so many times ours. */
const relayTimesMax = { team: 2, hall: 1 } as const;
type RampName = keyof typeof relayTimesMax;

interface Step {
  readonly perSecond: number;
  readonly measured: Measured;
}
interface Climb {
  /** The last rate that was kept up with; 0 = not even the first. */
  readonly capacity: number;
  readonly steps: readonly Step[];
  readonly floods: readonly Measured[];
  readonly after: Measured;
}

/** By side, a climb for each round. */
type Climbs = ReadonlyMap<TargetKind, readonly Climb[]>;

/** One report for each of the two, and for each size at which peers take part. */
export async function ramp(flags: Flags): Promise<FigureRun[]> {
  const runs: FigureRun[] = [];
  for (const name of ['team', 'hall'] as const) {
    const workload = { ...workloads[name], ...shapeFor(name, flags) };
    for (const { shape, kinds } of byShape(flags.against, workload)) {
      runs.push(reportOf(name, shape, await climbAll(name, shape, kinds, flags)));
    }
  }
  return runs;
}

async function climbAll(name: RampName, shape: Shape, kinds: readonly PeerKind[], flags: Flags): Promise<Climbs> {
  const climbs = new Map<TargetKind, Climb[]>();
  for (let round = 1; round <= flags.rounds; round += 1) {
    for (const kind of [...kinds, 'parley'] as const) {
      process.stderr.write(`ramp ${name}: round ${round} of ${flags.rounds}, ${kind}\n`);
      const found = await climb(kind, shape, name === 'team' && kind === 'parley', flags);
      climbs.set(kind, [...(climbs.get(kind) ?? []), found]);
    }
  }
  return climbs;
}

function reportOf(name: RampName, shape: Shape, climbs: Climbs): FigureRun {
  const parley = climbs.get('parley') ?? [];
  const theirs = [...climbs.keys()].filter((kind) => kind !== 'parley');
  const ours = figuresOf(parley);
  const sides = new Map(theirs.map((kind) => [kind, figuresOf(climbs.get(kind) ?? [])]));
  const first = climbs.has('relay') ? 'relay' : (theirs[0] as PeerKind);
  return figureRun({
    workload: `ramp-${name}`,
    about: `${shape.conversations} × ${shape.people} people, from ${shape.perSecond} messages/s on doubled until p99 > ${tooSlowMs} ms`,
    ours,
    ...Object.fromEntries(sides),
    ratio: { capacity: ours.capacity_per_s / Math.max(1, sides.get(first)?.capacity_per_s ?? 0) },
    bars: barsOf(name, ours, sides.get('relay'), parley),
    notes: [
      ...theirs.map((kind) => `${peers[kind].label}: ${peers[kind].differs}.`),
      ...unstartedOf(shape.perSecond, climbs),
      ...limitedOf(climbs),
    ],
    charts: [byLoad(name, climbs)],
  });
}

function barsOf(name: RampName, ours: Figures, relay: Figures | undefined, parley: readonly Climb[]): Bar[] {
  const bars = [
    bar(`ramp ${name}: lost, doubled, out of order past capacity`, faultsOf(ours), 0, 'deliveries'),
    bar(`ramp ${name}: p99 when it is over`, ours.p99_afterwards_ms, tooSlowMs, 'ms'),
  ];
  if (relay !== undefined) {
    const times = relay.capacity_per_s / Math.max(1, ours.capacity_per_s);
    bars.unshift(bar(`ramp ${name}: relay’s capacity`, times, relayTimesMax[name], '× ours'));
  }
  if (name === 'team') bars.push(bar('ramp team: floods taken without a refusal', swallowed(parley), 0, 'rounds'));
  return bars;
}

function climb(kind: TargetKind, shape: Shape, floods: boolean, flags: Flags): Promise<Climb> {
  const seconds = Math.min(flags.seconds, stretchSecondsMax);
  return withServer(kind, { directory: flags.directory, shape }, (server) =>
    withVirtualUsers(server, shape, async (run) => {
      const at = (perSecond: number, length = seconds, warmUpSeconds = Math.min(flags.warmUp, 1)) =>
        run({ perSecond, warmUpSeconds, seconds: length, overload: true });
      const steps: Step[] = [];
      let perSecond = shape.perSecond;
      for (let doubling = 0; doubling <= doublingsMax; doubling += 1) {
        // The server has just started before the first one, and only there.
        const measured = doubling === 0 ? await at(perSecond, seconds, flags.warmUp) : await at(perSecond);
        steps.push({ perSecond, measured });
        const { p50, p99 } = measured.delivery;
        process.stderr.write(`  ${perSecond}/s: p50 ${p50} ms, p99 ${p99} ms${troubleOf(measured)}\n`);
        if (!keptUp(measured)) break;
        perSecond *= 2;
      }
      const flooded = floods ? await flood(at, perSecond, Math.min(seconds, floodSeconds)) : [];
      const capacity = steps.filter(({ measured }) => keptUp(measured)).at(-1)?.perSecond ?? 0;
      return { capacity, steps, floods: flooded, after: await at(shape.perSecond) };
    }),
  );
}

/** Each larger than the one before, up to the first of which something is refused. */
async function flood(
  at: (perSecond: number, seconds: number) => ReturnType<RunStretch>,
  above: number,
  seconds: number,
): Promise<Measured[]> {
  const floods: Measured[] = [];
  let perSecond = above;
  while (floods.length < floodsMax && !floods.some((one) => refusals(one) > 0)) {
    perSecond *= floodFactor;
    const measured = await at(perSecond, seconds);
    floods.push(measured);
    process.stderr.write(`  flood of ${perSecond}/s${troubleOf(measured)}\n`);
  }
  return floods;
}

function keptUp(measured: Measured): boolean {
  const { delivery, closed } = measured;
  return delivery.p99 <= tooSlowMs && faultsOf(measured) + refusals(measured) + closed === 0;
}

function refusals({ refused }: Measured): number {
  return Object.values(refused).reduce((sum, count) => sum + count, 0);
}

/** Rounds in which no flood was told that it is too much. */
function swallowed(climbs: readonly Climb[]): number {
  return climbs.filter(({ floods }) => !floods.some((one) => refusals(one) > 0)).length;
}

function troubleOf({ lost, doubled, misordered, refused, closed }: Measured): string {
  const found: [string, number][] = [
    ['lost', lost],
    ['doubled', doubled],
    ['out of order', misordered],
    ['connections closed', closed],
    ...Object.entries(refused).map(([name, count]): [string, number] => [`refused as ${name}`, count]),
  ];
  return found.map(([what, count]) => (count === 0 ? '' : `, ${what}: ${count}`)).join('');
}

interface Figures extends Readonly<Record<string, number>> {
  readonly capacity_per_s: number;
  readonly lost: number;
  readonly doubled: number;
  readonly misordered: number;
  readonly p99_afterwards_ms: number;
}

function figuresOf(climbs: readonly Climb[]): Figures {
  const all = climbs.flatMap(({ steps, floods, after }) => [
    ...steps.map(({ measured }) => measured),
    ...floods,
    after,
  ]);
  const names = new Set(all.flatMap(({ refused }) => Object.keys(refused)));
  const sum = (of: (measured: Measured) => number) => all.reduce((total, measured) => total + of(measured), 0);
  return {
    capacity_per_s: median(climbs.map(({ capacity }) => capacity)),
    ...faultsIn(all),
    refused: sum(refusals),
    ...Object.fromEntries([...names].map((name) => [`refused_as_${name}`, sum(({ refused }) => refused[name] ?? 0)])),
    connections_closed: sum(({ closed }) => closed),
    p99_afterwards_ms: median(climbs.map(({ after }) => after.delivery.p99)),
  };
}

function labelOf(kind: TargetKind): string {
  return kind === 'parley' ? 'Parley' : peers[kind].label;
}

/** Where the first rate is too much already, the run says less than it looks. */
function unstartedOf(perSecond: number, climbs: Climbs): string[] {
  const none = [...climbs].filter(([, rounds]) => rounds.some(({ capacity }) => capacity === 0));
  if (none.length === 0) return [];
  return [
    `${perSecond} messages/s were too many for ${none.map(([kind]) => labelOf(kind)).join(' and ')} from the start: ` +
      'neither the ratio nor what came afterwards says anything. A smaller `--per-second` does.',
  ];
}

function limitedOf(climbs: Climbs): string[] {
  const limited = [...climbs].flatMap(([kind, rounds]) => {
    const lasts = rounds.flatMap(({ steps }) => steps.slice(-1));
    const rates = lasts.filter(({ measured: { cpu } }) => cpu.generator / cpu.wall > generatorShareMax);
    return rates.length === 0 ? [] : [`${labelOf(kind)} (${Math.max(...rates.map((step) => step.perSecond))}/s)`];
  });
  if (limited.length === 0) return [];
  return [
    `The generator had no processor time left at the last rate of ${limited.join(', ')}: capacity may be higher.`,
  ];
}

function byLoad(name: string, climbs: Climbs): Chart {
  const steps = [...climbs.values()].flat().flatMap((climb) => climb.steps);
  const xs = [...new Set(steps.map(({ perSecond }) => perSecond))].sort((a, b) => a - b);
  const series = (['p50', 'p99'] as const).flatMap((figure) =>
    [...climbs].map(([kind, rounds]) => ({
      label: `${labelOf(kind)} ${figure}`,
      values: xs.map((rate) => {
        const found = rounds.flatMap(({ steps }) =>
          steps.filter((step) => step.perSecond === rate).map(({ measured }) => measured.delivery[figure]),
        );
        return found.length === 0 ? null : median(found);
      }),
    })),
  );
  return { title: `${name}: latency by load`, xLabel: 'messages/s', yLabel: 'ms', xs, series, logarithmic: true };
}
