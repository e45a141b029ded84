/**
 * The archive over ordered tables: the one implementation of its port, whichever tables are under it.
 *
 * | table | key | value |
 * |---|---|---|
 * | timeline, marks | conversation, seq or `v` | running hash, position, event |
 * | states | conversation | state, position, partition, running hash |
 * | members | person's hash, conversation | – |
 * | records | kind, record's hash, conversation | – |
 * | commands | hash of person and id | body's hash, answer, time, position, partition |
 * | preferences | person's hash | person, boxes |
 * | outbox | person's hash, conversation | row |
 */
import type { ConversationId, PersonId, RecordRef, Seq } from '../conversation/commands.ts';
import { isTimelineEvent } from '../conversation/events.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Archive, ArchiveBatch, OutboxRow, StoredState } from './archive.ts';
import { changesOf } from './archive-changes.ts';
import { historyOf } from './archive-history.ts';
import type { AlertPreferences, ArchivedEvent, Position, Remembered } from './entry.ts';
import { describe } from './format.ts';
import { checkIndex, decodeCommand, decodeOutbox, decodePreferences, decodeState } from './format-archive.ts';
import { decodeEvent } from './format-event.ts';
import { Damaged, Unavailable } from './journal.ts';
import {
  after,
  commandKey,
  conversationKey,
  conversationOf,
  eventKey,
  eventNumberMax,
  eventNumberOf,
  hashOf,
  idBytes,
  recordPrefix,
} from './keys.ts';
import { allRows, type Change, highest, lowest, placeIn, type Row, type TableReader, type Tables } from './tables.ts';

/** Everything of the port that only reads: also over a snapshot of another process's tables. */
export class ArchiveReader {
  protected readonly tables: TableReader;

  constructor(tables: TableReader) {
    this.tables = tables;
  }

  async state(conversation: ConversationId): Promise<StoredState | null> {
    const key = conversationKey(conversation);
    const value = key === null ? undefined : this.tables.get('states', key);
    return key === null || value === undefined ? null : decodeState(placeIn('states', key), value).stored;
  }

  async timeline(conversation: ConversationId, from: Seq, to: Seq, limit: number): Promise<ArchivedEvent[]> {
    const key = conversationKey(conversation);
    if (key === null || from > to) return [];
    const first = eventKey(key, from);
    const rows = this.tables.rowsDown('timeline', first, behind(key, to), limit).reverse();
    return decodeTimeline(conversation, rows);
  }

  async timelineSince(
    conversation: ConversationId,
    position: Position,
    limit: number,
  ): Promise<ArchivedEvent[] | null> {
    return this.#since('timeline', decodeTimeline, conversation, position, limit);
  }

  async marksSince(conversation: ConversationId, position: Position, limit: number): Promise<ArchivedEvent[] | null> {
    return this.#since('marks', decodeMarks, conversation, position, limit);
  }

  async *events(conversation: ConversationId): AsyncIterable<ArchivedEvent> {
    const key = conversationKey(conversation);
    if (key !== null) yield* historyOf(this.tables, key);
  }

  async *conversations(): AsyncIterable<ConversationId> {
    for (const { key } of allRows(this.tables, 'states', lowest, highest)) yield conversationOf(key);
  }

  async conversationsOf(person: PersonId): Promise<ConversationId[]> {
    return this.#indexed('members', hashOf(person));
  }

  async conversationsAbout(record: RecordRef): Promise<ConversationId[]> {
    return this.#indexed('records', recordPrefix(record));
  }

  async command(person: PersonId, id: string): Promise<Remembered | null> {
    const key = commandKey(person, id);
    const value = this.tables.get('commands', key);
    if (value === undefined) return null;
    const { bodyHash, answer } = decodeCommand(placeIn('commands', key), value);
    return { person, id, bodyHash, answer };
  }

  async preferences(person: PersonId): Promise<AlertPreferences | null> {
    const key = hashOf(person);
    const value = this.tables.get('preferences', key);
    return value === undefined ? null : decodePreferences(placeIn('preferences', key), value).boxes;
  }

  async *outbox(): AsyncIterable<OutboxRow> {
    for (const { key, value } of allRows(this.tables, 'outbox', lowest, highest)) {
      yield decodeOutbox(placeIn('outbox', key), value);
    }
  }

