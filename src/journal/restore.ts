/**
 * Makes a data directory of a snapshot. Everything is checked before anything is made; then it is built in a directory
 * beside its place and renamed when it is whole, so that a restore that is killed leaves nothing in that place. The new
 * store has an epoch of its own: clients load afresh, and what positions meant before means nothing any more. The memory
 * of commands comes along (CMD-1). States and indexes are made from the events, by folding.
 */
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { PersonId } from '../conversation/commands.ts';
import type { ConversationState } from '../conversation/state.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type Random, systemRandom } from '../runtime/random.ts';
import { noCommands } from './answered-commands.ts';
import { changesOf } from './archive-changes.ts';
import { findConversation } from './archive-conversations.ts';
import { coveredChanges } from './archive-covered.ts';
import { erasedUpToChanges } from './archive-erasing.ts';
import { noteOfTime } from './archive-time.ts';
import { syncDirectory } from './atomic-file.ts';
import { CommandWriter } from './command-log.ts';
import { assertCut, type Cut, isWithin } from './cut.ts';
import { dataPaths, isEmptyDirectory, newMeta, type StoreMeta, writeStoreMeta } from './data-directory.ts';
import type { ArchivedEvent, JournalEntry, Position } from './entry.ts';
import { expectLedger, type Ledger } from './erasure-ledger.ts';
import { decodeMails, decodeOutbox, encodeMails, encodeOutbox } from './format-archive.ts';
import { decodeCommand } from './format-command.ts';
import { Incompatible } from './journal.ts';
import { writeJournal } from './journal-restoring.ts';
import { conversationOf, idBytes } from './keys.ts';
import { makeDirectories } from './make-directories.ts';
import { writeRawRows } from './raw-environment.ts';
import { LeftOut } from './restore-erasing.ts';
import type { Progress } from './snapshot.ts';
import { checkSnapshot } from './snapshot-check.ts';
import type { Manifest } from './snapshot-manifest.ts';
import {
  readArchiveFile,
  readDirectoryFile,
  readJournalFile,
  type SnapshotEvent,
  type SnapshotRow,
} from './snapshot-reading.ts';
import { type Change, placeIn, type Tables } from './tables.ts';
import { openLmdbTables } from './tables-lmdb.ts';
import { WriterNotes } from './writer-notes.ts';

/** Changes of one transaction. */
const batchChanges = 8_192;
const nothingElse = { commands: noCommands, preferences: [], outbox: [], outboxDone: [], mails: [] };

