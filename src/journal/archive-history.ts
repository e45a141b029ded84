/**
 * One conversation's history: rows of one event each, as versions before data directories of format 3 wrote them, then
 * rows of several, the last of which takes more until it is full. The timeline and the marks have tables of their own, so
 * that a page of messages costs the same however often they were marked as read.
 *
 * The running hash goes through all events in order of `v`. A row holds it up to its last event, the state up to the
 * newest of all, so that lost, doubled and swapped rows are noticed and not only flipped bits.
 */
import type { EventsSince } from './archive.ts';
import type { ArchivedEvent } from './entry.ts';
import { damagedAt, describe, noHash, type Place, sameBytes } from './format.ts';
import type { StateRecord } from './format-archive.ts';
import { runningHash } from './format-block.ts';
import { follow } from './format-event.ts';
import { decodeHistoryRow, type HistoryOwner, type HistoryRow, type HistoryTable, numberOf } from './history-row.ts';
import { Damaged } from './journal.ts';
import { after, eventKey, eventNumberMax, lastNumberOf } from './keys.ts';
import { allRows, placeIn, type TableReader } from './tables.ts';

export interface ChainedEvent {
  readonly archived: ArchivedEvent;
  /** The row it stands in. */
  readonly place: Place;
  /** The running hash with it. */
  readonly hash: Uint8Array;
}

export class ArchiveHistory {
  readonly #tables: TableReader;
  readonly #conversation: HistoryOwner;

  constructor(tables: TableReader, conversation: HistoryOwner) {
    this.#tables = tables;
    this.#conversation = conversation;
  }

  /** Timeline events with `from` ≤ seq ≤ `to`, ascending: the newest `limit` of them. Throws `Damaged`. */
  timeline(from: number, to: number, limit: number): ArchivedEvent[] {
    const found: ArchivedEvent[] = [];
    if (from > to || limit === 0) return found;
    for (const archived of this.#backwards('timeline', from, to)) {
      const number = numberOf(archived.event);
      if (number < from || number > to) continue;
      found.push(archived);
      if (found.length === limit) break;
    }
    return found.reverse();
  }

  /** What came after `position`, null if it is more than `limit` events. Throws `Damaged`, also where one is missing. */
  since(position: number, limit: number): EventsSince | null {
    const timeline = this.#since('timeline', position, limit);
    const marks = this.#since('marks', position, limit);
    if (timeline === null || marks === null || timeline.events.length + marks.events.length > limit) return null;
    const after = Math.max(timeline.after, marks.after);
    const events = [...timeline.events, ...marks.events].sort((a, b) => a.event.v - b.event.v);
    const gap = events.findIndex(({ event }, index) => event.v !== after + 1 + index);
    if (gap === -1) return { after, events };
    throw new Damaged(`${describe(placeIn('states', this.#conversation.prefix))}: event ${after + 1 + gap} is missing`);
  }

  /** Throws `Damaged` where the newest event is not the state's: one of them is as it was once. `v`: of the state. */
  expectNewest(v: number): void {
    const newest = Math.max(this.#lastOf('timeline'), this.#lastOf('marks'));
    if (newest === v) return;
    const place = placeIn('states', this.#conversation.prefix);
    if (newest > v) throw damagedAt(place, `of event ${v}, and there is event ${newest}`);
    // Of a history that lacks its end nothing can be made again, so no place is named.
    throw new Damaged(`${describe(place)}: of event ${v}, and the newest is ${newest}`);
  }

  /** Number of the newest event of the table; 0 = none. */
  #lastOf(table: HistoryTable): number {
    const { id, prefix } = this.#conversation;
    const [row] = this.#tables.rowsDown(table, eventKey(prefix, 0), after(prefix), 1);
    return row === undefined ? 0 : (decodeHistoryRow(table, row, id).events.at(-1) as ArchivedEvent).event.v;
  }

  /** `after`: number of the last event of the table before these. */
  #since(table: HistoryTable, position: number, limit: number): { after: number; events: ArchivedEvent[] } | null {
    const events: ArchivedEvent[] = [];
    for (const archived of this.#backwards(table, 0, eventNumberMax)) {
      if (archived.position <= position) return { after: archived.event.v, events };
      if (events.length === limit) return null;
      events.push(archived);
    }
    return { after: 0, events };
  }

