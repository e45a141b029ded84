/**
 * Reads a snapshot and trusts nothing in it: the manifest's own checksum, the files' lengths and SHA-256, each record's
 * seal and number, each event's seal, the running hash of each conversation, and that its events fold.
 */
import { join } from 'node:path';
import type { ConversationState } from '../conversation/state.ts';
import type { ArchivedEvent, JournalEntry, Position } from './entry.ts';
import type { Fields } from './fields.ts';
import { foldOrThrow } from './folding.ts';
import { describe, hashBytes, noHash, sameBytes } from './format.ts';
import { readEntry } from './format-entry.ts';
import { decodeEvent, follow } from './format-event.ts';
import { Damaged } from './journal.ts';
import { conversationOf, eventKey, idBytes } from './keys.ts';
import type { RawRow } from './raw-environment.ts';
import { fileBytes, readRecords, sha256Of, tags } from './snapshot-file.ts';
import { fileNames, type Manifest, readManifest } from './snapshot-manifest.ts';
import { placeIn, type TableName } from './tables.ts';

/** One conversation, read event by event. */
export interface SnapshotEvent {
  readonly archived: ArchivedEvent;
  /** The conversation's state with this event. */
  readonly state: ConversationState;
}
export interface SnapshotRow {
  readonly table: 'commands' | 'preferences' | 'outbox' | 'mails';
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}
export interface SnapshotVisitor {
  event?(partition: number, conversation: Uint8Array, event: SnapshotEvent): void;
  /** After the conversation's last event. */
  conversationEnd?(): Promise<void>;
  row?(row: SnapshotRow): Promise<void>;
}

/** The manifest, after every file has been found to be the one that it names. */
export async function openSnapshot(from: string): Promise<Manifest> {
  const manifest = await readManifest(from);
  const names = manifest.files.map((file) => file.name);
  if (names.length !== fileNames.length || !fileNames.every((name) => names.includes(name))) {
    throw new Damaged('snapshot/manifest.json: names other files than a snapshot has');
  }
  for (const { name, bytes, sha256 } of manifest.files) {
    const found = await fileBytes(join(from, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new Damaged(`snapshot/${name}: missing`);
      throw error;
    });
    // The length first: nothing is read that is not the manifest's.
    const isAsWritten = found === bytes && (await sha256Of(join(from, name))) === sha256;
    if (!isAsWritten) throw new Damaged(`snapshot/${name}: not as it was written`);
  }
  return manifest;
}

/** The journal's entries behind the checkpoints, by partition, in order and without a gap. */
export async function readJournalFile(from: string, manifest: Manifest): Promise<JournalEntry[][]> {
  const entries: JournalEntry[][] = manifest.positions.map(() => []);
  let current: { entries: JournalEntry[]; next: Position } | null = null;
  for await (const { tag, fields } of readRecords(join(from, 'journal.records'))) {
    if (tag === tags.partition) {
      const list = entries[fields.count()];
      if (list === undefined) throw unexpected(fields);
      current = { entries: list, next: fields.count() + 1 };
      continue;
    }
    if (tag !== tags.entry || current === null) throw unexpected(fields);
    const entry = readEntry(fields.fields());
    if (entry.position !== current.next)
      throw new Damaged(`snapshot/journal.records: entry ${current.next} is missing`);
    current.next += 1;
    current.entries.push(entry);
  }
  manifest.positions.forEach(({ checkpoint, head }, partition) => {
    if (entries[partition]?.length !== head - checkpoint) {
      throw new Damaged(`snapshot/journal.records: entries of partition ${partition} are missing`);
    }
  });
  return entries;
}

export async function readArchiveFile(from: string, visitor: SnapshotVisitor): Promise<void> {
  let open: OpenConversation | null = null;
  for await (const { tag, fields } of readRecords(join(from, 'archive.records'))) {
    if (tag === tags.conversation && open === null) {
      open = new OpenConversation(fields.bytes(idBytes), fields.count());
    } else if (tag === tags.event && open !== null) {
      const event = open.next(fields.flag() ? 'marks' : 'timeline', fields.count(), fields.anyBytes());
      visitor.event?.(open.partition, open.key, event);
    } else if (tag === tags.conversationEnd && open !== null) {
      open.expectEnd(fields.count(), fields.count(), fields.bytes(hashBytes), fields);
      open = null;
      await visitor.conversationEnd?.();
    } else {
      const table = rowTables.get(tag);
      if (table === undefined || open !== null) throw unexpected(fields);
      await visitor.row?.({ table, key: fields.anyBytes(), value: fields.anyBytes() });
    }
  }
  if (open !== null) throw new Damaged('snapshot/archive.records: ends within a conversation');
}

const rowTables = new Map<number, SnapshotRow['table']>([
  [tags.command, 'commands'],
  [tags.preferences, 'preferences'],
  [tags.outbox, 'outbox'],
  [tags.mails, 'mails'],
]);

export async function* readDirectoryFile(from: string): AsyncIterable<RawRow> {
  for await (const { tag, fields } of readRecords(join(from, 'directory.records'))) {
    if (tag !== tags.directoryRow) throw unexpected(fields);
    yield { table: fields.textOrNull(), key: fields.anyBytes(), value: fields.anyBytes() };
  }
}

/** Follows one conversation's events by hash and by rule. */
class OpenConversation {
  readonly key: Uint8Array;
  readonly partition: number;
  #hash: Uint8Array = noHash;
  #state: ConversationState | null = null;
  #position: Position = 0;

  constructor(key: Uint8Array, partition: number) {
    this.key = key;
    this.partition = partition;
  }

  next(table: 'timeline' | 'marks', number: number, value: Uint8Array): SnapshotEvent {
    const key = eventKey(this.key, number);
    const place = placeIn(table satisfies TableName, key);
    this.#hash = follow(place, this.#hash, value);
    const { archived } = decodeEvent(place, conversationOf(this.key), value);
    if (archived.position < this.#position) throw new Damaged(`${describe(place)}: positions go back`);
    this.#position = archived.position;
    this.#state = foldOrThrow(place, this.#state, archived);
    return { archived, state: this.#state };
  }

  expectEnd(v: number, position: Position, hash: Uint8Array, fields: Fields): void {
    if (this.#state?.v === v && this.#position === position && sameBytes(this.#hash, hash)) return;
    throw new Damaged(`${describe(fields.place)}: a conversation's events are missing`);
  }
}

function unexpected(fields: Fields): Damaged {
  return new Damaged(`${describe(fields.place)}: a record that does not belong there`);
}
