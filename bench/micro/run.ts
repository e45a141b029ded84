/**
 * `npm run bench:micro`: where a regression is. Each operation has a budget, as a multiple of a reference operation that is
 * measured in turn with it; exit code 3 where one is over it.
 */
import { tmpdir } from 'node:os';
import { Command } from 'commander';
import { positive } from '../flags.ts';
import { describeMachine } from '../machine.ts';
import { codec } from './codec.ts';
import { journal } from './journal.ts';
import { type MicroResult, measure } from './measure.ts';
import { rules } from './rules.ts';
import { views } from './views.ts';

interface Flags {
  readonly rounds: number;
  readonly roundMs: number;
  readonly directory: string;
  readonly json?: true;
}

const overBudget = 3;

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
  if (results.some(({ met }) => !met)) process.exitCode = overBudget;
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

await new Command('bench:micro')
  .description('Operations of the codec, the rules, the journal and the views, each against a reference and a budget.')
  .option('--rounds <n>', 'of each side, in turn', positive, 5)
  .option('--round-ms <n>', 'about how long one takes', positive, 100)
  .option('--directory <path>', 'where the journal is made: a real disk, no tmpfs', tmpdir())
  .option('--json', 'prints the results as JSON')
  .action(main)
  .parseAsync();
