/** Is a snapshot whole? Asked of each one that has been written, and before a restore changes anything. */
import { decodeMails, decodeOutbox, decodePreferences } from './format-archive.ts';
import { decodeCommand } from './format-command.ts';
import { Damaged } from './journal.ts';
import type { Progress } from './snapshot.ts';
import type { Manifest } from './snapshot-manifest.ts';
import { openSnapshot, readArchiveFile, readDirectoryFile, readJournalFile } from './snapshot-reading.ts';
import { placeIn } from './tables.ts';
import { TailCheck } from './tail-check.ts';

/** Reads all of a snapshot. Throws `Damaged` at the first thing that is not as it was written. */
export async function checkSnapshot(from: string, progress?: (progress: Progress) => void): Promise<Manifest> {
  const manifest = await openSnapshot(from);
  const entries = await readJournalFile(from, manifest);
  const tail = new TailCheck(entries);
  const journalEntries = entries.reduce((sum, { length }) => sum + length, 0);
  const found = { conversations: 0, events: 0, commands: 0, preferences: 0, outbox: 0, mails: 0, directoryRows: 0 };
  await readArchiveFile(from, {
    event(_, conversation, { state }) {
      found.events += 1;
      tail.archived(conversation, state);
    },
    async conversationEnd() {
      found.conversations += 1;
      if (found.conversations % 100 === 0) progress?.({ phase: 'checking', done: found.conversations });
    },
    async row({ table, key, value }) {
      decoders[table](placeIn(table, key), value);
      found[table] += 1;
    },
  });
  tail.expectFollows();
  for await (const _ of readDirectoryFile(from)) found.directoryRows += 1;
  const counts: { readonly [name: string]: number } = { ...manifest.counts };
  for (const [name, count] of Object.entries({ ...found, journalEntries })) {
    // Earlier versions do not know of e-mails.
    const said = counts[name] ?? 0;
    if (count !== said) throw new Damaged(`snapshot: ${count} ${name} are in it, and the manifest says ${said}`);
  }
  return manifest;
}

const decoders = {
  commands: decodeCommand,
  preferences: decodePreferences,
  outbox: decodeOutbox,
  mails: decodeMails,
} as const;
