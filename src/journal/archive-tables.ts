/**
 * The archive over ordered tables: the one implementation of its port, whichever tables are under it.
 *
 * | table | key | value |
 * |---|---|---|
 * | timeline, marks | conversation's prefix, seq or `v` of the first | running hash, events with their positions |
 * | states | conversation's id | its number |
 * | | conversation's prefix | id, state, position, partition, running hash |
 * | members | person's hash, conversation's prefix | – |
 * | records | kind, record's hash, conversation's prefix | – |
 * | commands | number of a row of the log | of each command hash of person and id, body's hash, answer, time, position |
 * | | first bits of such a hash | which rows of the log hold the commands that begin so |
 * | preferences | person's hash | person, boxes |
 * | outbox | person's hash, conversation's id | row |
 * | mails | person's hash, conversation's id | what became of the newest rows |
 * | meta | the archive's notes about itself, each twice | see `archive-notes.ts` |
 *
 * The prefix says which number the conversation has (`keys.ts`). Rows of data directories before format 3 stay as they are:
 * an event or a command in a row of its own, and a conversation's id where now its prefix is.
 */
import type { ConversationId, Micros, PersonId, RecordRef, Seq } from '../conversation/commands.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type {
  Archive,
  ArchiveBatch,
  ArchiveErasure,
  EventsSince,
  MailRecord,
  OutboxRow,
  StoredState,
} from './archive.ts';
import { changesOf } from './archive-changes.ts';
import { type Conversation, findConversation, findOwner, idOf, stateRows } from './archive-conversations.ts';
import { coveredIn } from './archive-covered.ts';
import { erasedUpToChanges, erasedUpToIn, erasureChanges } from './archive-erasing.ts';
import { ArchiveHistory } from './archive-history.ts';
import { mendingChanges } from './archive-mending.ts';
import { newestIn, newestTime, noteOfTime } from './archive-time.ts';
import { CommandForgetting } from './command-forgetting.ts';
import { CommandReader } from './command-log.ts';
import type { AlertPreferences, ArchivedEvent, Position, Remembered } from './entry.ts';
import type { LedgerPlace } from './erasure-ledger.ts';
import { describe, type Place, sameBytes } from './format.ts';
import { checkIndex, decodeMails, decodeOutbox, decodePreferences, idInState } from './format-archive.ts';
import { Damaged, Unavailable } from './journal.ts';
import { after, commandKey, conversationKey, hashOf, memberKey, recordPrefix, requireConversationKey } from './keys.ts';
import { NewestStates } from './newest-states.ts';
import { allRows, type Change, highest, lowest, placeIn, type Row, type TableReader, type Tables } from './tables.ts';
import { unlessDamaged } from './unless-damaged.ts';
import { WriterNotes } from './writer-notes.ts';

/** Everything of the port that only reads: also over a snapshot of another process's tables. */
export class ArchiveReader {
  protected readonly tables: TableReader;
  readonly #newest = new NewestStates();
  #commands: CommandReader;

  constructor(tables: TableReader) {
    this.tables = tables;
    this.#commands = new CommandReader(tables);
  }

  /** A batch has been written. */
  protected wrote({ conversations }: ArchiveBatch): void {
    for (const { stored } of conversations) this.#newest.written(stored.state.id);
  }

  /** Commands that were put beside a damaged bucket are looked for again. */
  protected mended(): void {
    this.#commands = new CommandReader(this.tables);
  }

  async state(conversation: ConversationId): Promise<StoredState | null> {
    const found = this.#found(conversation);
    if (found !== null && !this.#newest.isKnown(found)) this.#expectNewest(found);
    return found?.record.stored ?? null;
  }

  async newestState(conversation: ConversationId): Promise<StoredState | null> {
    const found = this.#found(conversation);
    if (found !== null) this.#expectNewest(found);
    return found?.record.stored ?? null;
  }

  async timeline(conversation: ConversationId, from: Seq, to: Seq, limit: number): Promise<ArchivedEvent[]> {
    return this.#history(conversation)?.timeline(from, to, limit) ?? [];
  }

  async eventsSince(conversation: ConversationId, position: Position, limit: number): Promise<EventsSince | null> {
    const history = this.#history(conversation);
    return history === null ? { after: 0, events: [] } : history.since(position, limit);
  }

  async *events(conversation: ConversationId): AsyncIterable<ArchivedEvent> {
    const found = this.#found(conversation);
    if (found === null) return;
    for (const { archived } of new ArchiveHistory(this.tables, found).upTo(found.record)) yield archived;
  }

  async *conversations(): AsyncIterable<ConversationId> {
    for (const { key, value } of stateRows(this.tables)) yield idInState(placeIn('states', key), value);
  }

  async conversationsOf(person: PersonId, unreadable?: (damaged: Damaged) => void): Promise<ConversationId[]> {
    return this.#indexed('members', hashOf(person), unreadable);
  }

  async conversationsAbout(record: RecordRef): Promise<ConversationId[]> {
    return this.#indexed('records', recordPrefix(record));
  }

  async command(person: PersonId, id: string, key = commandKey(person, id)): Promise<Remembered | null> {
    const found = this.#commands.command(key);
    return found === null ? null : { person, id, bodyHash: found.bodyHash, answer: found.answer };
  }

  async preferences(person: PersonId): Promise<AlertPreferences | null> {
    const key = hashOf(person);
    const value = this.tables.get('preferences', key);
    return value === undefined ? null : decodePreferences(placeIn('preferences', key), value).boxes;
  }

  async newestAt(): Promise<Micros> {
    return newestTime(this.tables);
  }

  async erasedUpTo(): Promise<LedgerPlace | null> {
    return erasedUpToIn(this.tables);
  }

  async covered(partition: number): Promise<Position | null> {
    return coveredIn(this.tables, partition);
  }

  async *outbox(unreadable?: (damaged: Damaged) => void): AsyncIterable<OutboxRow> {
    for (const { key, value } of allRows(this.tables, 'outbox', lowest, highest)) {
      const row = unlessDamaged(
        () => decodeOutbox(placeIn('outbox', key), value),
        (damaged) => void unreadable?.(damaged),
      );
      if (row !== undefined) yield row;
    }
  }

  async waitingMail(person: PersonId, conversation: ConversationId): Promise<OutboxRow | null> {
    const row = this.#ofMember('outbox', person, conversation);
    return row === null ? null : decodeOutbox(placeIn('outbox', row.key), row.value);
  }

  async mails(person: PersonId, conversation: ConversationId): Promise<MailRecord[]> {
    const row = this.#ofMember('mails', person, conversation);
    return row === null ? [] : decodeMails(placeIn('mails', row.key), row.value);
  }

  #found(conversation: ConversationId): Conversation | null {
    const key = conversationKey(conversation);
    return key === null ? null : findConversation(this.tables, key);
  }

