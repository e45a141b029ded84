/**
 * A snapshot: a portable, consistent copy of a store, also of one that a server is writing to. It is as of the moment at
 * which it began: the journal's read transaction is opened first and says up to which positions; the archive's is opened
 * behind it and can only hold more, which is cut off. The journal is copied at once and let go, because a read
 * transaction keeps pages from being used again; the archive is written to by checkpoints only.
 *
 * It is written into a directory beside its place and renamed when it is whole.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type Random, systemRandom } from '../runtime/random.ts';
import { type Conversation, conversationIn } from './archive-conversations.ts';
import { erasedUpToIn } from './archive-erasing.ts';
import { ArchiveHistory } from './archive-history.ts';
import { syncDirectory } from './atomic-file.ts';
import { commandsIn } from './command-log.ts';
import { dataPaths, isEmptyDirectory, productVersion, readStoreMeta, type StoreMeta } from './data-directory.ts';
import type { Position } from './entry.ts';
import { noHash } from './format.ts';
import { isNumber } from './format-archive.ts';
import { encodeCommand, isBucket } from './format-command.ts';
import { entryMembers } from './format-entry.ts';
import { encodeEvent } from './format-event.ts';
import { numberOf, tableOf } from './history-row.ts';
import { Incompatible } from './journal.ts';
import { type JournalSnapshot, openJournalSnapshot } from './journal-reading.ts';
import { eventKey, requireConversationKey } from './keys.ts';
import { makeDirectories } from './make-directories.ts';
import { rawRows } from './raw-environment.ts';
import { RecordWriter, type SnapshotFile, tags } from './snapshot-file.ts';
import { type fileNames, type Manifest, type SnapshotCounts, writeManifest } from './snapshot-manifest.ts';
import { allRows, highest, lowest, type Row, type TableName, type TableReader } from './tables.ts';
import { openLmdbTableSnapshot, type TableSnapshot } from './tables-lmdb.ts';

export interface Progress {
  readonly phase: 'journal' | 'archive' | 'directory' | 'checking';
  /** Conversations, entries or rows so far. */
  readonly done: number;
}

export interface SnapshotOptions {
  readonly dataDir: string;
  /** Must not be there, or be an empty directory. */
  readonly to: string;
  readonly progress?: (progress: Progress) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Something was erased between the moments of the journal and of the archive: the two do not belong together. */
export class ErasedMeanwhile extends Error {
  override readonly name = 'ErasedMeanwhile';
}

/** How often a copy is begun anew that an erasure fell into. */
const attempts = 5;

/**
 * Throws `Incompatible` where `dataDir` is no store or `to` is not empty, `Damaged` where the store is, `ErasedMeanwhile`
 * where erasures fell into all attempts.
 */
export async function writeSnapshot(options: SnapshotOptions): Promise<Manifest> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await copyOnce(options);
    } catch (error) {
      if (!(error instanceof ErasedMeanwhile) || attempt === attempts) throw error;
    }
  }
}

