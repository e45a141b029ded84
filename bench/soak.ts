/** Half the load of `team` for an hour: does memory stay where it is? Looked at between stretches, behind a full collection. */
import { bar } from './bars.ts';
import { figureRun } from './figure-run.ts';
import { type Flags, shapeFor } from './flags.ts';
import type { Measured } from './load-run.ts';
import type { Memory, Question } from './parley-server.ts';
import { ask, residentBytes } from './processes.ts';
import { type FigureRun, faultFigures, faultsIn, faultsOf, median } from './report.ts';
import { type RunningServer, withServer, withVirtualUsers } from './round.ts';
import { type Sample, secondHalf, slopeOf } from './slope.ts';

const perSecond = 500;
/** A stretch for each sample: of a minute in an hour, never less than a second. */
const samplesWanted = 60;
const stretchSecondsMax = 60;
const mib = 2 ** 20;
/** MiB in ten minutes. */
const slopeMax = 1;

interface Look {
  readonly minute: number;
  readonly heap: number;
  readonly anonymous: number;
  readonly total: number;
}

export async function soak(flags: Flags): Promise<FigureRun[]> {
  const shape = shapeFor('team', flags, perSecond);
  const seconds = Math.max(1, Math.min(stretchSecondsMax, (flags.minutes * 60) / samplesWanted));
  const stretches = Math.max(4, Math.ceil((flags.minutes * 60) / seconds));
  const options = { directory: flags.directory, shape, execArgv: ['--expose-gc'] };
  return withServer('parley', options, (server) =>
    withVirtualUsers(server, shape, async (run) => {
      const measured: Measured[] = [];
      const looks: Look[] = [];
      const began = performance.now();
      for (let stretch = 1; stretch <= stretches; stretch += 1) {
        measured.push(await run({ perSecond: shape.perSecond, warmUpSeconds: 0, seconds, overload: false }));
        looks.push(await look(server, began));
        process.stderr.write(`soak: ${stretch} of ${stretches}: ${lineOf(looks.at(-1) as Look)}\n`);
      }
      return [reportOf(measured, looks, shape)];
    }),
  );
}

async function look({ child, pid }: RunningServer, began: number): Promise<Look> {
  const { heap } = await ask<Memory>(child, { is: 'memory' } satisfies Question);
  return { minute: (performance.now() - began) / 60_000, heap, ...residentBytes(pid) };
}

function lineOf({ minute, heap, anonymous }: Look): string {
  return `${minute.toFixed(1)} min, heap ${(heap / mib).toFixed(1)} MiB, resident ${(anonymous / mib).toFixed(1)} MiB`;
}

function reportOf(
  measured: readonly Measured[],
  looks: readonly Look[],
  shape: ReturnType<typeof shapeFor>,
): FigureRun {
  const slope = (of: (look: Look) => number) => {
    const samples = looks.map((one): Sample => ({ minute: one.minute, bytes: of(one) }));
    return (slopeOf(secondHalf(samples)) * 10) / mib;
  };
  const heapSlope = slope(({ heap }) => heap);
  const residentSlope = slope(({ anonymous }) => anonymous);
  const sum = (of: (one: Measured) => number) => measured.reduce((total, one) => total + of(one), 0);
  const faults = faultsIn(measured);
  const [first, last] = [looks[0] as Look, looks.at(-1) as Look];
  const { conversations, people } = shape;
  return figureRun({
    workload: 'soak',
    about: `${conversations} × ${people} people, ${shape.perSecond} messages/s for ${last.minute.toFixed(1)} minutes`,
    ours: {
      minutes: last.minute,
      samples: looks.length,
      sent: sum(({ sent }) => sent),
      deliveries: sum(({ deliveries }) => deliveries),
      p50_ms: median(measured.map(({ delivery }) => delivery.p50)),
      p99_ms: median(measured.map(({ delivery }) => delivery.p99)),
      worst_p99_ms: Math.max(...measured.map(({ delivery }) => delivery.p99)),
      heap_mib_first: first.heap / mib,
      heap_mib_last: last.heap / mib,
      heap_mib_per_10_min: heapSlope,
      resident_mib_first: first.anonymous / mib,
      resident_mib_last: last.anonymous / mib,
      resident_mib_per_10_min: residentSlope,
      ...faultFigures(faults),
    },
    bars: [
      bar('soak: heap, second half', heapSlope, slopeMax, 'MiB in 10 min'),
      bar('soak: lost, doubled, out of order', faultsOf(faults), 0, 'deliveries'),
    ],
    notes: [
      'Heap and buffers behind a checkpoint and a full collection; resident without pages that are a window on a file. The ' +
        'slope is the median of those between any two samples of the second half. Resident memory has no bar: it jumps by ten ' +
        'MiB and more as V8 and the allocator take and give back what is free.',
    ],
    charts: [
      {
        title: 'soak: memory of the server',
        xLabel: 'minutes',
        yLabel: 'MiB',
        xs: looks.map(({ minute }) => minute),
        series: [
          { label: 'heap', values: looks.map(({ heap }) => heap / mib) },
          { label: 'resident', values: looks.map(({ anonymous }) => anonymous / mib) },
        ],
        logarithmic: false,
      },
    ],
  });
}
