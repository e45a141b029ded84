/** What one run found, as `--json` prints it; and the figures of its sides, from rounds. */
import type { Measured } from './load-run.ts';
import type { Machine } from './machine.ts';
import type { Faults } from './tally.ts';
import type { PeerKind, Shape } from './workload.ts';

/** A bar of the table in docs/benchmarks.md, and whether it was met. */
export interface Bar {
  readonly bar: string;
  readonly value: number;
  /** The value may not be above it. */
  readonly limit: number;
  readonly unit: string;
  readonly met: boolean;
}
export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xs: readonly number[];
  readonly series: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
  /** The x axis in powers of two; the other one is in decades always. */
  readonly logarithmic: boolean;
}
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}
/** Ours over theirs, round by round. */
export interface Ratio {
  readonly cpu: Spread;
  readonly p50: Spread;
  readonly p99: Spread;
}
/** Medians over the rounds, sums of the counts; null = this side has none. */
export interface Side {
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly ack_p50_ms: number | null;
  readonly ack_p99_ms: number | null;
  readonly cpu_us_per_delivery: number;
  readonly rss_mib: number;
  readonly sent: number;
  readonly deliveries: number;
  readonly lost: number;
  readonly doubled: number;
  readonly misordered: number;
  readonly server_cpu_s: number;
  readonly generator_cpu_s: number;
  /** How late the generator itself sent. */
  readonly generator_late_p50_ms: number;
  readonly generator_late_p99_ms: number;
}
interface Run {
  readonly workload: string;
  /** What it is, in one line. */
  readonly about: string;
  readonly at: string;
  readonly machine: Machine;
  readonly bars: readonly Bar[];
  /** What a reader of the figures has to know. */
  readonly notes: readonly string[];
  readonly charts: readonly Chart[];
}
/** Beside peers in the same run. */
export interface FanOutRun extends Run, Readonly<Partial<Record<PeerKind, Side>>> {
  readonly is: 'fan-out';
  readonly shape: Shape;
  readonly rounds: number;
  readonly seconds: number;
  readonly fdatasync: { readonly p50_ms: number; readonly p99_ms: number };
  readonly ours: Side;
  /** The medians of `ratios` over the relay, where it took part, or else over the first peer. */
  readonly ratio: { readonly cpu: number; readonly p50: number; readonly p99: number };
  readonly ratios: Readonly<Partial<Record<PeerKind, Ratio>>>;
  /** Peers that were asked for and failed: each with what it failed of. */
  readonly left_out: readonly string[];
  /** Requests on the admin port meanwhile, by endpoint. */
  readonly http?: readonly HttpFigures[];
}
export interface HttpFigures {
  readonly endpoint: string;
  readonly requests_per_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly not_2xx: number;
}
export type FigureValue = number | string | null;
type Figures = Readonly<Record<string, FigureValue>>;
/** Figures with their units in their names. */
export interface FigureRun extends Run, Readonly<Partial<Record<PeerKind, Figures>>> {
  readonly is: 'figures';
  readonly ours: Figures;
  readonly ratio?: Readonly<Record<string, number>>;
}
export type RunReport = FanOutRun | FigureRun;

const mib = 2 ** 20;

export function sideOf(rounds: readonly Measured[]): Side {
  const middle = (of: (measured: Measured) => number) => median(rounds.map(of));
  const sum = (of: (measured: Measured) => number) => rounds.reduce((total, measured) => total + of(measured), 0);
  const acknowledged = rounds.some(({ acknowledgement }) => acknowledgement.count > 0);
  return {
    p50_ms: middle(({ delivery }) => delivery.p50),
    p99_ms: middle(({ delivery }) => delivery.p99),
    ack_p50_ms: acknowledged ? middle(({ acknowledgement }) => acknowledgement.p50) : null,
    ack_p99_ms: acknowledged ? middle(({ acknowledgement }) => acknowledgement.p99) : null,
    cpu_us_per_delivery: middle(({ cpuMicrosPerDelivery }) => cpuMicrosPerDelivery),
    rss_mib: middle(({ residentBytes }) => residentBytes / mib),
    sent: sum(({ sent }) => sent),
    deliveries: sum(({ deliveries }) => deliveries),
    ...faultsIn(rounds),
    server_cpu_s: sum(({ cpu }) => cpu.server),
    generator_cpu_s: sum(({ cpu }) => cpu.generator),
    generator_late_p50_ms: middle(({ lateness }) => lateness.p50),
    generator_late_p99_ms: middle(({ lateness }) => lateness.p99),
  };
}

export function ratioOf(ours: readonly Measured[], theirs: readonly Measured[]): Ratio {
  const of = (figure: (measured: Measured) => number): Spread =>
    spreadOf(ours.map((measured, round) => figure(measured) / figure(theirs[round] as Measured)));
  return {
    cpu: of(({ cpuMicrosPerDelivery }) => cpuMicrosPerDelivery),
    p50: of(({ delivery }) => delivery.p50),
    p99: of(({ delivery }) => delivery.p99),
  };
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Of all rounds together. */
export function faultsIn(rounds: readonly Faults[]): Faults {
  const sum = (of: (faults: Faults) => number) => rounds.reduce((total, round) => total + of(round), 0);
  return {
    lost: sum(({ lost }) => lost),
    doubled: sum(({ doubled }) => doubled),
    misordered: sum(({ misordered }) => misordered),
  };
}

/** For the figures of a run that has others beside them. */
export function faultFigures({ lost, doubled, misordered }: Pick<Side, 'lost' | 'doubled' | 'misordered'>) {
  return { lost, doubled, misordered };
}

/** Deliveries that were not as they have to be; must be 0. */
export function faultsOf({ lost, doubled, misordered }: Pick<Side, 'lost' | 'doubled' | 'misordered'>): number {
  return lost + doubled + misordered;
}
