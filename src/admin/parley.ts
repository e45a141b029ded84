#!/usr/bin/env node
/** The executable: one command a file, errors in one line, exit codes from one table. */
import { Command, CommanderError } from 'commander';
import { productVersion } from '../journal/data-directory.ts';
import { exitCodeHelp, exitCodes, exitOf } from './exit-codes.ts';

/** In the order of the help. A module is loaded where its command is asked for, so that none waits for what others need. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand(),
  config: async () => (await import('./config.ts')).configCommand(),
  import: async () => (await import('./import.ts')).importCommand(),
  token: async () => (await import('./token.ts')).tokenCommand(),
  snapshot: async () => (await import('./snapshot.ts')).snapshotCommand(),
  restore: async () => (await import('./restore.ts')).restoreCommand(),
  erase: async () => (await import('./erase.ts')).eraseCommand(),
  verify: async () => (await import('./verify.ts')).verifyCommand(),
  inspect: async () => (await import('./inspect/inspect.ts')).inspectCommand(),
  why: async () => (await import('./why/why.ts')).whyCommand(),
  export: async () => (await import('./export.ts')).exportCommand(),
  replay: async () => (await import('./replay.ts')).replayCommand(),
  bench: async () => (await import('./bench.ts')).benchCommand(),
};

const program = new Command('parley')
  .description('A self-hosted conversation server for CRMs.')
  .version(productVersion())
  .addHelpText('afterAll', `\n${exitCodeHelp()}`);
const [, , asked = ''] = process.argv;
// Whoever asks for none of them asks for help, or has to be told which there are.
const loaded = Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands);
for (const name of loaded) program.addCommand(await (commands[name] as () => Promise<Command>)());
throwInsteadOfExit(program);

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough, such as `head`, is no error; what the command has found out by then stays said.
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`parley: what is printed cannot be written: ${error.code}\n`);
  process.exit(exitCodes.fenced.code);
});

/** What nobody can be told any more changes nothing of what is done, nor of the exit code. */
process.stderr.on('error', () => undefined);

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
