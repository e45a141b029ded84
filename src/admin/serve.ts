/** `parley serve`, as a command. What it does stands in `serve-run.ts`, which is loaded only when it is wanted. */
import type { Command } from 'commander';
import { makeCommand } from './command.ts';
import { addConfigFlags } from './config-flags.ts';
import { configured } from './configured.ts';

export function serveCommand(): Command {
  const command = makeCommand({
    name: 'serve',
    summary: 'run the server',
    description: [
      'Runs the server until SIGTERM or SIGINT: then it answers what is under way, tells clients to come back, and',
      'exits with 0. A second signal ends it at once, with 143 or 130; nothing acknowledged is lost by that either.',
      'Prints one line when it is ready; logs go to stderr as JSON lines.',
    ].join(' '),
    examples: [
      ['parley serve --demo', 'a server with people and conversations to try, on this machine only'],
      ['parley serve --auth-secret-file /run/secrets/parley --data-dir /var/lib/parley', 'with tokens of the CRM'],
      ['PARLEY_PORT=9000 parley serve --config parley.toml', 'from a file, with another port'],
    ],
  });
  return addConfigFlags(command).action(async () => {
    const config = configured(command, []);
    const { serve } = await import('./serve-run.ts');
    await serve(config);
  });
}
