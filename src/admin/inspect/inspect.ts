/** `parley inspect`: looks into a data directory, beside a running server or without one; message text only on request. */
import { Argument, type Command } from 'commander';
import type { Cut } from '../../journal/cut.ts';
import type { StoreReader } from '../../journal/read-store.ts';
import { conversationId, personId, positiveInteger } from '../arguments.ts';
import { type Findings, jsonOption, makeCommand, printResult } from '../command.ts';
import { addConfigFlags } from '../config-flags.ts';
import { configured } from '../configured.ts';
import { Failure } from '../exit-codes.ts';
import { pointHelp, pointInTime } from '../point-in-time.ts';
import { withDirectory, withStore } from '../store-access.ts';
import { inspectConversation } from './conversation.ts';
import { inspectJournal } from './journal.ts';
import { inspectPerson } from './person.ts';
import { inspectStore } from './store.ts';

interface Flags {
  readonly asOf?: Cut;
  readonly text?: true;
  readonly json?: true;
  readonly limit?: number;
}
const own = ['asOf', 'text', 'json', 'limit'];

export function inspectCommand(): Command {
  const inspect = makeCommand({
    name: 'inspect',
    summary: 'look at a conversation, a person, the journal or the store',
    description: 'Looks into a data directory, beside a running server or without one. Changes nothing.',
    examples: [
      ['parley inspect store', 'what is in it and how far it is'],
      ['parley inspect conversation 0Yo1vE1iWJeEjH9vAy3cIg --as-of 2026-11-22T16:00:00Z', 'as it was then'],
    ],
  });
  const id = new Argument('<id>', 'id of the conversation').argParser(conversationId);
  add(inspect, 'conversation', 'its members with their marks, and every event', [
    ['parley inspect conversation 0Yo1vE1iWJeEjH9vAy3cIg', 'without what was said'],
    ['parley inspect conversation 0Yo1vE1iWJeEjH9vAy3cIg --text', 'with it'],
  ])
    .addArgument(id)
    .option('--text', 'show the text of messages')
    .action((conversation: string, flags: Flags, command: Command) =>
      look(command, flags, (store) => inspectConversation(store, conversation, flags.text === true)),
    );
  add(inspect, 'person', 'who they are, and what their list and badge are made of', [
    ['parley inspect person anna', 'every conversation of theirs, listed or not'],
  ])
    .addArgument(new Argument('<id>', 'id of the person').argParser(personId))
    .action((person: string, flags: Flags, command: Command) =>
      look(command, flags, (store, dataDir) =>
        withDirectory(dataDir, (directory) => inspectPerson(store, directory, person)),
      ),
    );
  add(inspect, 'journal', 'the newest entries that no checkpoint covers', [
    ['parley inspect journal --limit 20', 'the last twenty commands and their answers'],
  ])
    .option('--limit <n>', 'at most so many of each partition', positiveInteger, 50)
    .action((flags: Flags, command: Command) =>
      look(command, flags, async (store) => inspectJournal(store, flags.limit ?? 50)),
    );
  add(inspect, 'store', 'its history, positions and size', [['parley inspect store --json', 'for a program']]).action(
    (flags: Flags, command: Command) => look(command, flags, inspectStore),
  );
  return inspect;
}

function add(
  inspect: Command,
  name: string,
  summary: string,
  examples: readonly (readonly [string, string])[],
): Command {
  const command = makeCommand({ name, summary, description: `Shows ${summary}.`, examples });
  command.option('--as-of <point>', pointHelp, pointInTime).addOption(jsonOption());
  addConfigFlags(command, ['dataDir']);
  inspect.addCommand(command);
  return command;
}

async function look(
  command: Command,
  { asOf, json }: Flags,
  run: (store: StoreReader, dataDir: string) => Promise<Findings | null>,
): Promise<void> {
  const { dataDir } = configured(command, own);
  const found = await withStore(dataDir, asOf, (store) => run(store, dataDir));
  if (found === null) throw new Failure('failed', 'there is no such thing in this store');
  await printResult(json, found.result, found.lines);
}
