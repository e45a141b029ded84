/**
 * `parley bench`, compiled: Parley beside its peers, in turn, in one run. A figure counts only as a ratio within one run;
 * the absolute times say how the machine was that minute.
 */
import { writeFileSync } from 'node:fs';
import { Argument, Command, Option } from 'commander';
import { fanOut } from './fan-out.ts';
import { defaults, type Flags, isFanOut, peersOf, positive, type RunName, runNames } from './flags.ts';
import { growth } from './growth.ts';
import { idle } from './idle.ts';
import { keep } from './keep.ts';
import { list } from './list.ts';
import { markdownOf, missedLines } from './markdown.ts';
import { Needed, needed } from './needed.ts';
import { executable } from './peers/daemon.ts';
import { ramp } from './ramp.ts';
import { faultsOf, type RunReport } from './report.ts';
import { svgOf } from './report-svg.ts';
import { cleanUpAtTheEnd } from './scratch.ts';
import { slow } from './slow.ts';
import { snapshot } from './snapshot.ts';
import { soak } from './soak.ts';
import { start } from './start.ts';
import { storm } from './storm.ts';
import type { PeerKind } from './workload.ts';

/** As in the table of `parley --help`. */
const exitCodes = { failed: 1, usage: 2, threshold: 3, unavailable: 69 };

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

async function main(workload: RunName | undefined, flags: Flags): Promise<void> {
  const given = workload ?? flags.workload;
  const names: readonly RunName[] = given === undefined ? ['hall', 'team'] : [given];
  if (names.some(isFanOut)) await requirePeers(flags.against);
  const runs: RunReport[] = [];
  for (const name of names) {
    const found = isFanOut(name) ? await fanOut(name, flags) : await (others[name] as (typeof others)[string])(flags);
    runs.push(...found);
    // One object a line: whoever reads along has each run as soon as it is over.
    if (flags.json) for (const run of found) process.stdout.write(`${JSON.stringify(run)}\n`);
  }
  if (!flags.json) process.stdout.write(markdownOf(runs));
  if (flags.results !== false) {
    process.stderr.write(`kept: ${keep(runs, flags.results, names.join('-'))}\n`);
  }
  if (flags.svg !== undefined) writeFileSync(flags.svg, svgOf(runs));
  for (const note of runs.flatMap(({ notes }) => notes).filter((text) => text.startsWith('The generator'))) {
    process.stderr.write(`${note}\n`);
  }
  if (runs.some((run) => run.is === 'fan-out' && faultsOf(run.ours) > 0)) process.exitCode = exitCodes.failed;
  const missed = missedLines(runs);
  if (!flags.threshold || missed.length === 0) return;
  process.stderr.write(`${missed.join('\n')}\n`);
  process.exitCode = exitCodes.threshold;
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
      if (!(error instanceof Needed)) throw error;
      missing.push(error.message);
    }
  }
  if (missing.length > 0) throw new Needed(missing.join('\n'));
}

const command = new Command('parley bench')
  .description(
    'Measures Parley beside peers in the same run, interleaved: latency from when a message was due, deliveries lost,\n' +
      'doubled or out of order, processor time of the server for each delivery. docs/benchmarks.md says what each means.',
  )
  .addArgument(new Argument('[workload]', 'without it hall and team').choices(runNames))
  .addOption(new Option('--workload <name>', 'the same as an option').choices(runNames))
  .option('--against <peers>', 'relay, ws, socketio, ejabberd, prosody: with commas between', peersOf, defaults.against)
  .option('--seconds <n>', 'measured time of each round', positive, defaults.seconds)
  .option('--warm-up <n>', 'seconds of load before it', positive, defaults.warmUp)
  .option('--rounds <n>', 'rounds of each side', positive, defaults.rounds)
  .option('--conversations <n>', 'instead of the workload’s own', positive)
  .option('--people <n>', 'in each conversation, instead of the workload’s own', positive)
  .option('--per-second <n>', 'messages a second, instead of the workload’s own', positive)
  .option(
    '--size <n>',
    'connections of idle, people of storm or who stall in slow, conversations of snapshot, growth, list and start',
    positive,
  )
  .option('--messages <n>', 'of the store of start; without it ten for each conversation', positive)
  .option('--minutes <n>', 'how long soak takes', positive, defaults.minutes)
  .option('--http', 'loads the admin port’s endpoints meanwhile')
  .option('--threshold', 'exits with 3 where a bar is missed')
  .option('--json', 'prints each run as one line of JSON')
  .option('--directory <path>', 'where data directories are made: a real disk, no tmpfs', defaults.directory)
  .option('--results <path>', 'where the reports are kept', defaults.results)
  .option('--no-results', 'keeps no report')
  .option('--svg <path>', 'writes the picture of the ratios there')
  .option('--profile <path>', 'writes a CPU profile of every Parley process there')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : exitCodes.usage))
  .action(main);

cleanUpAtTheEnd();
try {
  await command.parseAsync();
} catch (error) {
  if (!(error instanceof Needed)) throw error;
  process.stderr.write(`parley bench: ${error.message}\n`);
  process.exitCode = exitCodes.unavailable;
}
