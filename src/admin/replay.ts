/** `parley replay`: real conversations through a running server, and whether everyone saw what they should. */
import { type Command, InvalidArgumentError } from 'commander';
import { issueToken } from '../session/token-issuer.ts';
import { createAdminClient } from './admin-client.ts';
import { jsonOption, makeCommand, printResult } from './command.ts';
import { addConfigFlags } from './config-flags.ts';
import type { Config } from './config-keys.ts';
import { configured } from './configured.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgress } from './progress.ts';
import type { ServerAccess } from './replay/clients.ts';
import { replayLogs } from './replay/replay-logs.ts';
import { summaryLines } from './replay/summary.ts';
import { signingSecretOf } from './signing-secret.ts';

interface Flags {
  readonly irc: string[];
  readonly url?: string;
  readonly speed?: number;
  readonly json?: true;
}

const ttlSeconds = 43_200;

export function replayCommand(): Command {
  const command = makeCommand({
    name: 'replay',
    summary: 'plays logs of IRC channels through a running server and checks every copy',
    description:
      'Plays logs of IRC channels through a running server and checks what everyone saw.\n\n' +
      'Every nick is a person with a connection of their own; each log is one conversation, about nothing and not\n' +
      'private, named after the file, started by the first who was there when the log began. Whoever speaks or joins\n' +
      'without being in is invited by whoever spoke last. Leaving is leaving; that the starter cannot leave (LEAVE-2),\n' +
      'and nobody of the last two (LEAVE-3), is expected and counted. A change of name moves the person under the new\n' +
      'nick. Actions and blank texts are passed over and counted. Logs are played side by side.\n\n' +
      'Then every copy is read to its beginning and compared with what the log says, and so is what each client was\n' +
      'told while it happened: exit code 0 only where nothing differs, 1 otherwise.\n\n' +
      'The people are put into the directory over the admin port, so it needs the admin token; their tokens are signed\n' +
      "with the server's HS256 secret, or the demo's.",
    examples: [
      [
        'parley replay --irc 2007-06-04.txt --url ws://127.0.0.1:8787/v1 --auth-secret-file secret',
        'one hour of a channel, as fast as the server takes it',
      ],
      ['parley replay --irc *.txt --speed 60 --json', 'several at once, a minute a second, the summary as JSON'],
    ],
  })
    .requiredOption('--irc <file...>', 'logs to play')
    .option('--url <url>', 'the server; without it that of the configuration', urlOf)
    .option('--speed <factor>', 'times real time; without it as fast as possible', speedOf)
    .addOption(jsonOption());
  addConfigFlags(command, [
    'host',
    'port',
    'adminHost',
    'adminPort',
    'adminToken',
    'adminTokenFile',
    'dataDir',
    'authSecret',
    'authSecretFile',
    'authIssuer',
    'authAudience',
  ]);
  return command.action(async (flags: Flags) => {
    const config = configured(command, ['irc', 'url', 'speed', 'json']);
    const summary = await replayLogs({
      files: flags.irc,
      access: accessOf(config, flags.url),
      speed: flags.speed ?? null,
      progress: createProgress(),
    });
    await printResult(flags.json, summary, summaryLines(summary));
    if (summary.differenceCount > 0) process.exitCode = exitCodes.failed.code;
  });
}

function accessOf(config: Config, given: string | undefined): ServerAccess {
  const url = new URL(given ?? `ws://${config.host}:${config.port}/v1`);
  if (url.pathname === '/') url.pathname = '/v1';
  const secret = signingSecretOf(config);
  const { authAudience: audience, authIssuer: issuer } = config;
  return {
    url: url.href,
    admin: createAdminClient(config),
    token: (person) => issueToken({ secret, person, audience, issuer, ttlSeconds }),
  };
}

function urlOf(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol !== 'ws:' && protocol !== 'wss:') throw new InvalidArgumentError('It must begin with ws:// or wss://.');
  return text;
}

function speedOf(text: string): number {
  const speed = Number(text);
  if (!(speed > 0) || !Number.isFinite(speed)) throw new InvalidArgumentError('It must be a number above 0.');
  return speed;
}
