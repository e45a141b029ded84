/**
 * Looks into a store without taking it, running or stopped: the archive with the journal's tail laid over it, as of the
 * newest durable entry, or as of a point before.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ConversationId, Micros, PersonId, RecordRef } from '../conversation/commands.ts';
import type { ConversationState } from '../conversation/state.ts';
import type { MailRecord, OutboxRow } from './archive.ts';
import { changesOf } from './archive-changes.ts';
import { ArchiveReader } from './archive-tables.ts';
import { commandRows, commandsIn } from './command-log.ts';
import { assertCut, type Cut, isWithin } from './cut.ts';
import { dataPaths, readStoreMeta, type StoreMeta } from './data-directory.ts';
import type { AlertPreferences, ArchivedEvent, JournalEntry, Position, Remembered } from './entry.ts';
import { foldOrThrow } from './folding.ts';
import { openJournalSnapshot } from './journal-reading.ts';
import { requireConversationKey } from './keys.ts';
import { placeIn, type TableReader } from './tables.ts';
import { openLmdbTableSnapshot } from './tables-lmdb.ts';
import { createMemoryTables, openMemoryTables } from './tables-memory.ts';
import { overlay } from './tables-overlay.ts';
import { batchOf } from './tail-batch.ts';
import { WriterNotes } from './writer-notes.ts';

export interface StoreReader {
  readonly meta: StoreMeta;
  /** By partition, as of the newest durable entry. */
  readonly positions: readonly { readonly checkpoint: Position; readonly head: Position }[];
  conversations(): AsyncIterable<ConversationId>;
  state(conversation: ConversationId): Promise<ConversationState | null>;
  /** In order of `v`, marks included. */
  events(conversation: ConversationId): AsyncIterable<ArchivedEvent>;
  conversationsOf(person: PersonId): Promise<ConversationId[]>;
  conversationsAbout(record: RecordRef): Promise<ConversationId[]>;
  /** As of the newest entry, whatever point was asked for. */
  command(person: PersonId, id: string): Promise<Remembered | null>;
  preferences(person: PersonId): Promise<AlertPreferences | null>;
  /** As of the newest checkpoint, whatever point was asked for; oldest first. */
  mails(person: PersonId, conversation: ConversationId): Promise<MailRecord[]>;
  waitingMail(person: PersonId, conversation: ConversationId): Promise<OutboxRow | null>;
  /**
   * When the newest entry up to the point that was asked for was written; 0 where there is none. Of a position that the
   * journal has dropped it is told by the events and by the commands that are remembered: refusals of long ago are not.
   */
  writtenAt(): Promise<Micros>;
  /** The entries that the journal still holds behind its checkpoint, as far as they are wanted. */
  journal(partition: number): readonly JournalEntry[];
  close(): Promise<void>;
}

/** Throws `Incompatible` where `dataDir` is no store, `Damaged` where what is read is not as it was written. */
export async function openReadOnly(dataDir: string, asOf?: Cut): Promise<StoreReader> {
  const meta = await readStoreMeta(dataDir);
  assertCut(asOf, meta.partitions);
  const paths = dataPaths(dataDir);
  const { positions, tail } = await readTail(paths.journal, meta.partitions);
  const archive = existsSync(join(paths.archive, 'data.mdb')) ? openLmdbTableSnapshot(paths.archive) : null;
  const nothing = openMemoryTables(createMemoryTables());
  const tables = overlay(archive?.reader ?? nothing);
  const notes = new WriterNotes(tables);
  for (const [partition, entries] of tail.entries()) {
    await tables.write([...changesOf(tables, notes, batchOf(tables, partition, entries))]);
  }
  return new OpenStore(meta, positions, tail, tables, asOf, async () => archive?.close());
}

async function readTail(
  path: string,
  partitions: number,
): Promise<{ positions: { checkpoint: Position; head: Position }[]; tail: JournalEntry[][] }> {
  const positions = Array.from({ length: partitions }, () => ({ checkpoint: 0, head: 0 }));
  const tail: JournalEntry[][] = positions.map(() => []);
  if (!existsSync(join(path, 'data.mdb'))) return { positions, tail };
  const journal = openJournalSnapshot(path);
  try {
    for (const [partition, entries] of tail.entries()) {
      for (const entry of journal.tables.entriesBehindCheckpoint(partition)) entries.push(entry);
      const { checkpoint } = journal.tables.partition(partition);
      positions[partition] = { checkpoint, head: entries.at(-1)?.position ?? checkpoint };
    }
  } finally {
    await journal.close();
  }
  return { positions, tail };
}

