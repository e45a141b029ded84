/** `parley erase message|person`: takes out for ever what privacy law asks for, through the running server. */
import { setTimeout as pause } from 'node:timers/promises';
import { Argument, type Command } from 'commander';
import { type AdminClient, AdminRefused, AdminUnreachable, createAdminClient } from './admin-client.ts';
import { conversationId, personId, positiveInteger } from './arguments.ts';
import { jsonOption, makeCommand, note, printResult } from './command.ts';
import { addConfigFlags } from './config-flags.ts';
import { configured } from './configured.ts';
import { Failure } from './exit-codes.ts';
import { createProgress } from './progress.ts';

interface Flags {
  readonly apply?: true;
  readonly json?: true;
}
interface Plan {
  readonly messages: number;
  readonly conversations: number;
  readonly erasedBefore: number;
  readonly name: boolean;
}
interface Progress {
  readonly carriedOut: number;
  readonly phase: keyof typeof phaseWords | null;
  readonly failure: string | null;
}

const pollMs = 200;
const phaseWords = {
  conversations: 'conversations',
  archive: 'archive',
  journal: 'journal',
  files: 'bytes left in files',
  waiting: 'waiting for a snapshot, an export or an inspection to end',
} as const;

const after = [
  'Nothing is erased without --apply. It cannot be undone. It ends when no file of the data directory holds the text any',
  'more; should it be cut off, the server goes on with it when it starts, and running the same command again waits for that.',
].join(' ');

export function eraseCommand(): Command {
  const erase = makeCommand({
    name: 'erase',
    summary: 'take messages, or all that a person wrote, out for ever',
    description: `Erases for privacy law, through the running server. ${after}`,
    examples: [
      ['parley erase message 0Yo1vE1iWJeEjH9vAy3cIg 17', 'says what would be erased'],
      ['parley erase person anna --apply', 'erases it'],
    ],
  });
  add(
    erase,
    makeCommand({
      name: 'message',
      summary: 'the text of messages',
      description: `The entries stay at their place, and everybody sees that they were erased. ${after}`,
      examples: [
        ['parley inspect conversation 0Yo1vE1iWJeEjH9vAy3cIg', 'finds the seqs'],
        ['parley erase message 0Yo1vE1iWJeEjH9vAy3cIg 17 18 --apply', 'erases two messages'],
      ],
    })
      .addArgument(new Argument('<conversation>', 'id of the conversation').argParser(conversationId))
      .addArgument(new Argument('<seq...>', 'of the messages').argParser(seqsSoFar)),
  ).action((conversation: string, seqs: number[], flags: Flags, command: Command) =>
    run(command, flags, { conversation, seqs }),
  );
  add(
    erase,
    makeCommand({
      name: 'person',
      summary: 'all that a person wrote, their name and their e-mail address',
      description: [
        'Their sessions end, and the id is never given a name again; the id itself stays, because the places of others in',
        `conversations hang on it. ${after}`,
      ].join(' '),
      examples: [
        ['parley erase person anna', 'says how much there is'],
        ['parley erase person anna --apply --json', 'erases it'],
      ],
    }).addArgument(new Argument('<id>', 'id of the person').argParser(personId)),
  ).action((person: string, flags: Flags, command: Command) => run(command, flags, { person }));
  return erase;
}

function add(erase: Command, sub: Command): Command {
  sub.option('--apply', 'do it; without, only say what would be erased').addOption(jsonOption());
  addConfigFlags(sub, ['dataDir', 'adminHost', 'adminPort', 'adminToken', 'adminTokenFile']);
  erase.addCommand(sub);
  return sub;
}

function seqsSoFar(text: string, before: number[] = []): number[] {
  return [...before, positiveInteger(text)];
}

async function run(command: Command, { apply, json }: Flags, request: object): Promise<void> {
  const client = createAdminClient(configured(command, ['apply', 'json']));
  try {
    if (apply !== true) {
      const plan = (await client.call('POST', '/v1/erasures?dry-run=true', request)) as Plan;
      await printResult(json, { applied: false, ...plan }, [...linesOf(plan), 'nothing was erased; --apply does it']);
      return;
    }
    const { erasures, ...plan } = (await client.call('POST', '/v1/erasures', request)) as Plan & { erasures: number };
    await carriedOut(client, erasures);
    await printResult(json, { applied: true, erasure: erasures, ...plan }, [...linesOf(plan), 'erased']);
    note('Back the ledger of erasures up now: a restore needs it. What was copied out before is not erased.');
  } catch (error) {
    throw asFailure(error);
  }
}

async function carriedOut(client: AdminClient, erasures: number): Promise<void> {
  const progress = createProgress();
  let told: Progress['phase'] = null;
  try {
    for (;;) {
      const { carriedOut: done, phase, failure } = (await client.call('GET', '/v1/erasures')) as Progress;
      if (done >= erasures) return;
      if (failure !== null) throw new Failure('failed', `noted, and not carried out yet: ${failure}`);
      if (phase !== null && phase !== told) progress.start(phaseWords[phase], null);
      told = phase;
      progress.advance();
      await pause(pollMs);
    }
  } finally {
    progress.end();
  }
}

function linesOf({ messages, conversations, erasedBefore, name }: Plan): string[] {
  return [
    `${messages} messages in ${conversations} conversations${name ? ', and a name in the directory' : ''}`,
    ...(erasedBefore > 0 ? [`${erasedBefore} were erased before`] : []),
  ];
}

function asFailure(error: unknown): unknown {
  if (error instanceof AdminUnreachable) {
    return new Failure('unavailable', `${error.message}: start the server, it erases while it runs`);
  }
  if (!(error instanceof AdminRefused)) return error;
  return new Failure(error.status === 401 ? 'unavailable' : 'failed', error.message);
}
