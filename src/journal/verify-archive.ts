/** The archive's part of `verifyStore`. */
import { isDeepStrictEqual } from 'node:util';
import type { ConversationState } from '../conversation/state.ts';
import { indexKeysOf } from './archive-changes.ts';
import { historyRows } from './archive-history.ts';
import type { Damages } from './damage.ts';
import type { Position } from './entry.ts';
import { foldOrThrow } from './folding.ts';
import type { Place } from './format.ts';
import {
  checkIndex,
  decodeCommand,
  decodeOutbox,
  decodePreferences,
  decodeState,
  type StateRecord,
} from './format-archive.ts';
import { decodeEvent } from './format-event.ts';
import { after, conversationOf, hashOf, idBytes } from './keys.ts';
import type { Progress } from './snapshot.ts';
import { allRows, highest, lowest, placeIn, type Row, type TableName, type TableReader } from './tables.ts';
import type { TableSnapshot } from './tables-lmdb.ts';
import { TailCheck } from './tail-check.ts';
import type { VerifiedJournal } from './verify.ts';

export interface VerifiedArchive {
  readonly conversations: number;
  readonly events: number;
  /** By partition: the highest position that anything in it bears. */
  readonly newest: readonly Position[];
}

export function verifyArchive(
  archive: TableSnapshot,
  journal: VerifiedJournal,
  damages: Damages,
  progress: ((progress: Progress) => void) | undefined,
): VerifiedArchive {
  return new ArchiveCheck(archive, journal, damages, progress).run();
}

class ArchiveCheck {
  readonly #archive: TableSnapshot;
  readonly #tables: TableReader;
  readonly #newest: Position[];
  readonly #damages: Damages;
  readonly #progress: ((progress: Progress) => void) | undefined;
  readonly #tail: TailCheck;
  /** Index entries that the events call for. */
  readonly #expected = { members: 0, records: 0 };
  #conversations = 0;
  #events = 0;

  constructor(
    archive: TableSnapshot,
    journal: VerifiedJournal,
    damages: Damages,
    progress: ((progress: Progress) => void) | undefined,
  ) {
    this.#archive = archive;
    this.#tables = archive.reader;
    this.#newest = journal.heads.map(() => 0);
    this.#damages = damages;
    this.#progress = progress;
    this.#tail = new TailCheck(journal.tail);
  }

  run(): VerifiedArchive {
    this.#eachRow('states', (row, place) => this.#conversation(row, place));
    this.#eachRow('timeline', (row, place) => this.#historyRow(row, place));
    this.#eachRow('marks', (row, place) => this.#historyRow(row, place));
    this.#index('members');
    this.#index('records');
    this.#eachRow('commands', ({ value }, place) => {
      const { partition, position } = decodeCommand(place, value);
      this.#position(place, null, partition, position);
    });
    this.#eachRow('preferences', ({ key, value }, place) => {
      const { person } = decodePreferences(place, value);
      if (Buffer.compare(hashOf(person), key) !== 0) this.#damages.add(place.store, key, null, 'another person’s');
    });
    this.#eachRow('outbox', ({ key, value }, place) => {
      const { conversation } = decodeOutbox(place, value);
      if (this.#tables.get('states', key.subarray(idBytes)) !== undefined) return;
      this.#damages.add(place.store, key, conversation, 'about a conversation that is not there');
    });
    this.#damages.guard('journal/frames', null, null, () => this.#tail.expectFollows());
    return { conversations: this.#conversations, events: this.#events, newest: this.#newest };
  }

  /** Damage to a row does not end the look at the others; damage to the table's pages ends the look at that table. */
  #eachRow(table: TableName, look: (row: Row, place: Place) => void): void {
    this.#damages.guard(`archive/${table}`, null, null, () => {
      let met = 0;
      for (const row of allRows(this.#tables, table, lowest, highest)) {
        const place = placeIn(table, row.key);
        const conversation =
          table === 'timeline' || table === 'marks' || table === 'states' ? conversationOf(row.key) : null;
        this.#damages.guard(place.store, row.key, conversation, () => look(row, place));
        met += 1;
      }
      this.#archive.assertMet(table, met);
    });
  }

  /** Folds the events, compares with the stored state, looks each index entry up. */
  #conversation({ key, value }: Row, place: Place): void {
    const id = conversationOf(key);
    this.#conversations += 1;
    if (this.#conversations % 100 === 0) this.#progress?.({ phase: 'archive', done: this.#conversations });
    const record: StateRecord = decodeState(place, value);
    const { state: stored, position } = record.stored;
    this.#position(place, id, record.partition, position);
    let state: ConversationState | null = null;
    let last = 0;
    for (const row of historyRows(this.#tables, key)) {
      const { archived } = row;
      state = foldOrThrow(placeIn(row.table, row.key), state, archived);
      if (archived.position < last) this.#damages.add(`archive/${row.table}`, row.key, id, 'positions go back');
      last = archived.position;
      this.#events += 1;
      for (const [table, indexKey] of indexKeysOf(key, archived.event)) this.#expectIndexed(table, indexKey, id);
    }
    if (!isDeepStrictEqual(state, stored)) {
      this.#damages.add(place.store, key, id, 'the state is not what its events make');
    }
    if (position < last) this.#damages.add(place.store, key, id, 'the state is behind its newest event');
    if (state !== null) this.#tail.archived(key, state);
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
  #historyRow({ key, value }: Row, place: Place): void {
    const id = conversationOf(key);
    decodeEvent(place, id, value);
    if (this.#tables.get('states', key.subarray(0, idBytes)) === undefined) {
      this.#damages.add(place.store, key, id, 'an event of a conversation that is not there');
    }
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
      const conversation = key.subarray(key.length - idBytes);
      if (this.#isCalledFor(table, key, conversation)) return;
      this.#damages.add(`archive/${table}`, key, conversationOf(conversation), 'an index entry too many');
    });
  }

  #isCalledFor(table: 'members' | 'records', key: Uint8Array, conversation: Uint8Array): boolean {
    for (const { value, key: row } of allRows(this.#tables, 'timeline', conversation, after(conversation))) {
      const { archived } = decodeEvent(placeIn('timeline', row), conversationOf(conversation), value);
      for (const [of, expected] of indexKeysOf(conversation, archived.event)) {
        if (of === table && Buffer.compare(expected, key) === 0) return true;
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