class OpenStore implements StoreReader {
  readonly meta: StoreMeta;
  readonly positions: StoreReader['positions'];
  readonly #tail: readonly JournalEntry[][];
  readonly #tables: TableReader;
  readonly #archive: ArchiveReader;
  readonly #asOf: Cut | undefined;
  readonly #close: () => Promise<void>;

  constructor(
    meta: StoreMeta,
    positions: StoreReader['positions'],
    tail: readonly JournalEntry[][],
    tables: TableReader,
    asOf: Cut | undefined,
    close: () => Promise<void>,
  ) {
    this.meta = meta;
    this.positions = positions;
    this.#tail = tail;
    this.#tables = tables;
    this.#archive = new ArchiveReader(tables);
    this.#asOf = asOf;
    this.#close = close;
  }

  async *conversations(): AsyncIterable<ConversationId> {
    for await (const id of this.#archive.conversations()) if (await this.#isThere(id)) yield id;
  }

  async state(conversation: ConversationId): Promise<ConversationState | null> {
    if (this.#asOf === undefined) return (await this.#archive.state(conversation))?.state ?? null;
    let state: ConversationState | null = null;
    for await (const archived of this.events(conversation)) {
      state = foldOrThrow(placeIn('states', requireConversationKey(conversation)), state, archived);
    }
    return state;
  }

  async *events(conversation: ConversationId): AsyncIterable<ArchivedEvent> {
    for await (const archived of this.#archive.events(conversation)) {
      if (!isWithin(this.#asOf, { at: archived.event.at, position: archived.position })) return;
      yield archived;
    }
  }

  async conversationsOf(person: PersonId): Promise<ConversationId[]> {
    const ids = await this.#archive.conversationsOf(person);
    if (this.#asOf === undefined) return ids;
    const then: ConversationId[] = [];
    for (const id of ids) if ((await this.state(id))?.members.has(person)) then.push(id);
    return then;
  }

  async conversationsAbout(record: RecordRef): Promise<ConversationId[]> {
    const then: ConversationId[] = [];
    for (const id of await this.#archive.conversationsAbout(record)) if (await this.#isThere(id)) then.push(id);
    return then;
  }

  command(person: PersonId, id: string): Promise<Remembered | null> {
    return this.#archive.command(person, id);
  }

  preferences(person: PersonId): Promise<AlertPreferences | null> {
    return this.#archive.preferences(person);
  }

  mails(person: PersonId, conversation: ConversationId): Promise<MailRecord[]> {
    return this.#archive.mails(person, conversation);
  }

  waitingMail(person: PersonId, conversation: ConversationId): Promise<OutboxRow | null> {
    return this.#archive.waitingMail(person, conversation);
  }

  journal(partition: number): readonly JournalEntry[] {
    return (this.#tail[partition] ?? []).filter((entry) => isWithin(this.#asOf, entry));
  }

  async writtenAt(): Promise<Micros> {
    const tail = this.positions.flatMap((_, partition) => this.journal(partition).slice(-1));
    if (tail.length > 0) return Math.max(...tail.map(({ at }) => at));
    let newest = 0;
    for (const row of commandRows(this.#tables)) {
      for (const { record } of commandsIn(row)) {
        if (record.at > newest && isWithin(this.#asOf, record)) newest = record.at;
      }
    }
    for await (const conversation of this.conversations()) {
      for await (const { event } of this.events(conversation)) newest = Math.max(newest, event.at);
    }
    return newest;
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** A conversation is there from its first event on. */
  async #isThere(conversation: ConversationId): Promise<boolean> {
    if (this.#asOf === undefined) return true;
    const [first] = await this.#archive.timeline(conversation, 1, 1, 1);
    return first !== undefined && isWithin(this.#asOf, { at: first.event.at, position: first.position });
  }
}
