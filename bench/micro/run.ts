/**
 * `npm run bench:micro`: where a regression is. Each operation has a budget, as a multiple of a reference operation that is
 * measured in turn with it; exit code 3 where one is over it.
 */
import { tmpdir } from 'node:os';
import { Command } from 'commander';
import { exitCodes } from '../../src/admin/exit-codes.ts';
import { count, duration } from '../flags.ts';
import { describeMachine } from '../machine.ts';
import { cleanUpAtTheEnd } from '../scratch.ts';
import { codec } from './codec.ts';
import { journal } from './journal.ts';
import { type MicroResult, measure, overBudget } from './measure.ts';
import { rules } from './rules.ts';
import { views } from './views.ts';

interface Flags {
  readonly rounds: number;
  readonly roundMs: number;
  readonly directory: string;
  readonly json?: true;
}

async function main(flags: Flags): Promise<void> {
  const disk = await journal(flags.directory);
  const results: MicroResult[] = [];
  try {
    for (const micro of [...codec(), ...rules(), ...disk.micros, ...(await views())]) {
      results.push(await measure(micro, flags.rounds, flags.roundMs));
    }
  } finally {
    await disk.close();
  }
  process.stdout.write(flags.json ? `${JSON.stringify(results)}\n` : table(results));
  const over = overBudget(results);
  for (const line of over) process.stderr.write(`${line}\n`);
  if (over.length > 0) process.exitCode = exitCodes.threshold.code;
}

function table(results: readonly MicroResult[]): string {
  const { cpu, node, commit } = describeMachine();
  const rows = results.map(({ room, name, reference, micros, referenceMicros, ratio, budget, met }) => {
    const cells = [room, name, micros.toFixed(2), reference, referenceMicros.toFixed(2), ratio.toFixed(2), budget];
    return `| ${cells.join(' | ')} | ${met ? 'within' : '**over**'} |`;
  });
  return [
    `${cpu}, Node ${node}, commit ${commit}.`,
    '',
    '| room | operation | µs | reference | µs | ratio | budget | |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

cleanUpAtTheEnd();
await new Command('bench:micro')
  .description('Operations of the codec, the rules, the journal and the views, each against a reference and a budget.')
  .option('--rounds <n>', 'of each side, in turn', count, 5)
  .option('--round-ms <n>', 'about how long one takes', duration, 100)
  .option('--directory <path>', 'where the journal is made: a real disk, no tmpfs', tmpdir())
  .option('--json', 'prints the results as JSON')
  .action(main)
  .parseAsync();
