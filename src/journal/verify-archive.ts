/** The archive's part of `verifyStore`. */
import { isDeepStrictEqual } from 'node:util';
import type { ConversationId, PersonId } from '../conversation/commands.ts';
import type { ConversationState } from '../conversation/state.ts';
import { indexKeysOf } from './archive-changes.ts';
import { conversationIn, findOwner, idOf } from './archive-conversations.ts';
import { ArchiveHistory } from './archive-history.ts';
import { noteKeyOf, numberOfCopy, readNote } from './archive-notes.ts';
import { CommandReader, commandsIn } from './command-log.ts';
import { Damages } from './damage.ts';
import type { Position } from './entry.ts';
import type { Ledger } from './erasure-ledger.ts';
import { foldOrThrow } from './folding.ts';
import { type Place, sameBytes } from './format.ts';
import { checkIndex, decodeMails, decodeNumber, decodeOutbox, decodePreferences, isNumber } from './format-archive.ts';
import { decodeBucket, isBucket } from './format-command.ts';
import { decodeHistoryRow, type HistoryTable } from './history-row.ts';
import {
  after,
  conversationOf,
  firstBits,
  hashOf,
  idBytes,
  logKey,
  numberPrefix,
  partitionOfCovered,
  prefixOf,
  requireConversationKey,
} from './keys.ts';
import type { Progress } from './snapshot.ts';
import { allRows, highest, lowest, placeIn, type Row, type TableName, type TableReader } from './tables.ts';
import type { TableSnapshot } from './tables-lmdb.ts';
import { TailCheck } from './tail-check.ts';
import { ErasedCheck } from './verify-erased.ts';
import type { VerifiedJournal } from './verify-journal.ts';

export interface VerifiedArchive {
  readonly conversations: number;
  readonly events: number;
  /** By partition: the highest position that anything in it bears. */
  readonly newest: readonly Position[];
  /** Those of whom no name may be left. */
  readonly erasedPeople: readonly PersonId[];
}

export function verifyArchive(
  archive: TableSnapshot,
  journal: VerifiedJournal,
  damages: Damages,
  progress: ((progress: Progress) => void) | undefined,
  ledger: Ledger | null | undefined,
): VerifiedArchive {
  return new ArchiveCheck(archive, journal, damages, progress, ledger).run();
}

class ArchiveCheck {
  readonly #archive: TableSnapshot;
  readonly #tables: TableReader;
  readonly #newest: Position[];
  readonly #checkpoints: readonly Position[];
  readonly #damages: Damages;
  readonly #progress: ((progress: Progress) => void) | undefined;
  readonly #tail: TailCheck;
  readonly #commands: CommandReader;
  readonly #erased: ErasedCheck;
  /** Index entries that the events call for. */
  readonly #expected = { members: 0, records: 0 };
  #conversations = 0;
  #events = 0;

  constructor(
    archive: TableSnapshot,
    journal: VerifiedJournal,
    damages: Damages,
    progress: ((progress: Progress) => void) | undefined,
    ledger: Ledger | null | undefined,
  ) {
    this.#archive = archive;
    this.#erased = new ErasedCheck(archive.reader, ledger, damages);
    this.#tables = archive.reader;
    this.#newest = journal.heads.map(() => 0);
    this.#checkpoints = journal.checkpoints;
    this.#damages = damages;
    this.#progress = progress;
    this.#commands = new CommandReader(archive.reader);
    this.#tail = new TailCheck(journal.tail);
  }