  /**
   * Every event up to a stored state, in order of `v`, and the row it stands in. Throws `Damaged`, also where the state does
   * not belong to these events.
   */
  *upTo(record: StateRecord): Iterable<ChainedEvent> {
    const last = record.stored.state.v;
    let v = 0;
    let hash = noHash;
    const place = placeIn('states', this.#conversation.prefix);
    for (const chained of this.chained()) {
      if (chained.archived.event.v > last) break;
      ({ hash } = chained);
      ({ v } = chained.archived.event);
      yield chained;
    }
    if (v < last) throw new Damaged(`${describe(place)}: event ${v + 1} is missing`);
    if (!sameBytes(hash, record.hash)) throw new Damaged(`${describe(place)}: does not belong to its events`);
  }

  /** Every event there is, in order of `v`. Throws `Damaged` where one is missing before another. */
  *chained(): Iterable<ChainedEvent> {
    const timeline = this.#forwards('timeline');
    const marks = this.#forwards('marks');
    let entry = timeline.next();
    let mark = marks.next();
    let hash = noHash;
    for (let v = 1; !(entry.done && mark.done); v += 1) {
      const found = [entry, mark].find((next) => !next.done && next.value.archived.event.v === v);
      if (found === undefined || found.done) {
        throw new Damaged(`${describe(placeIn('states', this.#conversation.prefix))}: event ${v} is missing`);
      }
      const { archived, row } = found.value;
      hash = row.single === null ? runningHash(hash, archived) : follow(row.place, hash, row.single);
      if (row.events.at(-1) === archived && !sameBytes(hash, row.hash)) {
        throw new Damaged(`${describe(row.place)}: does not follow the event before it`);
      }
      yield { archived, place: row.place, hash };
      if (found === entry) entry = timeline.next();
      else mark = marks.next();
    }
  }

  /** All of the rows with something from `from` to `to`. Seqs have no gap: one that is missing is damage. */
  *#backwards(table: HistoryTable, from: number, to: number): Iterable<ArchivedEvent> {
    let expected: number | null = null;
    for (const { events, place } of this.#rowsBackwards(table, from, to)) {
      const last = numberOf((events[events.length - 1] as ArchivedEvent).event);
      if (table === 'timeline' && expected !== null && last !== expected) {
        throw new Damaged(`${describe(place)}: seq ${expected} is missing behind it`);
      }
      expected = lastNumberOf(place.key) - 1;
      for (let at = events.length - 1; at >= 0; at -= 1) yield events[at] as ArchivedEvent;
    }
  }

  /** Newest first. */
  *#rowsBackwards(table: HistoryTable, from: number, to: number): Iterable<HistoryRow> {
    const { id, prefix } = this.#conversation;
    let end = to >= eventNumberMax ? after(prefix) : eventKey(prefix, to + 1);
    // Most reads want no more than the newest row has.
    for (let chunk = 2; ; chunk = Math.min(2 * chunk, 64)) {
      const rows = this.#tables.rowsDown(table, eventKey(prefix, 0), end, chunk);
      for (const row of rows) {
        yield decodeHistoryRow(table, row, id);
        if (lastNumberOf(row.key) <= from) return;
      }
      const last = rows[rows.length - 1];
      if (last === undefined || rows.length < chunk) return;
      end = Buffer.from(last.key);
    }
  }

  *#forwards(table: HistoryTable): Generator<{ archived: ArchivedEvent; row: HistoryRow }, void> {
    const { id, prefix } = this.#conversation;
    for (const stored of allRows(this.#tables, table, prefix, after(prefix), 64)) {
      const row = decodeHistoryRow(table, stored, id);
      for (const archived of row.events) yield { archived, row };
    }
  }
}
