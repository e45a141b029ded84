/**
 * `npm run bench`: Parley beside a bare relay, in turn, in one run. A figure counts only as a ratio within one run; the
 * absolute times say how the machine was that minute. Exit code 1: a message was lost, doubled or out of order.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { describeMachine, measureSync, type SyncLatency } from './machine.ts';
import { markdownOf, median, type Report, type Round, reportOf, type WorkloadReport } from './report.ts';
import { runRound } from './round.ts';
import { type TargetKind, type WorkloadName, workloads } from './workload.ts';

interface Flags {
  readonly workload?: WorkloadName;
  readonly seconds: number;
  readonly warmUp: number;
  readonly rounds: number;
  readonly directory: string;
  readonly results: string | false;
  readonly profile?: string;
  readonly json?: boolean;
}

const sides: readonly TargetKind[] = ['relay', 'parley'];

async function main(flags: Flags): Promise<void> {
  const names: WorkloadName[] = flags.workload === undefined ? ['hall', 'team'] : [flags.workload];
  const reports: WorkloadReport[] = [];
  for (const name of names) reports.push(await benchWorkload(name, flags));
  const { rounds, seconds } = flags;
  const report: Report = {
    at: new Date().toISOString(),
    machine: describeMachine(),
    rounds,
    seconds,
    workloads: reports,
  };
  if (flags.results !== false) keep(report, flags.results);
  process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : markdownOf(report));
  if (reports.some(({ lost, doubled, misordered }) => lost + doubled + misordered > 0)) process.exitCode = 1;
}

async function benchWorkload(name: WorkloadName, flags: Flags): Promise<WorkloadReport> {
  const workload = workloads[name];
  const rounds: Round[] = [];
  const syncs: SyncLatency[] = [];
  for (let round = 1; round <= flags.rounds; round += 1) {
    for (const kind of sides) {
      process.stderr.write(`${name}: round ${round} of ${flags.rounds}, ${kind} … `);
      const { seconds, warmUp: warmUpSeconds, directory } = flags;
      const profile = kind === 'parley' && flags.profile !== undefined ? { profileTo: flags.profile } : {};
      const measured = await runRound({ kind, workload, seconds, warmUpSeconds, directory, ...profile });
      rounds.push({ kind, measured });
      const { delivery, cpuMicrosPerDelivery: cpu, lost, doubled, misordered } = measured;
      process.stderr.write(`p50 ${delivery.p50} ms, p99 ${delivery.p99} ms, ${cpu.toFixed(1)} µs CPU a delivery`);
      const faults = lost + doubled + misordered > 0;
      process.stderr.write(faults ? `, lost ${lost}, doubled ${doubled}, out of order ${misordered}\n` : '\n');
    }
    syncs.push(measureSync(flags.directory));
  }
  const sync = { p50: median(syncs.map(({ p50 }) => p50)), p99: median(syncs.map(({ p99 }) => p99)) };
  return reportOf(workload, sync, rounds);
}

function keep(report: Report, directory: string): void {
  mkdirSync(directory, { recursive: true });
  const name = `${report.at.slice(0, 10)}-${report.machine.commit.replace('+', '-changed')}`;
  writeFileSync(join(directory, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(directory, `${name}.md`), markdownOf(report));
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It has to be a number above 0.');
  return value;
}

await new Command('bench')
  .description('Fan-out latency and server CPU per delivery, beside a bare uWebSockets.js relay.')
  .addOption(new Option('--workload <name>', 'only this one').choices(Object.keys(workloads)))
  .option('--seconds <n>', 'measured time of each round', positive, 10)
  .option('--warm-up <n>', 'seconds of load before it', positive, 3)
  .option('--rounds <n>', 'rounds of each side', positive, 3)
  .option('--directory <path>', 'where data directories are made: a real disk, no tmpfs', tmpdir())
  .option('--results <path>', 'where the report is kept as JSON and Markdown', 'bench/results')
  .option('--no-results', 'keeps no report')
  .option('--profile <path>', 'writes a CPU profile of every Parley process there')
  .option('--json', 'prints the report as JSON')
  .action(main)
  .parseAsync();