export interface RestoreOptions {
  readonly from: string;
  /** Must not be there, or be an empty directory. */
  readonly dataDir: string;
  /** Restores what was up to this point; the directory of people and records comes as it was at the snapshot. */
  readonly until?: Cut;
  readonly progress?: (progress: Progress) => void;
  /** ERASE-4: what was erased since the snapshot is left out. Needed where the snapshot says that there is a ledger. */
  readonly erasures?: {
    readonly ledger: Ledger;
    /** Takes names out of a directory of people and records, in the way of the room that owns it. */
    readonly erasePeople: (directory: string, people: readonly PersonId[]) => Promise<void>;
  };
  /** Looks at the finished directory before it gets its name; a throw leaves nothing behind. */
  readonly check?: (dataDir: string) => Promise<void>;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface Restored {
  readonly meta: StoreMeta;
  readonly snapshot: Manifest;
  readonly conversations: number;
  readonly events: number;
  /** Positions at which the partitions go on. */
  readonly heads: readonly Position[];
}

/**
 * Throws `Damaged` for a snapshot that is not as it was written, `Incompatible` for no snapshot or a place taken,
 * `LedgerUnfit` where the ledger is missing, older than the snapshot, or another one.
 */
export async function restoreSnapshot(options: RestoreOptions): Promise<Restored> {
  const { from, until, clock = systemClock(), random = systemRandom } = options;
  const dataDir = resolve(options.dataDir);
  if (!(await isEmptyDirectory(dataDir))) throw new Incompatible(`${dataDir} is not empty`);
  const snapshot = await checkSnapshot(from, options.progress);
  assertCut(until, snapshot.store.partitions);
  expectLedger(options.erasures?.ledger ?? null, snapshot.erased ?? null);
  const meta = newMeta(snapshot.store.partitions, clock, random);
  const partial = `${dataDir}.partial-${random.id(6)}`;
  makeDirectories(dirname(dataDir));
  await mkdir(partial, { mode: 0o700 });
  try {
    const restored = await build(options, snapshot, partial);
    await writeStoreMeta(partial, meta);
    await options.check?.(partial);
    await rename(partial, dataDir);
    await syncDirectory(dirname(dataDir));
    return { meta, snapshot, ...restored };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

async function build(
  { from, until, progress, erasures }: RestoreOptions,
  snapshot: Manifest,
  partial: string,
): Promise<Pick<Restored, 'conversations' | 'events' | 'heads'>> {
  const paths = dataPaths(partial);
  const leftOut = new LeftOut(erasures?.ledger.erasures.slice(snapshot.erased?.erasures ?? 0) ?? []);
  const tail = (await readJournalFile(from, snapshot)).map((entries) =>
    entries.filter((entry) => isWithin(until, entry)).map((entry) => leftOut.entry(entry)),
  );
  const tables = openLmdbTables(paths.archive);
  const builder = new ArchiveBuilder(tables, snapshot, { until, leftOut, progress });
  try {
    await readArchiveFile(from, builder);
    await builder.flush();
    if (erasures !== undefined) await tables.write([...erasedUpToChanges(erasures.ledger.end)]);
    await tables.write(
      snapshot.positions.flatMap(({ checkpoint }, partition) => [...coveredChanges(partition, checkpoint)]),
    );
  } finally {
    await tables.close();
  }
  const heads = snapshot.positions.map(({ head }, partition) =>
    until === undefined ? head : Math.max(builder.lastPosition(partition), lastOf(tail[partition])),
  );
  const checkpoints = snapshot.positions.map(({ checkpoint }, partition) =>
    Math.min(checkpoint, heads[partition] as Position),
  );
  await writeJournal(paths.journal, tail, checkpoints);
  await writeRawRows(paths.directory, readDirectoryFile(from));
  if (leftOut.people.length > 0) await erasures?.erasePeople(paths.directory, leftOut.people);
  for (const path of Object.values(paths)) await syncDirectory(path);
  return { conversations: builder.conversations, events: builder.events, heads };
}

function lastOf(entries: readonly JournalEntry[] | undefined): Position {
  return entries?.at(-1)?.position ?? 0;
}

interface Wanted {
  readonly until: Cut | undefined;
  readonly leftOut: LeftOut;
  readonly progress: RestoreOptions['progress'];
}

/** Turns a snapshot's conversations and rows, as far as they are wanted, into rows of the new archive. */
class ArchiveBuilder {
  conversations = 0;
  events = 0;
  readonly #tables: Tables;
  readonly #until: Cut | undefined;
  readonly #leftOut: LeftOut;
  readonly #progress: ((progress: Progress) => void) | undefined;
  readonly #last: Position[];
  readonly #notes: WriterNotes;
  #newest = 0;
  #changes: Change[] = [];
  #commands: CommandWriter;
  #commandsPut = 0;
  #open: { partition: number; events: ArchivedEvent[]; state: ConversationState } | null = null;

  constructor(tables: Tables, snapshot: Manifest, { until, leftOut, progress }: Wanted) {
    this.#tables = tables;
    this.#notes = new WriterNotes(tables);
    this.#commands = new CommandWriter(tables, this.#notes.commands);
    this.#until = until;
    this.#leftOut = leftOut;
    this.#progress = progress;
    this.#last = snapshot.positions.map(() => 0);
  }

  lastPosition(partition: number): Position {
    return this.#last[partition] ?? 0;
  }

  event(partition: number, conversation: Uint8Array, { archived, state }: SnapshotEvent): void {
    const { event, position } = archived;
    if (!isWithin(this.#until, { at: event.at, position })) return;
    this.#saw(partition, position);
    this.#newest = Math.max(this.#newest, event.at);
    this.#open ??= { partition, events: [], state };
    this.#open.events.push(this.#leftOut.archived(partition, conversationOf(conversation), archived));
    this.#open.state = state;
  }

  async conversationEnd(): Promise<void> {
    if (this.#open === null) return;
    const { partition, events, state } = this.#open;
    this.#open = null;
    const stored = { state, position: (events[events.length - 1] as ArchivedEvent).position };
    const batch = { partition, conversations: [{ stored, events }], ...nothingElse };
    this.#changes.push(...changesOf(this.#tables, this.#notes, batch));
    this.conversations += 1;
    this.events += state.v;
    if (this.conversations % 100 === 0) this.#progress?.({ phase: 'archive', done: this.conversations });
    if (this.#changes.length >= batchChanges) await this.flush();
  }

  async row({ table, key, value }: SnapshotRow): Promise<void> {
    if (table === 'commands') {
      const command = decodeCommand(placeIn(table, key), value);
      if (!isWithin(this.#until, command)) return;
      this.#saw(command.partition, command.position);
      this.#commands.put(key, this.#leftOut.command(command));
      this.#commandsPut += 1;
    } else if (!this.#leftOut.keeps(key)) {
      return;
    } else if (table === 'outbox' && this.#until !== undefined) {
      await this.#outboxRow(key, value);
    } else if (table === 'mails' && this.#until !== undefined) {
      await this.#mailsRow(key, value);
    } else {
      this.#changes.push({ table, key, value });
    }
    if (this.#changes.length + this.#commandsPut >= batchChanges) await this.flush();
  }

  /** A row stays as far as there is something to tell of. */
  async #outboxRow(key: Uint8Array, value: Uint8Array): Promise<void> {
    const row = decodeOutbox(placeIn('outbox', key), value);
    const { head = 0 } = (await this.#stateOf(key)) ?? {};
    if (row.from > head) return;
    this.#changes.push({ table: 'outbox', key, value: encodeOutbox(key, { ...row, to: Math.min(row.to, head) }) });
  }

  /** Those decided on what is there: what came later explains nothing. */
  async #mailsRow(key: Uint8Array, value: Uint8Array): Promise<void> {
    const { v: last = 0 } = (await this.#stateOf(key)) ?? {};
    const kept = decodeMails(placeIn('mails', key), value).filter(({ v }) => v <= last);
    if (kept.length > 0) this.#changes.push({ table: 'mails', key, value: encodeMails(key, kept) });
  }

  /** `key`: person's hash, conversation's id. Null where the conversation began later than is wanted. */
  async #stateOf(key: Uint8Array): Promise<ConversationState | null> {
    await this.flush();
    return findConversation(this.#tables, key.subarray(idBytes))?.record.stored.state ?? null;
  }

  async flush(): Promise<void> {
    const changes = [...this.#changes, ...this.#commands.changes(), ...noteOfTime(this.#tables, this.#newest)];
    this.#changes = [];
    this.#commands = new CommandWriter(this.#tables, this.#notes.commands);
    this.#commandsPut = 0;
    if (changes.length > 0) await this.#tables.write(changes);
  }

  #saw(partition: number, position: Position): void {
    this.#last[partition] = Math.max(this.lastPosition(partition), position);
  }
}