async function copyOnce(options: SnapshotOptions): Promise<Manifest> {
  const { dataDir, clock = systemClock(), random = systemRandom, progress = () => {} } = options;
  const to = resolve(options.to);
  const meta = await readStoreMeta(dataDir);
  if (!(await isEmptyDirectory(to))) throw new Incompatible(`${to} is not empty`);
  const partial = `${to}.partial-${random.id(6)}`;
  makeDirectories(dirname(to));
  await mkdir(partial, { mode: 0o700 });
  try {
    const manifest = await copyStore(dataDir, meta, partial, clock, progress);
    await rename(partial, to);
    await syncDirectory(dirname(to));
    return manifest;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

type Counts = { -readonly [name in keyof SnapshotCounts]: number };

async function copyStore(
  dataDir: string,
  meta: StoreMeta,
  into: string,
  clock: Clock,
  progress: (progress: Progress) => void,
): Promise<Manifest> {
  const paths = dataPaths(dataDir);
  const createdAt = new Date(clock.now() / 1000).toISOString();
  const counts: Counts = {
    conversations: 0,
    events: 0,
    commands: 0,
    preferences: 0,
    outbox: 0,
    mails: 0,
    journalEntries: 0,
    directoryRows: 0,
  };
  const job: Job = { meta, into, counts, progress, positions: [] };
  // A store that no server has opened yet has none of its environments.
  const journal = existsSync(join(paths.journal, 'data.mdb')) ? openJournalSnapshot(paths.journal) : null;
  const archive = existsSync(join(paths.archive, 'data.mdb')) ? openLmdbTableSnapshot(paths.archive) : null;
  const erased = archive === null ? null : erasedUpToIn(archive.reader);
  const files: SnapshotFile[] = [];
  try {
    files.push(await written(job, 'journal.records', (file) => copyJournal(job, journal, file)));
    files.push(await written(job, 'archive.records', (file) => copyArchive(job, archive, file)));
  } finally {
    await archive?.close();
  }
  files.push(await written(job, 'directory.records', (file) => copyDirectory(job, paths.directory, file)));
  const { epoch, partitions } = meta;
  const manifest = {
    product: productVersion(),
    createdAt,
    store: { epoch, partitions, createdAt: meta.createdAt },
    positions: job.positions,
    ...(erased === null ? {} : { erased }),
    counts,
    files,
  };
  await writeManifest(into, manifest);
  await syncDirectory(into);
  return { parley: 'snapshot', format: 1, ...manifest };
}

interface Job {
  readonly meta: StoreMeta;
  readonly into: string;
  readonly counts: Counts;
  readonly progress: (progress: Progress) => void;
  readonly positions: { checkpoint: Position; head: Position }[];
}

async function written(
  job: Job,
  name: (typeof fileNames)[number],
  copy: (file: RecordWriter) => Promise<void>,
): Promise<SnapshotFile> {
  const file = await RecordWriter.create(join(job.into, name));
  try {
    await copy(file);
    return await file.finish();
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

/** Closes the journal when it is done with it. */
async function copyJournal(job: Job, journal: JournalSnapshot | null, file: RecordWriter): Promise<void> {
  try {
    for (let partition = 0; partition < job.meta.partitions; partition += 1) {
      if (journal === null) {
        job.positions.push({ checkpoint: 0, head: 0 });
        continue;
      }
      const { checkpoint } = journal.tables.partition(partition);
      const { position: head } = journal.tables.last(partition);
      job.positions.push({ checkpoint, head });
      await file.write([tags.partition, partition, checkpoint, head]);
      for (const entry of journal.tables.entriesBehindCheckpoint(partition)) {
        await file.write([tags.entry, entryMembers(entry)]);
        job.counts.journalEntries += 1;
        job.progress({ phase: 'journal', done: job.counts.journalEntries });
      }
    }
  } finally {
    await journal?.close();
  }
}

async function copyArchive(job: Job, archive: TableSnapshot | null, file: RecordWriter): Promise<void> {
  if (archive === null) return;
  const headOf = (partition: number) => job.positions[partition]?.head ?? 0;
  await eachRow(archive, 'states', async (row) => {
    if (isNumber(row.value)) return;
    const conversation = conversationIn(row);
    await copyConversation(job, archive.reader, conversation, headOf(conversation.record.partition), file);
  });
  await eachRow(archive, 'commands', async (row) => {
    if (isBucket(row.value)) return;
    for (const { key, record } of commandsIn(row)) {
      if (record.position > headOf(record.partition)) continue;
      await file.write([tags.command, key, encodeCommand(key, record)]);
      job.counts.commands += 1;
    }
  });
  await eachRow(archive, 'preferences', async ({ key, value }) => {
    await file.write([tags.preferences, key, value]);
    job.counts.preferences += 1;
  });
  await eachRow(archive, 'outbox', async ({ key, value }) => {
    await file.write([tags.outbox, key, value]);
    job.counts.outbox += 1;
  });
  await eachRow(archive, 'mails', async ({ key, value }) => {
    await file.write([tags.mails, key, value]);
    job.counts.mails += 1;
  });
}

async function eachRow(archive: TableSnapshot, table: TableName, copy: (row: Row) => Promise<void>): Promise<void> {
  let met = 0;
  for (const row of allRows(archive.reader, table, lowest, highest)) {
    await copy(row);
    met += 1;
  }
  archive.assertMet(table, met);
}

/** One record for each event, with a running hash of the snapshot's own: a restore makes rows of them anew. */
async function copyConversation(
  job: Job,
  tables: TableReader,
  conversation: Conversation,
  head: Position,
  file: RecordWriter,
): Promise<void> {
  const { id, record } = conversation;
  const key = requireConversationKey(id);
  let last = { v: 0, position: 0, hash: noHash };
  for (const { archived } of new ArchiveHistory(tables, conversation).upTo(record)) {
    const { position, event } = archived;
    if (position > head) {
      if (event.type === 'erased') throw new ErasedMeanwhile('something is erased all the time; try again later');
      continue;
    }
    if (last.v === 0) await file.write([tags.conversation, key, record.partition]);
    const number = numberOf(event);
    const { value, hash } = encodeEvent(eventKey(key, number), last.hash, archived);
    await file.write([tags.event, tableOf(event) === 'marks', number, value]);
    last = { v: event.v, position, hash };
  }
  if (last.v === 0) return;
  await file.write([tags.conversationEnd, last.v, last.position, last.hash]);
  job.counts.conversations += 1;
  job.counts.events += last.v;
  if (job.counts.conversations % 100 === 0) job.progress({ phase: 'archive', done: job.counts.conversations });
}

async function copyDirectory(job: Job, path: string, file: RecordWriter): Promise<void> {
  for (const { table, key, value } of rawRows(path)) {
    await file.write([tags.directoryRow, table, key, value]);
    job.counts.directoryRows += 1;
    if (job.counts.directoryRows % 1_000 === 0) job.progress({ phase: 'directory', done: job.counts.directoryRows });
  }
}
