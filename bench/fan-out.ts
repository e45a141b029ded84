/** `desk`, `hall` and `team`: Parley and its peers in turn, round by round, at one load. */
import { fanOutBars } from './bars.ts';
import { type Flags, shapeFor } from './flags.ts';
import { HttpLoad } from './http-load.ts';
import type { Measured } from './load-run.ts';
import { describeMachine, measureSync, type SyncLatency } from './machine.ts';
import { byShape, peers } from './peers.ts';
import {
  type Chart,
  type FanOutRun,
  faultsOf,
  type HttpFigures,
  median,
  ratioOf,
  type Side,
  sideOf,
} from './report.ts';
import { withCrowd, withServer } from './round.ts';
import { type PeerKind, type Shape, type TargetKind, type WorkloadName, workloads } from './workload.ts';

const adminToken = 'admin-token-of-one-benchmark-run-on-the-loopback';

/** One report for each size at which peers take part. */
export async function fanOut(name: WorkloadName, flags: Flags): Promise<FanOutRun[]> {
  const workload = { ...workloads[name], ...shapeFor(name, flags) };
  const runs: FanOutRun[] = [];
  for (const { shape, kinds } of byShape(flags.against, workload)) runs.push(await compare(name, shape, kinds, flags));
  return runs;
}

async function compare(
  workload: WorkloadName,
  shape: Shape,
  kinds: readonly PeerKind[],
  flags: Flags,
): Promise<FanOutRun> {
  const rounds = new Map<TargetKind, Measured[]>();
  const syncs: SyncLatency[] = [];
  let http: readonly HttpFigures[] | undefined;
  for (let round = 1; round <= flags.rounds; round += 1) {
    for (const kind of [...kinds, 'parley'] as const) {
      process.stderr.write(`${workload}: round ${round} of ${flags.rounds}, ${kind} … `);
      const { measured, http: figures } = await load(kind, shape, flags);
      rounds.set(kind, [...(rounds.get(kind) ?? []), measured]);
      http = figures ?? http;
      process.stderr.write(`${lineOf(measured)}\n`);
    }
    syncs.push(measureSync(flags.directory));
  }
  const sync = { p50: median(syncs.map(({ p50 }) => p50)), p99: median(syncs.map(({ p99 }) => p99)) };
  const of = (kind: TargetKind) => rounds.get(kind) as Measured[];
  const ours = sideOf(of('parley'));
  const sides = new Map(kinds.map((kind) => [kind, sideOf(of(kind))]));
  const ratios = new Map(kinds.map((kind) => [kind, ratioOf(of('parley'), of(kind))]));
  const first = kinds.includes('relay') ? 'relay' : (kinds[0] as PeerKind);
  const beside = sides.get(first) as Side;
  return {
    workload,
    ours,
    ...Object.fromEntries(sides),
    ratio: {
      cpu: ours.cpu_us_per_delivery / beside.cpu_us_per_delivery,
      p50: ours.p50_ms / beside.p50_ms,
      p99: ours.p99_ms / beside.p99_ms,
    },
    ratios: Object.fromEntries(ratios),
    fdatasync: { p50_ms: sync.p50, p99_ms: sync.p99 },
    is: 'fan-out',
    shape,
    rounds: flags.rounds,
    seconds: flags.seconds,
    about: `${shape.conversations} × ${shape.people} people, ${shape.perSecond} messages/s: ${workloads[workload].about}`,
    at: new Date().toISOString(),
    machine: describeMachine(),
    bars: fanOutBars({ workload, ours, sides, ratios, sync }),
    notes: [
      ...kinds.map((kind) => `${peers[kind].label}: ${peers[kind].differs}.`),
      ...(http === undefined
        ? []
        : ['Parley alone answered requests on its admin port: its processor time is for these, too.']),
      ...faultyPeers(sides),
      ...costlyLoad(ours, sides),
    ],
    charts: [overTime(workload, rounds)],
    ...(http === undefined ? {} : { http }),
  };
}

async function load(
  kind: TargetKind,
  shape: Shape,
  flags: Flags,
): Promise<{ readonly measured: Measured; readonly http?: HttpFigures[] }> {
  const withHttp = kind === 'parley' && flags.http === true;
  const profile = kind === 'parley' && flags.profile !== undefined;
  const options = {
    directory: flags.directory,
    shape,
    adminToken: withHttp ? adminToken : null,
    execArgv: profile ? ['--cpu-prof', `--cpu-prof-dir=${flags.profile}`] : [],
  };
  const { perSecond } = shape;
  const { seconds, warmUp: warmUpSeconds } = flags;
  return withServer(kind, options, (server) =>
    withCrowd(server, shape, async (run) => {
      const http = withHttp ? await HttpLoad.start(server.adminPort as number, adminToken) : null;
      const measured = await run({ perSecond, warmUpSeconds, seconds, overload: false });
      return http === null ? { measured } : { measured, http: await http.stop() };
    }),
  );
}

function lineOf(measured: Measured): string {
  const { delivery, cpuMicrosPerDelivery: cpu, lost, doubled, misordered } = measured;
  const figures = `p50 ${delivery.p50} ms, p99 ${delivery.p99} ms, ${cpu.toFixed(1)} µs CPU a delivery`;
  if (faultsOf(measured) === 0) return figures;
  return `${figures}, lost ${lost}, doubled ${doubled}, out of order ${misordered}`;
}

function faultyPeers(sides: ReadonlyMap<PeerKind, Side>): string[] {
  return [...sides]
    .filter(([, side]) => faultsOf(side) > 0)
    .map(
      ([kind, { lost, doubled, misordered }]) =>
        `${peers[kind].label}: ${lost} deliveries lost, ${doubled} doubled, ${misordered} out of order.`,
    );
}

/** A generator that costs more than what it measures may be what is measured. */
function costlyLoad(ours: Side, sides: ReadonlyMap<PeerKind, Side>): string[] {
  const all: [string, Side][] = [
    ['Parley', ours],
    ...[...sides].map(([kind, side]): [string, Side] => [peers[kind].label, side]),
  ];
  return all
    .filter(([, side]) => side.generator_cpu_s > side.server_cpu_s)
    .map(
      ([label, side]) =>
        `The generator took ${side.generator_cpu_s.toFixed(2)} s of processor time, more than the ` +
        `${side.server_cpu_s.toFixed(2)} s of the ${label} it measured.`,
    );
}

function overTime(workload: string, rounds: ReadonlyMap<TargetKind, Measured[]>): Chart {
  const timelines = [...rounds].map(([kind, measured]) => ({ kind, of: measured.map(({ timeline }) => timeline) }));
  const length = Math.max(...timelines.flatMap(({ of }) => of.map((seconds) => seconds.length)));
  const xs = Array.from({ length }, (_, second) => second);
  const series = (['p50_ms', 'p99_ms'] as const).flatMap((figure) =>
    timelines.map(({ kind, of }) => ({
      label: `${kind === 'parley' ? 'Parley' : peers[kind].label} ${figure.slice(0, 3)}`,
      values: xs.map((second) => {
        const values = of.flatMap((seconds) => seconds[second]?.[figure] ?? []);
        return values.length === 0 ? null : median(values);
      }),
    })),
  );
  const title = `${workload}: latency over time, medians of the rounds`;
  return { title, xLabel: 'seconds', yLabel: 'ms', xs, series, logarithmic: false };
}