  #expectNewest(found: Conversation): void {
    new ArchiveHistory(this.tables, found).expectNewest(found.record.stored.state.v);
    this.#newest.found(found);
  }

  #ofMember(table: 'outbox' | 'mails', person: PersonId, conversation: ConversationId): Row | null {
    const id = conversationKey(conversation);
    const key = id === null ? null : memberKey(person, id);
    const value = key === null ? undefined : this.tables.get(table, key);
    return key === null || value === undefined ? null : { key, value };
  }

  #history(conversation: ConversationId): ArchiveHistory | null {
    const key = conversationKey(conversation);
    const owner = key === null ? null : findOwner(this.tables, key);
    return owner === null ? null : new ArchiveHistory(this.tables, owner);
  }

  #indexed(
    table: 'members' | 'records',
    prefix: Uint8Array,
    unreadable?: (damaged: Damaged) => void,
  ): ConversationId[] {
    const found: ConversationId[] = [];
    for (const row of allRows(this.tables, table, prefix, after(prefix))) {
      const id = unlessDamaged(
        () => this.#indexedIn(table, row, prefix.length),
        (damaged) => {
          if (unreadable === undefined) throw damaged;
          unreadable(damaged);
        },
      );
      if (id !== undefined) found.push(id);
    }
    return found;
  }

  /** `at`: where in the key the conversation's prefix begins. */
  #indexedIn(table: 'members' | 'records', { key, value }: Row, at: number): ConversationId {
    const place = placeIn(table, key);
    checkIndex(place, value);
    const prefix = key.subarray(at);
    const id = idOf(this.tables, prefix);
    if (id === null)
      throw new Damaged(`${describe(place)}: of a conversation that is not there`, placeIn('states', prefix));
    // Whoever asks for it by its id has to find it: what is not found counts as never begun.
    const byId = requireConversationKey(id);
    const owner = findOwner(this.tables, byId);
    if (owner !== null && sameBytes(owner.prefix, prefix)) return id;
    throw new Damaged(`${describe(place)}: of a conversation that cannot be found by its id`, placeIn('states', byId));
  }
}

/** Some hundred microseconds of work: whoever waits for an answer meanwhile is not to notice that a batch is encoded. */
const changesPerTurn = 8;

class TablesArchive extends ArchiveReader implements Archive {
  readonly #tables: Tables;
  readonly #clock: Pick<Clock, 'soon'>;
  #notes: WriterNotes;
  /** One write after the other: each looks at what the one before left. */
  #writing: Promise<unknown> = Promise.resolve();
  #failed = false;
  readonly #forgetting: CommandForgetting;

  constructor(tables: Tables, clock: Pick<Clock, 'soon'>) {
    super(tables);
    this.#tables = tables;
    this.#clock = clock;
    this.#forgetting = new CommandForgetting(tables);
    this.#notes = new WriterNotes(tables);
  }

  write(batch: ArchiveBatch): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#commit(await this.#changesOf(batch));
        this.wrote(batch);
      } catch (error) {
        // They tell of what was to be written.
        this.#notes = new WriterNotes(this.#tables);
        throw error;
      }
    });
  }

  erase(what: ArchiveErasure): Promise<void> {
    return this.#inTurn(() => this.#commit([...erasureChanges(this.#tables, what)]));
  }

  noteErasedUpTo(place: LedgerPlace): Promise<void> {
    return this.#inTurn(() => this.#commit([...erasedUpToChanges(place)]));
  }

  async mend(place: Place, partitions: number): Promise<void> {
    await this.#inTurn(() => this.#commit(mendingChanges(this.#tables, place, partitions)));
    this.mended();
  }

  scrub(): Promise<boolean> {
    return this.#inTurn(async () => this.#tables.scrub());
  }

  forgetCommands(before: number, limit: number): Promise<boolean> {
    return this.#inTurn(async () => {
      const { changes, done } = this.#forgetting.look(before, limit);
      await this.#commit(changes);
      return done;
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#tables.close();
  }

  async #changesOf(batch: ArchiveBatch): Promise<Change[]> {
    const changes: Change[] = [];
    for (const change of changesOf(this.#tables, this.#notes, batch)) {
      changes.push(change);
      if (changes.length % changesPerTurn === 0) await new Promise<void>((resolve) => this.#clock.soon(resolve));
    }
    return [...changes, ...noteOfTime(this.#tables, newestIn(batch))];
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