  run(): VerifiedArchive {
    this.#eachRow('states', (row, place) => this.#stateRow(row, place));
    this.#eachRow('timeline', (row, place) => this.#historyRow('timeline', row, place));
    this.#eachRow('marks', (row, place) => this.#historyRow('marks', row, place));
    this.#index('members');
    this.#index('records');
    this.#eachRow('commands', (row, place) => {
      if (isBucket(row.value)) this.#commandBucket(row, place);
      else this.#commandRow(row, place);
    });
    this.#eachRow('preferences', ({ key, value }, place) => {
      const { person } = decodePreferences(place, value);
      if (Buffer.compare(hashOf(person), key) !== 0) this.#damages.add(place.store, key, null, 'another person’s');
    });
    this.#eachRow('outbox', ({ key, value }, place) => {
      const { conversation } = decodeOutbox(place, value);
      if (findOwner(this.#tables, key.subarray(idBytes)) !== null) return;
      this.#damages.add(place.store, key, conversation, 'about a conversation that is not there');
    });
    this.#eachRow('mails', ({ key, value }, place) => {
      decodeMails(place, value);
      const conversation = key.subarray(idBytes);
      if (findOwner(this.#tables, conversation) !== null) return;
      this.#damages.add(place.store, key, conversationOf(conversation), 'about a conversation that is not there');
    });
    this.#eachRow('meta', (row, place) => this.#note(row, place));
    this.#damages.guard('journal/frames', null, null, () => this.#tail.expectFollows());
    const erasedPeople = this.#erased.people;
    return { conversations: this.#conversations, events: this.#events, newest: this.#newest, erasedPeople };
  }

  /** Damage to a row does not end the look at the others; damage to the table's pages ends the look at that table. */
  #eachRow(table: TableName, look: (row: Row, place: Place) => void): void {
    this.#damages.guard(`archive/${table}`, null, null, () => {
      let met = 0;
      for (const row of allRows(this.#tables, table, lowest, highest)) {
        const place = placeIn(table, row.key);
        this.#damages.guard(place.store, row.key, this.#ownerOf(table, row), () => look(row, place));
        met += 1;
      }
      this.#archive.assertMet(table, met);
    });
  }

  /** Whose row it is; null where it says of nobody, or nothing that would say it can be read. */
  #ownerOf(table: TableName, { key, value }: Row): ConversationId | null {
    if (table === 'timeline' || table === 'marks') return this.#ownerOfPrefix(prefixOf(key));
    if (table !== 'states') return null;
    return isNumber(value) ? conversationOf(key) : this.#ownerOfPrefix(key);
  }

  #ownerOfPrefix(prefix: Uint8Array): ConversationId | null {
    if (prefix.length === idBytes) return conversationOf(prefix);
    return new Damages().guard('', null, null, () => idOf(this.#tables, prefix)) ?? this.#ownerOfNumber(prefix);
  }

  /** Where the state cannot say whose it is, its number can; damages are few, and numbers stand before all states. */
  #ownerOfNumber(prefix: Uint8Array): ConversationId | null {
    for (const { key, value } of allRows(this.#tables, 'states', lowest, numberPrefix(0))) {
      if (!isNumber(value)) continue;
      const number = new Damages().guard('', null, null, () => decodeNumber(placeIn('states', key), value));
      if (number !== undefined && sameBytes(numberPrefix(number), prefix)) return conversationOf(key);
    }
    return null;
  }

  #stateRow(row: Row, place: Place): void {
    if (isNumber(row.value)) this.#number(row, place);
    else this.#conversation(row, place);
  }

  /** The number of a conversation that is there and knows its id. */
  #number({ key, value }: Row, place: Place): void {
    const id = idOf(this.#tables, numberPrefix(decodeNumber(place, value)));
    if (id === conversationOf(key)) return;
    this.#damages.add(place.store, key, conversationOf(key), 'the number of another conversation, or of none');
  }

  /** Folds the events, compares with the stored state, looks each index entry up. */
  #conversation(row: Row, place: Place): void {
    const { key } = row;
    this.#conversations += 1;
    if (this.#conversations % 100 === 0) this.#progress?.({ phase: 'archive', done: this.#conversations });
    const conversation = conversationIn(row);
    const { id, record } = conversation;
    const { state: stored, position } = record.stored;
    const owner = findOwner(this.#tables, requireConversationKey(id));
    if (owner === null || !sameBytes(owner.prefix, key)) {
      this.#damages.add(place.store, key, id, 'cannot be found by its id');
    }
    this.#position(place, id, record.partition, position);
    let state: ConversationState | null = null;
    let last = 0;
    const erased = this.#erased.conversation(id);
    for (const { archived, place: at } of new ArchiveHistory(this.#tables, conversation).upTo(record)) {
      state = foldOrThrow(at, state, archived);
      if (archived.position < last) this.#damages.add(at.store, at.key, id, 'positions go back');
      last = archived.position;
      this.#events += 1;
      erased.event(archived, at);
      for (const [table, indexKey] of indexKeysOf(key, archived.event)) this.#expectIndexed(table, indexKey, id);
    }
    if (!isDeepStrictEqual(state, stored)) {
      this.#damages.add(place.store, key, id, 'the state is not what its events make');
    }
    if (position < last) this.#damages.add(place.store, key, id, 'the state is behind its newest event');
    if (state !== null) this.#tail.archived(requireConversationKey(id), state);
    this.#countIndexed(stored);
  }

  #countIndexed(state: ConversationState): void {
    this.#expected.members += state.members.size;
    this.#expected.records += state.about === null ? 0 : 1;
  }

  #expectIndexed(table: 'members' | 'records', key: Uint8Array, conversation: string): void {
    if (this.#tables.get(table, key) === undefined) {
      this.#damages.add(`archive/${table}`, key, conversation, 'an index entry is missing');
    }
  }

  /** Rows of history: decodable, and of a conversation that is there. Order and hashes were followed from the state. */
  #historyRow(table: HistoryTable, row: Row, place: Place): void {
    const id = this.#ownerOfPrefix(prefixOf(row.key));
    decodeHistoryRow(table, row, id ?? '');
    if (this.#tables.get('states', prefixOf(row.key)) !== undefined) return;
    this.#damages.add(place.store, row.key, id, 'an event of a conversation that is not there');
  }

  /** Commands of partitions that are there, each of which can be found. */
  #commandRow(row: Row, place: Place): void {
    for (const { key, record } of commandsIn(row)) {
      this.#position(place, null, record.partition, record.position);
      const found = this.#damages.guard('archive/commands', row.key, null, () => this.#commands.command(key));
      if (found === null) this.#damages.add(place.store, row.key, null, 'a command that cannot be found');
    }
  }

  /** Each entry leads to a row with a command that begins so. */
  #commandBucket({ key, value }: Row, place: Place): void {
    for (const { bits, row } of decodeBucket(place, value)) {
      const to = logKey(row);
      const commands = this.#tables.get('commands', to);
      const found = commands === undefined ? null : commandsIn({ key: to, value: commands });
      if (found?.some((command) => firstBits(command.key) === bits)) continue;
      this.#damages.add(place.store, key, null, 'an index entry too many');
    }
  }

  /** Each copy of a note for itself, and that it is the other's. */
  #note({ key, value }: Row, place: Place): void {
    const covered = numberOfCopy(place, value);
    const own = noteKeyOf(key);
    if (sameBytes(own, key) || this.#tables.get('meta', own) === undefined) readNote(this.#tables, own);
    const partition = partitionOfCovered(own);
    const checkpoint = partition === null ? 0 : (this.#checkpoints[partition] ?? 0);
    if (partition === null || covered >= checkpoint) return;
    const what = `ends at ${covered}, and the journal has dropped what is up to ${checkpoint}`;
    this.#damages.add(place.store, key, null, what);
  }

  /** As many entries as conversations call for, each with its seal, means: those and no others. */
  #index(table: 'members' | 'records'): void {
    let found = 0;
    this.#eachRow(table, ({ value }, place) => {
      found += 1;
      checkIndex(place, value);
    });
    if (found === this.#expected[table]) return;
    this.#eachRow(table, ({ key }) => {
      const prefix = key.subarray(table === 'members' ? idBytes : idBytes + 1);
      if (this.#isCalledFor(table, key, prefix)) return;
      this.#damages.add(`archive/${table}`, key, this.#ownerOfPrefix(prefix), 'an index entry too many');
    });
  }

  #isCalledFor(table: 'members' | 'records', key: Uint8Array, prefix: Uint8Array): boolean {
    for (const row of allRows(this.#tables, 'timeline', prefix, after(prefix))) {
      for (const { event } of decodeHistoryRow('timeline', row, '').events) {
        for (const [of, expected] of indexKeysOf(prefix, event)) {
          if (of === table && sameBytes(expected, key)) return true;
        }
      }
    }
    return false;
  }

  /** Of a partition that is there; how far the archive goes in it is compared with the journal later. */
  #position(place: Place, conversation: string | null, partition: number, position: Position): void {
    const newest = this.#newest[partition];
    if (newest === undefined) {
      this.#damages.add(place.store, place.key, conversation, `of partition ${partition}, which is not there`);
      return;
    }
    this.#newest[partition] = Math.max(newest, position);
  }
}
