/**
 * Reads all of a store, also of one that a server is writing to, and names everything that is not as it was written:
 * checksums, running hashes, states against the fold of their events, both indexes in both directions, the journal's
 * chain and how its tail goes on from the archive. A truncated LMDB file may end the process by a signal: run it in a
 * child process and take such an end for damage too.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PersonId } from '../conversation/commands.ts';
import { type Damage, Damages } from './damage.ts';
import { dataPaths, readStoreMeta, type StoreMeta } from './data-directory.ts';
import type { Ledger } from './erasure-ledger.ts';
import { Damaged, Incompatible } from './journal.ts';
import { rawRows } from './raw-environment.ts';
import type { Progress } from './snapshot.ts';
import { openLmdbTableSnapshot } from './tables-lmdb.ts';
import { type VerifiedArchive, verifyArchive } from './verify-archive.ts';
import { expectNotAhead, type VerifiedJournal, verifyJournal } from './verify-journal.ts';

export type { Damage } from './damage.ts';

export interface VerifyOptions {
  readonly progress?: (progress: Progress) => void;
  /**
   * Reads the directory of people and records in the way of the room that owns it; a throw is damage. `erased`: people of
   * whom no name may be left.
   */
  readonly checkDirectory?: (path: string, erased: readonly PersonId[]) => Promise<void>;
  /** The ledger of erasures, null where there is none; without this it is not looked at. */
  readonly readLedger?: () => Promise<Ledger | null>;
}

export interface Verified {
  readonly meta: StoreMeta;
  readonly damages: readonly Damage[];
  readonly conversations: number;
  readonly events: number;
  readonly journalEntries: number;
}

/** Throws `Incompatible` where it is no store of this version, `Damaged` where `parley.json` cannot be read. */
export async function verifyStore(dataDir: string, options: VerifyOptions = {}): Promise<Verified> {
  const meta = await readStoreMeta(dataDir);
  const paths = dataPaths(dataDir);
  const damages = new Damages();
  // The journal first: the archive, read behind it, holds at least what the journal does not have any more.
  const journal = await verifyJournal(paths.journal, meta, damages);
  const ledger = await readLedger(options, damages);
  const archive = await openAndVerifyArchive(paths.archive, journal, damages, options.progress, ledger);
  await expectNotAhead(paths.journal, archive.newest, damages);
  await verifyDirectory(paths.directory, archive.erasedPeople, damages, options);
  const journalEntries = journal.tail.reduce((sum, entries) => sum + entries.length, 0);
  const { conversations, events } = archive;
  return { meta, damages: damages.list, conversations, events, journalEntries };
}

async function readLedger(options: VerifyOptions, damages: Damages): Promise<Ledger | null | undefined> {
  try {
    return await options.readLedger?.();
  } catch (error) {
    if (!(error instanceof Damaged || error instanceof Incompatible)) throw error;
    damages.add('ledger', null, null, error.message);
    return undefined;
  }
}

async function openAndVerifyArchive(
  path: string,
  journal: VerifiedJournal,
  damages: Damages,
  progress: VerifyOptions['progress'],
  ledger: Ledger | null | undefined,
): Promise<VerifiedArchive> {
  const nothing = { conversations: 0, events: 0, newest: [], erasedPeople: [] };
  if (!existsSync(join(path, 'data.mdb'))) {
    // A server opens its archive before it takes the first command.
    if (journal.heads.some((head) => head > 0)) {
      damages.add('archive', null, null, 'missing, though the journal has entries');
    }
    return nothing;
  }
  const archive = damages.guard('archive', null, null, () => openLmdbTableSnapshot(path));
  if (archive === undefined) return nothing;
  try {
    return verifyArchive(archive, journal, damages, progress, ledger);
  } finally {
    await archive.close();
  }
}

async function verifyDirectory(
  path: string,
  erased: readonly PersonId[],
  damages: Damages,
  { checkDirectory, progress }: VerifyOptions,
): Promise<void> {
  damages.guard('directory', null, null, () => {
    let done = 0;
    for (const _ of rawRows(path)) {
      done += 1;
      if (done % 1_000 === 0) progress?.({ phase: 'directory', done });
    }
  });
  if (checkDirectory === undefined || !existsSync(join(path, 'data.mdb'))) return;
  await checkDirectory(path, erased).catch((error: Error) => damages.add('directory', null, null, error.message));
}
