/** `parley export`: what happened, as JSON Lines; all of it, or what one person's copies show. */
import { type Command, Option } from 'commander';
import type { PersonId } from '../conversation/commands.ts';
import { copyRanges, isVisible, listOrder } from '../conversation/visibility.ts';
import type { Directory } from '../directory/directory.ts';
import type { Cut } from '../journal/cut.ts';
import type { ArchivedEvent } from '../journal/entry.ts';
import type { StoreReader } from '../journal/read-store.ts';
import { copyCard } from '../views/card.ts';
import { entriesOf } from '../views/entries.ts';
import { type Cursor, inOrder } from '../views/sidebar.ts';
import { personId } from './arguments.ts';
import { makeCommand, note, writeOut } from './command.ts';
import { addConfigFlags } from './config-flags.ts';
import { configured } from './configured.ts';
import { Failure } from './exit-codes.ts';
import { pointHelp, pointInTime } from './point-in-time.ts';
import { createProgress, type Progress } from './progress.ts';
import { withDirectory, withStore } from './store-access.ts';

interface Flags {
  readonly person?: PersonId;
  readonly asOf?: Cut;
  readonly json?: true;
}

export function exportCommand(): Command {
  const command = makeCommand({
    name: 'export',
    summary: 'write everything, or one person’s view, as JSON Lines',
    description: [
      'Without --person: every event of every conversation, one a line, in the order of each conversation, with texts.',
      'With --person: one line for each conversation in their list, newest first, with exactly what their copy shows;',
      'the name of a record only where they may see it now (SEE-4). Works beside a running server.',
    ].join(' '),
    examples: [
      ['parley export > everything.jsonl', 'all conversations'],
      ['parley export --person anna --as-of 2026-11-22T16:00:00Z', 'what Anna saw then'],
    ],
  })
    .option('--person <id>', 'only what this person’s copies show', personId)
    .option('--as-of <point>', pointHelp, pointInTime)
    .addOption(new Option('--json', 'JSON Lines, which it always is').hideHelp());
  addConfigFlags(command, ['dataDir']);
  return command.action(async ({ person, asOf }: Flags) => {
    const { dataDir } = configured(command, ['person', 'asOf', 'json']);
    const progress = createProgress();
    const lines = await withStore(dataDir, asOf, (store) =>
      person === undefined
        ? exportEvents(store, progress)
        : withDirectory(dataDir, (directory) => exportPerson(store, directory, person, progress)),
    );
    progress.end();
    note(`${lines} lines`);
  });
}

/** The lines written. */
async function exportEvents(store: StoreReader, progress: Progress): Promise<number> {
  progress.start('conversations', null);
  let lines = 0;
  for await (const conversation of store.conversations()) {
    for await (const { position, event } of store.events(conversation)) {
      await writeOut(`${JSON.stringify({ conversation, position, ...event })}\n`);
      lines += 1;
    }
    progress.advance();
  }
  return lines;
}

async function exportPerson(
  store: StoreReader,
  directory: Directory,
  person: PersonId,
  progress: Progress,
): Promise<number> {
  const conversations = await store.conversationsOf(person);
  if (conversations.length === 0 && directory.person(person) === undefined) {
    throw new Failure('failed', `there is no person ${person}`);
  }
  progress.start('conversations', conversations.length);
  const listed: Cursor[] = [];
  for (const conversation of conversations) {
    const state = await store.state(conversation);
    const order = state === null ? null : listOrder(state, person);
    if (order !== null) listed.push({ conversation, order });
  }
  listed.sort(inOrder);
  for (const { conversation } of listed) {
    const state = await store.state(conversation);
    if (state === null) throw new Failure('failed', `conversation ${conversation} has gone`);
    const ranges = copyRanges(state, person);
    const shown: ArchivedEvent[] = [];
    for await (const archived of store.events(conversation)) {
      if ('seq' in archived.event && isVisible(ranges, archived.event.seq)) shown.push(archived);
    }
    await writeOut(`${JSON.stringify(copyCard(directory, state, person, entriesOf(shown)))}\n`);
    progress.advance();
  }
  return listed.length;
}
