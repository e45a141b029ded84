/** What every command has in common: examples in its help, and one way of saying its results. */
import { once } from 'node:events';
import { Command, Option } from 'commander';
import { type ExitName, exitCodes } from './exit-codes.ts';

export interface CommandText {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** More, for the command's own help. */
  readonly description: string;
  /** Whole command lines, with what each does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
}

export function makeCommand({ name, summary, description, examples }: CommandText): Command {
  const shown = examples.flatMap(([line, what]) => [`  # ${what}`, `  ${line}`]);
  return new Command(name)
    .summary(summary)
    .description(description)
    .addHelpText('after', ['', 'Examples:', ...shown].join('\n'));
}

export function jsonOption(): Option {
  return new Option('--json', 'print the result as JSON');
}

/** What a command found: for programs, and in lines for people. */
export interface Findings {
  readonly result: object;
  readonly lines: readonly string[];
}

/** The result of a command: on stdout, and nothing else is. */
export async function printResult(json: boolean | undefined, result: object, lines: readonly string[]): Promise<void> {
  await writeOut(json ? `${JSON.stringify(result)}\n` : lines.map((line) => `${line}\n`).join(''));
}

/** Waits while the reader of a pipe is behind. */
export async function writeOut(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** One line on stderr. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Says what is wrong and leaves the exit code behind; nothing is cut off as by an exit at once. */
export function fail(errors: readonly string[], exit: ExitName = 'configuration'): void {
  for (const error of errors) process.stderr.write(`error: ${error}\n`);
  process.exitCode = exitCodes[exit].code;
}
