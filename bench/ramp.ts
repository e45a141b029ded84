/**
 * The rate doubled until p99 is above 100 ms or a delivery is missing; then the first rate again, to see whether the
 * server recovers. Of Parley in `team` floods as well, until it refuses some of it: what it cannot take it has to refuse by
 * name, and lose nothing.
 */
import { bar } from './bars.ts';
import { figureRun } from './figure-run.ts';
import { type Flags, shapeFor } from './flags.ts';
import type { Measured } from './load-run.ts';
import { type Chart, type FigureRun, faultsOf, median } from './report.ts';
import { type RunStretch, withCrowd, withServer } from './round.ts';
import type { Shape, TargetKind } from './workload.ts';

const tooSlowMs = 100;
const doublingsMax = 10;
const stretchSecondsMax = 5;
const floodFactor = 4;
const floodsMax = 3;
const floodSeconds = 2;
/** Of one core, by the generator: above it the load is no longer what was asked for. */
const generatorShareMax = 0.95;

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

export async function ramp(flags: Flags): Promise<FigureRun[]> {
  return [await rampOf('team', 2, flags), await rampOf('hall', 1, flags)];
}

/** `timesMax`: the relay's capacity may be so many times ours. */
async function rampOf(name: 'team' | 'hall', timesMax: number, flags: Flags): Promise<FigureRun> {
  const shape = shapeFor(name, flags);
  const { conversations, people, perSecond } = shape;
  const climbs: Record<'relay' | 'parley', Climb[]> = { relay: [], parley: [] };
  for (let round = 1; round <= flags.rounds; round += 1) {
    for (const kind of ['relay', 'parley'] as const) {
      process.stderr.write(`ramp ${name}: round ${round} of ${flags.rounds}, ${kind}\n`);
      climbs[kind].push(await climb(kind, shape, name === 'team' && kind === 'parley', flags));
    }
  }
  const [ours, relay] = [figuresOf(climbs.parley), figuresOf(climbs.relay)];
  const capacity = ours.capacity_per_s / Math.max(1, relay.capacity_per_s);
  return figureRun({
    workload: `ramp-${name}`,
    about: `${conversations} × ${people} people, from ${perSecond} messages/s on doubled until p99 > ${tooSlowMs} ms`,
    ours,
    relay,
    ratio: { capacity },
    bars: [
      bar(
        `ramp ${name}: relay’s capacity`,
        relay.capacity_per_s / Math.max(1, ours.capacity_per_s),
        timesMax,
        '× ours',
      ),
      bar(`ramp ${name}: lost past capacity`, ours.lost, 0, 'deliveries'),
      ...(name === 'team'
        ? [bar('ramp team: floods taken without a refusal', swallowed(climbs.parley), 0, 'rounds')]
        : []),
      bar(`ramp ${name}: p99 when it is over`, ours.p99_afterwards_ms, tooSlowMs, 'ms'),
    ],
    notes: [...unstartedOf(perSecond, climbs), ...notesOf(climbs.parley, climbs.relay)],
    charts: [byLoad(name, climbs)],
  });
}

function climb(kind: TargetKind, shape: Shape, floods: boolean, flags: Flags): Promise<Climb> {
  const seconds = Math.min(flags.seconds, stretchSecondsMax);
  const warmUpSeconds = Math.min(flags.warmUp, 1);
  return withServer(kind, { directory: flags.directory, shape }, (server) =>
    withCrowd(server, shape, async (run) => {
      const at = (perSecond: number, length = seconds) =>
        run({ perSecond, warmUpSeconds, seconds: length, overload: true });
      const steps: Step[] = [];
      let perSecond = shape.perSecond;
      for (let doubling = 0; doubling <= doublingsMax; doubling += 1) {
        const measured = await at(perSecond);
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

function figuresOf(climbs: readonly Climb[]) {
  const all = climbs.flatMap(({ steps, floods, after }) => [
    ...steps.map(({ measured }) => measured),
    ...floods,
    after,
  ]);
  const sum = (of: (measured: Measured) => number) => all.reduce((total, measured) => total + of(measured), 0);
  return {
    capacity_per_s: median(climbs.map(({ capacity }) => capacity)),
    lost: sum(({ lost }) => lost),
    doubled: sum(({ doubled }) => doubled),
    misordered: sum(({ misordered }) => misordered),
    refused_busy: sum(({ refused }) => refused.busy ?? 0),
    refused_otherwise: sum((measured) => refusals(measured) - (measured.refused.busy ?? 0)),
    connections_closed: sum(({ closed }) => closed),
    p99_afterwards_ms: median(climbs.map(({ after }) => after.delivery.p99)),
  };
}

/** Where the first rate is too much already, the run says less than it looks. */
function unstartedOf(perSecond: number, climbs: Record<'relay' | 'parley', readonly Climb[]>): string[] {
  const none = (['parley', 'relay'] as const).filter((kind) => climbs[kind].some(({ capacity }) => capacity === 0));
  if (none.length === 0) return [];
  const who = none.map((kind) => (kind === 'parley' ? 'Parley' : 'the relay')).join(' and ');
  return [
    `${perSecond} messages/s were too many for ${who} from the start: neither the ratio nor what came afterwards says ` +
      'anything. A smaller --per-second does.',
  ];
}

function notesOf(ours: readonly Climb[], relay: readonly Climb[]): string[] {
  const limited = [...ours, ...relay].flatMap(({ steps }) => {
    const last = steps.at(-1);
    if (last === undefined) return [];
    const { generator, wall } = last.measured.cpu;
    return generator / wall > generatorShareMax ? [last.perSecond] : [];
  });
  const unique = [...new Set(limited)];
  if (unique.length === 0) return [];
  return [`At ${unique.join(', ')} messages/s the generator had no processor time left: capacity may be higher.`];
}

function byLoad(name: string, climbs: Record<'relay' | 'parley', Climb[]>): Chart {
  const rates = [...new Set([...climbs.relay, ...climbs.parley].flatMap(({ steps }) => steps.map((s) => s.perSecond)))];
  const xs = rates.sort((a, b) => a - b);
  const series = (['p50', 'p99'] as const).flatMap((figure) =>
    (['parley', 'relay'] as const).map((kind) => ({
      label: `${kind === 'parley' ? 'Parley' : 'bare relay'} ${figure}`,
      values: xs.map((rate) => {
        const found = climbs[kind].flatMap(({ steps }) =>
          steps.filter((step) => step.perSecond === rate).map(({ measured }) => measured.delivery[figure]),
        );
        return found.length === 0 ? null : median(found);
      }),
    })),
  );
  return { title: `${name}: latency by load`, xLabel: 'messages/s', yLabel: 'ms', xs, series, logarithmic: true };
}
