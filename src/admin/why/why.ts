/** `parley why`: explains from the store why a person sees, counts or was mailed something, as of any point. */
import { Argument, type Command } from 'commander';
import type { OpenDirectory } from '../../directory/create-directory.ts';
import type { Cut } from '../../journal/cut.ts';
import type { StoreReader } from '../../journal/read-store.ts';
import { conversationId, personId, positiveInteger } from '../arguments.ts';
import { type Findings, jsonOption, makeCommand, printResult } from '../command.ts';
import { addConfigFlags } from '../config-flags.ts';
import { configured } from '../configured.ts';
import { Failure } from '../exit-codes.ts';
import { isoOf, pointHelp, pointInTime } from '../point-in-time.ts';
import { withDirectory, withStore } from '../store-access.ts';
import { whyBadge } from './badge.ts';
import { badgeFindings, mailFindings, seesFindings } from './findings.ts';
import { whyMail } from './mail.ts';
import { whySees } from './sees.ts';

interface Flags {
  readonly asOf?: Cut;
  readonly text?: true;
  readonly json?: true;
}

const conversation = '0Yo1vE1iWJeEjH9vAy3cIg';

export function whyCommand(): Command {
  const why = makeCommand({
    name: 'why',
    summary: 'explain why a person sees a message, has a badge, or got an e-mail',
    description: [
      'Explains what decided: stints, marks, rights and events, each with the number of its rule (protocol/RULES.md).',
      'Looks into the data directory, beside a running server or without one. Changes nothing.',
    ].join(' '),
    examples: [
      [`parley why sees anna ${conversation} 7`, 'the seventh entry, in her sidebar and in the tab of its record'],
      ['parley why badge anna --as-of 2026-11-22T16:00:00Z', 'what she had not read then'],
    ],
  });
  add(why, 'sees', 'why a person does or does not see a conversation, or one message of it', [
    [`parley why sees anna ${conversation} 7`, 'the seventh entry'],
    [`parley why sees anna ${conversation} --as-of 2026-11-22T16:00:00Z`, 'the conversation as such, then'],
  ])
    .addArgument(person())
    .addArgument(new Argument('<conversation>', 'its id').argParser(conversationId))
    .addArgument(new Argument('[seq]', 'number of the message or notice in it').argParser(positiveInteger))
    .action((who: string, id: string, seq: number | undefined, flags: Flags, command: Command) =>
      explain(command, flags, async (store, directory) => {
        const sees = await whySees(store, directory, {
          person: who,
          conversation: id,
          seq: seq ?? null,
          asOf: flags.asOf,
        });
        return sees && seesFindings(sees, flags.text === true);
      }),
    );
  add(why, 'badge', 'which conversations a person’s badge counts, and why', [
    ['parley why badge anna', 'what she has not read'],
  ])
    .addArgument(person())
    .action((who: string, flags: Flags, command: Command) =>
      explain(command, flags, async (store, directory) => {
        const badge = await whyBadge(store, directory, who, flags.asOf);
        return badge && badgeFindings(badge, flags.text === true);
      }),
    );
  add(why, 'mail', 'why a person got an e-mail about a conversation, or none', [
    [`parley why mail anna ${conversation}`, 'the newest e-mails about it, sent and not sent'],
    [`parley why mail anna ${conversation} 7`, 'whether there was one about the seventh entry'],
  ])
    .addArgument(person())
    .addArgument(new Argument('<conversation>', 'its id').argParser(conversationId))
    .addArgument(new Argument('[seq]', 'number of the message in it').argParser(positiveInteger))
    .action((who: string, id: string, seq: number | undefined, flags: Flags, command: Command) =>
      explain(command, flags, async (store) => {
        const mail = await whyMail(store, { person: who, conversation: id, seq: seq ?? null, asOf: flags.asOf });
        return mail && mailFindings(mail, flags.text === true);
      }),
    );
  return why;
}

function person(): Argument {
  return new Argument('<person>', 'id of the person').argParser(personId);
}

function add(why: Command, name: string, summary: string, examples: readonly (readonly [string, string])[]): Command {
  const description = `Says ${summary}. Messages are named by number; what they say is shown with --text only.`;
  const command = makeCommand({ name, summary, description, examples });
  command.option('--as-of <point>', pointHelp, pointInTime).option('--text', 'show the text of messages');
  command.addOption(jsonOption());
  addConfigFlags(command, ['dataDir']);
  why.addCommand(command);
  return command;
}

async function explain(
  command: Command,
  { asOf, json }: Flags,
  run: (store: StoreReader, directory: OpenDirectory) => Promise<Findings | null>,
): Promise<void> {
  const { dataDir } = configured(command, ['asOf', 'text', 'json']);
  const found = await withStore(dataDir, asOf, (store) => withDirectory(dataDir, (directory) => run(store, directory)));
  if (found === null) throw new Failure('failed', 'there was no such thing in this store, then');
  await printResult(json, { asOf: pointOf(asOf), ...found.result }, asOfLines(asOf).concat(found.lines));
}

function pointOf(asOf: Cut | undefined): object | null {
  return asOf === undefined ? null : 'time' in asOf ? { time: isoOf(asOf.time) } : asOf;
}

function asOfLines(asOf: Cut | undefined): string[] {
  return asOf === undefined ? [] : [`as of ${'time' in asOf ? isoOf(asOf.time) : `position ${asOf.position}`}:`];
}
