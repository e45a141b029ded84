/** `desk`, `hall` and `team`: Parley and its peers in turn, round by round, at one load. */
import { Failure } from '../src/admin/exit-codes.ts';
import { fanOutBars } from './bars.ts';
import { type Flags, shapeFor } from './flags.ts';
import { httpMeanwhile, httpOver } from './http-load.ts';
import type { Measured } from './load-run.ts';
import { describeMachine, measureSync, type SyncLatency } from './machine.ts';
import { overTime } from './over-time.ts';
import { byShape, peers } from './peers.ts';
import {
  type FanOutRun,
  faultsOf,
  type HttpFigures,
  median,
  type Ratio,
  ratioOf,
  type Side,
  sideOf,
} from './report.ts';
import { withServer, withVirtualUsers } from './round.ts';
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
  const { rounds, leftOut, syncs, https } = await inTurn(workload, shape, kinds, flags);
  const sync = { p50: median(syncs.map(({ p50 }) => p50)), p99: median(syncs.map(({ p99 }) => p99)) };
  const of = (kind: TargetKind) => rounds.get(kind) as Measured[];
  const there = kinds.filter((kind) => !leftOut.has(kind));
  const ours = sideOf(of('parley'));
  const sides = new Map(there.map((kind) => [kind, sideOf(of(kind))]));
  const ratios = new Map(there.map((kind) => [kind, ratioOf(of('parley'), of(kind))]));
  const { cpu, p50, p99 } = ratios.get(there.includes('relay') ? 'relay' : (there[0] as PeerKind)) as Ratio;
  const http = https.length === 0 ? undefined : httpOver(https);
  return {
    workload,
    ours,
    ...Object.fromEntries(sides),
    ratio: { cpu: cpu.median, p50: p50.median, p99: p99.median },
    ratios: Object.fromEntries(ratios),
    left_out: [...leftOut.values()],
    fdatasync: { p50_ms: sync.p50, p99_ms: sync.p99 },
    is: 'fan-out',
    shape,
    rounds: flags.rounds,
    seconds: flags.seconds,
    about: `${shape.conversations} × ${shape.people} people, ${shape.perSecond} messages/s: ${workloads[workload].about}`,
    at: new Date().toISOString(),
    machine: describeMachine(),
    bars: fanOutBars({ workload, ours, sides, ratios, sync, http }),
    notes: [
      ...there.map((kind) => `${peers[kind].label}: ${peers[kind].differs}.`),
      ...[...leftOut.values()].map((why) => `Left out, because it failed: ${why}.`),
      ...(http === undefined
        ? []
        : ['Parley alone answered requests on its admin port: its processor time is for these, too.']),
      ...faultyPeers(sides),
      ...costlyLoad(ours, sides),
    ],
    charts: [overTime(`${workload}: latency over time, medians of the rounds`, labelled(rounds))],
    ...(http === undefined ? {} : { http }),
  };
}

interface Turns {
  readonly rounds: ReadonlyMap<TargetKind, Measured[]>;
  /** Peers that failed, and of what: they are asked no more, and the others go on. */
  readonly leftOut: ReadonlyMap<PeerKind, string>;
  readonly syncs: readonly SyncLatency[];
  readonly https: readonly HttpFigures[][];
}

/** Throws where Parley fails, or the last of the peers. */
async function inTurn(workload: WorkloadName, shape: Shape, kinds: readonly PeerKind[], flags: Flags): Promise<Turns> {
  const rounds = new Map<TargetKind, Measured[]>();
  const leftOut = new Map<PeerKind, string>();
  const syncs: SyncLatency[] = [];
  const https: HttpFigures[][] = [];
  for (let round = 1; round <= flags.rounds; round += 1) {
    for (const kind of [...kinds.filter((one) => !leftOut.has(one)), 'parley'] as const) {
      process.stderr.write(`${workload}: round ${round} of ${flags.rounds}, ${kind} … `);
      try {
        const { measured, http } = await load(kind, shape, flags);
        rounds.set(kind, [...(rounds.get(kind) ?? []), measured]);
        if (http !== undefined) https.push(http);
        process.stderr.write(`${lineOf(measured)}\n`);
      } catch (error) {
        if (kind === 'parley' || !(error instanceof Failure) || leftOut.size + 1 === kinds.length) throw error;
        leftOut.set(kind, error.message);
        rounds.delete(kind);
        process.stderr.write(`left out from here on: ${error.message}\n`);
      }
    }
    syncs.push(measureSync(flags.directory));
  }
  return { rounds, leftOut, syncs, https };
}

function labelled(rounds: ReadonlyMap<TargetKind, Measured[]>): Map<string, Measured[]> {
  return new Map([...rounds].map(([kind, measured]) => [kind === 'parley' ? 'Parley' : peers[kind].label, measured]));
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
    withVirtualUsers(server, shape, async (run) => {
      const measuring = run({ perSecond, warmUpSeconds, seconds, overload: false });
      if (!withHttp) return { measured: await measuring };
      const http = httpMeanwhile(server.adminPort as number, adminToken, warmUpSeconds * 1000, measuring);
      const [measured, figures] = await Promise.all([measuring, http]);
      return { measured, http: figures };
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
