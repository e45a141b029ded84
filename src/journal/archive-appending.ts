/**
 * What new events change in a conversation's history: they go into the newest row of their table until it is full, then
 * into a new one. A newest row that is damaged, or not the one that it should be, is left as it is, and the conversation goes
 * on behind it in a row of its own: reading and `verifyStore` say what is lost, and no checkpoint fails for it.
 */
import type { Seq } from '../conversation/commands.ts';
import { withoutText } from '../conversation/erasing.ts';
import type { ArchivedEvent } from './entry.ts';
import { continues, encodeBlock, runningHash, weightOf } from './format-block.ts';
import { decodeHistoryRow, type HistoryOwner, type HistoryTable, numberOf, tableOf } from './history-row.ts';
import { after, eventKey } from './keys.ts';
import type { Change, TableReader } from './tables.ts';
import { unlessDamaged } from './unless-damaged.ts';

/**
 * Bytes that a row's events may take up, unless it holds a single one: four such rows fill a page of LMDB, and the newest
 * one, which is written again for each checkpoint that adds to it, stays cheap.
 */
const rowBytes = 940;

const none: ReadonlySet<Seq> = new Set();

/**
 * Takes a conversation's new events, in order, and says what they change. It may be kept for what is written later: it knows
 * its open rows then, as long as nobody else writes the conversation's.
 */
export class HistoryAppender {
  readonly #tables: TableReader;
  readonly #owner: HistoryOwner;
  readonly #open = new Map<HistoryTable, OpenRow>();
  readonly #erased: ReadonlySet<Seq>;
  #hash: Uint8Array;

  /** `hash`: the running hash up to the newest event that is stored. `erased`: messages of which no text is written. */
  constructor(tables: TableReader, owner: HistoryOwner, hash: Uint8Array, erased: ReadonlySet<Seq> = none) {
    this.#tables = tables;
    this.#owner = owner;
    this.#hash = hash;
    this.#erased = erased;
  }

  get hash(): Uint8Array {
    return this.#hash;
  }

  /** The rows that are full now. */
  *add(added: ArchivedEvent): Iterable<Change> {
    const archived = this.#bare(added);
    const table = tableOf(archived.event);
    this.#hash = runningHash(this.#hash, archived);
    const open = this.#open.get(table) ?? this.#newest(table);
    if (open?.takes(archived)) {
      open.add(archived, this.#hash);
      this.#open.set(table, open);
      return;
    }
    if (open !== null) yield* open.changes();
    const key = eventKey(this.#owner.prefix, numberOf(archived.event));
    const next = new OpenRow(table, key, []);
    next.add(archived, this.#hash);
    this.#open.set(table, next);
  }

  /** The rows that have room left. What is added later goes on in them. */
  *end(): Iterable<Change> {
    for (const [table, row] of this.#open) {
      yield* row.changes();
      if (!row.hasRoom) this.#open.delete(table);
    }
  }

  #bare(archived: ArchivedEvent): ArchivedEvent {
    return this.#erased.size === 0 ? archived : { ...archived, event: withoutText(archived.event, this.#erased) };
  }

  #newest(table: HistoryTable): OpenRow | null {
    const { id, prefix } = this.#owner;
    const [row] = this.#tables.rowsDown(table, eventKey(prefix, 0), after(prefix), 1);
    if (row === undefined) return null;
    const found = unlessDamaged(
      () => decodeHistoryRow(table, row, id),
      () => null,
    );
    if (found === null || found.single !== null) return null;
    const events = found.events.map((one) => this.#bare(one));
    return new OpenRow(table, row.key, events);
  }
}

class OpenRow {
  readonly #table: HistoryTable;
  readonly #key: Uint8Array;
  readonly #events: ArchivedEvent[];
  #weight: number;
  #hash: Uint8Array | null = null;

  constructor(table: HistoryTable, key: Uint8Array, events: readonly ArchivedEvent[]) {
    this.#table = table;
    this.#key = key;
    this.#events = [...events];
    this.#weight = events.reduce((sum, archived) => sum + weightOf(archived), 0);
  }

  /** Any at all? */
  get hasRoom(): boolean {
    return this.#weight < rowBytes;
  }

  takes(archived: ArchivedEvent): boolean {
    const last = this.#events[this.#events.length - 1];
    if (last === undefined) return true;
    const isNext = this.#table === 'marks' || numberOf(archived.event) === numberOf(last.event) + 1;
    return isNext && continues(last, archived) && this.#weight + weightOf(archived) <= rowBytes;
  }

  /** `hash`: the running hash with it. */
  add(archived: ArchivedEvent, hash: Uint8Array): void {
    this.#events.push(archived);
    this.#weight += weightOf(archived);
    this.#hash = hash;
  }

  /** None where nothing has been added since it was asked last. */
  *changes(): Iterable<Change> {
    if (this.#hash === null) return;
    const value = encodeBlock(this.#key, { events: this.#events, hash: this.#hash });
    this.#hash = null;
    yield { table: this.#table, key: this.#key, value };
  }
}