  #since(
    table: 'timeline' | 'marks',
    decode: typeof decodeTimeline,
    conversation: ConversationId,
    position: Position,
    limit: number,
  ): ArchivedEvent[] | null {
    const key = conversationKey(conversation);
    if (key === null) return [];
    const rows = this.tables.rowsDown(table, key, after(key), limit + 1).reverse();
    const newer = decode(conversation, rows).filter((archived) => archived.position > position);
    return newer.length > limit ? null : newer;
  }

  #indexed(table: 'members' | 'records', prefix: Uint8Array): ConversationId[] {
    const found: ConversationId[] = [];
    for (const { key, value } of allRows(this.tables, table, prefix, after(prefix))) {
      checkIndex(placeIn(table, key), value);
      found.push(conversationOf(key.subarray(key.length - idBytes)));
    }
    return found;
  }
}

/** Some hundred microseconds of work: whoever waits for an answer meanwhile is not to notice that a batch is encoded. */
const changesPerTurn = 8;

class TablesArchive extends ArchiveReader implements Archive {
  readonly #tables: Tables;
  readonly #clock: Pick<Clock, 'soon'>;
  /** One write after the other: each looks at what the one before left. */
  #writing: Promise<unknown> = Promise.resolve();
  #failed = false;
  /** Where the next look for forgettable commands begins. */
  #forgetFrom: Uint8Array = lowest;

  constructor(tables: Tables, clock: Pick<Clock, 'soon'>) {
    super(tables);
    this.#tables = tables;
    this.#clock = clock;
  }

  write(batch: ArchiveBatch): Promise<void> {
    return this.#inTurn(async () => {
      const changes: Change[] = [];
      for (const change of changesOf(this.#tables, batch)) {
        changes.push(change);
        if (changes.length % changesPerTurn === 0) await new Promise<void>((resolve) => this.#clock.soon(resolve));
      }
      await this.#commit(changes);
    });
  }

  forgetCommands(before: number, limit: number): Promise<boolean> {
    return this.#inTurn(async () => {
      const rows = this.#tables.rows('commands', this.#forgetFrom, highest, limit);
      const old = rows.filter(({ key, value }) => decodeCommand(placeIn('commands', key), value).at < before);
      await this.#commit(old.map(({ key }) => ({ table: 'commands', key, value: null })));
      const last = rows[rows.length - 1];
      const done = last === undefined || rows.length < limit;
      this.#forgetFrom = done ? lowest : Buffer.concat([last.key, Buffer.from([0])]);
      return done;
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#tables.close();
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    if (this.#failed) throw new Unavailable('an earlier write of the archive has failed');
    if (changes.length === 0) return;
    try {
      await this.#tables.write(changes);
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = this.#writing.then(run);
    this.#writing = mine.catch(() => undefined);
    return mine;
  }
}

/** `clock`: gives way to other work between the changes of a batch. */
export function archiveOver(tables: Tables, clock: Pick<Clock, 'soon'> = systemClock()): Archive {
  return new TablesArchive(tables, clock);
}

/** The key behind a conversation's entry `number`. */
function behind(conversation: Uint8Array, number: number): Uint8Array {
  return number >= eventNumberMax ? after(conversation) : eventKey(conversation, number + 1);
}

/** Seqs have no gap: a missing entry between two others is damage, not an empty place. */
function decodeTimeline(conversation: ConversationId, ascending: readonly Row[]): ArchivedEvent[] {
  let expected: Seq | null = null;
  return ascending.map(({ key, value }) => {
    const place = placeIn('timeline', key);
    const { archived } = decodeEvent(place, conversation, value);
    const { event } = archived;
    if (!isTimelineEvent(event) || event.seq !== eventNumberOf(key)) {
      throw new Damaged(`${describe(place)}: an event of another place`);
    }
    if (expected !== null && event.seq !== expected) {
      throw new Damaged(`${describe(place)}: seq ${expected} is missing before it`);
    }
    expected = event.seq + 1;
    return archived;
  });
}

function decodeMarks(conversation: ConversationId, ascending: readonly Row[]): ArchivedEvent[] {
  return ascending.map(({ key, value }) => decodeEvent(placeIn('marks', key), conversation, value).archived);
}
