/**
 * `parley bench`, compiled: Parley beside its peers, in turn, in one run. A figure counts only as a ratio within one run;
 * the absolute times say how the machine was that minute.
 */
import { writeFileSync } from 'node:fs';
import { Argument, Command, Option } from 'commander';
import { type ExitName, exitCodes, exitOf, Failure } from '../src/admin/exit-codes.ts';
import { fanOut } from './fan-out.ts';
import {
  count,
  defaults,
  duration,
  type Flags,
  isFanOut,
  peersOf,
  people,
  type RunName,
  rate,
  runNames,
  takesPeers,
  unusedBy,
} from './flags.ts';
import { growth } from './growth.ts';
import { idle } from './idle.ts';
import { keep } from './keep.ts';
import { list } from './list.ts';
import { markdownOf, missedLines } from './markdown.ts';
import { needed } from './needed.ts';
import { executable } from './peers/daemon.ts';
import { requirePlaces } from './places.ts';
import { ramp } from './ramp.ts';
import { faultsOf, type RunReport } from './report.ts';
import { svgOf } from './report-svg.ts';
import { cleanUpAtTheEnd } from './scratch.ts';
import { slow } from './slow.ts';
import { snapshot } from './snapshot.ts';
import { soak } from './soak.ts';
import { start } from './start.ts';
import { storm } from './storm.ts';
import { type PeerKind, peerKinds } from './workload.ts';

const others: Readonly<Record<string, (flags: Flags) => Promise<RunReport[]>>> = {
  ramp,
  idle,
  storm,
  slow,
  snapshot,
  growth,
  soak,
  list,
  start,
};

async function main(this: Command, workload: RunName | undefined, flags: Flags): Promise<void> {
  if (workload !== undefined && flags.workload !== undefined && workload !== flags.workload) {
    throw new Failure('usage', `it is either ${workload} or --workload ${flags.workload}`);
  }
  const given = workload ?? flags.workload;
  const names: readonly RunName[] = given === undefined ? ['hall', 'team'] : [given];
  sayUnused(this, names);
  if (names.some(takesPeers)) await requirePeers(flags.against);
  requirePlaces(flags);
  const runs: RunReport[] = [];
  try {
    for (const name of names) {
      const found = isFanOut(name) ? await fanOut(name, flags) : await (others[name] as (typeof others)[string])(flags);
      runs.push(...found);
      // One object a line: whoever reads along has each run as soon as it is over.
      if (flags.json) for (const run of found) process.stdout.write(`${JSON.stringify(run)}\n`);
    }
  } finally {
    // What was measured before something failed took minutes, too.
    if (runs.length > 0) publish(runs, names, flags);
  }
  process.exitCode = exitCodes[verdictOf(runs, flags)].code;
}

/** On the command line, and of no use to these runs: whoever set it expects something of it. */
function sayUnused(command: Command, names: readonly RunName[]): void {
  const given = command.options
    .map((option) => option.attributeName() as keyof Flags)
    .filter((name) => command.getOptionValueSource(name) === 'cli');
  for (const flag of unusedBy(names, given)) {
    const option = command.options.find((one) => one.attributeName() === flag)?.long;
    process.stderr.write(`parley bench: ${names.join(' and ')} makes nothing of ${option}\n`);
  }
}

function publish(runs: readonly RunReport[], names: readonly RunName[], flags: Flags): void {
  if (!flags.json) process.stdout.write(markdownOf(runs));
  if (flags.results !== false) process.stderr.write(`kept: ${keep(runs, flags.results, names.join('-'))}\n`);
  const picture = svgOf(runs);
  if (flags.svg !== undefined && picture !== '') writeFileSync(flags.svg, picture);
  for (const note of runs.flatMap(({ notes }) => notes).filter((text) => text.startsWith('The generator'))) {
    process.stderr.write(`${note}\n`);
  }
}

/** Each bar that is missed is said, where bars are what was asked for. */
function verdictOf(runs: readonly RunReport[], flags: Flags): ExitName {
  const missed = flags.threshold ? missedLines(runs) : [];
  for (const line of missed) process.stderr.write(`${line}\n`);
  if (missed.length > 0) return 'threshold';
  const failed = runs.some((run) => run.is === 'fan-out' && (faultsOf(run.ours) > 0 || run.left_out.length > 0));
  return failed ? 'failed' : 'ok';
}

const peersNeed: Readonly<Partial<Record<PeerKind, () => unknown>>> = {
  socketio: () => needed('socket.io', () => import('socket.io')),
  ejabberd: () => executable('ejabberdctl', 'ejabberd'),
  prosody: () => executable('prosody', 'prosody'),
};

/** Before anything is measured for minutes: all that is missing, at once. */
async function requirePeers(kinds: readonly PeerKind[]): Promise<void> {
  const missing: string[] = [];
  for (const kind of kinds) {
    try {
      await peersNeed[kind]?.();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      missing.push(error.message);
    }
  }
  if (missing.length > 0) throw new Failure('unavailable', missing.join('\n'));
}

const command = new Command('parley bench')
  .description(
    'Measures Parley beside peers in the same run, interleaved: latency from when a message was due, deliveries lost, ' +
      'doubled or out of order, processor time of the server for each delivery. docs/benchmarks.md says what each means.',
  )
  .addArgument(new Argument('[workload]', 'without it hall and team').choices(runNames))
  .addOption(new Option('--workload <name>', 'the same as an option').choices(runNames))
  .option('--against <peers>', `${peerKinds.join(', ')}: with commas between`, peersOf, defaults.against)
  .option('--seconds <n>', 'measured time of each round', duration, defaults.seconds)
  .option('--warm-up <n>', 'seconds of load before it', duration, defaults.warmUp)
  .option('--rounds <n>', 'rounds of each side', count, defaults.rounds)
  .option('--conversations <n>', 'instead of the workload’s own', count)
  .option('--people <n>', 'in each conversation, instead of the workload’s own', people)
  .option('--per-second <n>', 'messages a second, instead of the workload’s own', rate)
  .option(
    '--size <n>',
    'connections of idle, people of storm or who stall in slow, conversations of snapshot, growth, list and start',
    count,
  )
  .option('--messages <n>', 'of the store of start; without it ten for each conversation', count)
  .option('--minutes <n>', 'how long soak takes', duration, defaults.minutes)
  .option('--http', 'loads the admin port’s endpoints meanwhile')
  .option('--threshold', 'exits with 3 where a bar is missed')
  .option('--json', 'prints each run as one line of JSON')
  .option('--directory <path>', 'where data directories are made: a real disk, no tmpfs', defaults.directory)
  .option('--results <path>', 'where the reports are kept', defaults.results)
  .option('--no-results', 'keeps no report')
  .option('--svg <path>', 'writes the picture of the ratios there')
  .option('--profile <path>', 'writes a CPU profile of every Parley process there')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : exitCodes.usage.code))
  .action(main);

cleanUpAtTheEnd();
try {
  await command.parseAsync();
} catch (error) {
  const exit = exitOf(error);
  const { message, stack } = error as Error;
  process.stderr.write(exit === 'bug' ? `${stack}\n` : `parley bench: ${message}\n`);
  process.exitCode = exitCodes[exit].code;
}
