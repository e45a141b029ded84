#!/usr/bin/env node
/** The executable: one command a file, errors in one line, exit codes from one table. */
import { Command, CommanderError } from 'commander';
import { productVersion } from '../journal/data-directory.ts';
import { benchCommand } from './bench.ts';
import { configCommand } from './config.ts';
import { eraseCommand } from './erase.ts';
import { exitCodeHelp, exitCodes, exitOf } from './exit-codes.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { inspectCommand } from './inspect/inspect.ts';
import { replayCommand } from './replay.ts';
import { restoreCommand } from './restore.ts';
import { serveCommand } from './serve.ts';
import { snapshotCommand } from './snapshot.ts';
import { tokenCommand } from './token.ts';
import { verifyCommand } from './verify.ts';
import { whyCommand } from './why/why.ts';

const commands: readonly Command[] = [
  serveCommand(),
  configCommand(),
  importCommand(),
  tokenCommand(),
  snapshotCommand(),
  restoreCommand(),
  eraseCommand(),
  verifyCommand(),
  inspectCommand(),
  whyCommand(),
  exportCommand(),
  replayCommand(),
  benchCommand(),
];

const program = new Command('parley')
  .description('A self-hosted conversation server for CRMs.')
  .version(productVersion())
  .addHelpText('afterAll', `\n${exitCodeHelp()}`);
for (const command of commands) program.addCommand(command);
throwInsteadOfExit(program);

/** A reader that has seen enough, such as `head`, is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : exitCodes.fenced.code),
);

try {
  await program.parseAsync();
} catch (error) {
  process.exit(report(error));
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride().showHelpAfterError('(--help says more)');
  for (const sub of command.commands) throwInsteadOfExit(sub);
}

/** Says what went wrong and returns the exit code. */
function report(error: unknown): number {
  // Commander has said it already; help and version that were asked for end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code;
  const exit = exitOf(error);
  const text = error instanceof Error ? (exit === 'bug' ? error.stack : error.message) : String(error);
  process.stderr.write(`parley: ${text}\n`);
  return exitCodes[exit].code;
}
