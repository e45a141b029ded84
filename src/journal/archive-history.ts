/**
 * One conversation's events in order of `v`, merged from its timeline and its marks, up to the state that was stored
 * when the reading began. The running hash is checked along the way and at the end against the state's.
 */
import type { ArchivedEvent } from './entry.ts';
import { describe, noHash, sameBytes } from './format.ts';
import { decodeState } from './format-archive.ts';
import { decodeEvent, follow } from './format-event.ts';
import { Damaged } from './journal.ts';
import { after, conversationOf } from './keys.ts';
import { allRows, placeIn, type TableReader } from './tables.ts';

export interface Found {
  readonly table: 'timeline' | 'marks';
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly archived: ArchivedEvent;
}

/** An event, its row as it is stored, and the running hash with it. */
export interface HistoryRow extends Found {
  readonly hash: Uint8Array;
}

/** `key`: the conversation's 16 bytes. Nothing for a conversation that is not there. Throws `Damaged`. */
export function* historyRows(tables: TableReader, key: Uint8Array): Iterable<HistoryRow> {
  const place = placeIn('states', key);
  const value = tables.get('states', key);
  if (value === undefined) return;
  const { stored, hash: expected } = decodeState(place, value);
  const timeline = eventsIn(tables, 'timeline', key);
  const marks = eventsIn(tables, 'marks', key);
  let entry = timeline.next();
  let mark = marks.next();
  let hash = noHash;
  for (let v = 1; v <= stored.state.v; v += 1) {
    const found = [entry, mark].find((next) => !next.done && next.value.archived.event.v === v);
    if (found === undefined || found.done) throw new Damaged(`${describe(place)}: event ${v} is missing`);
    hash = follow(placeIn(found.value.table, found.value.key), hash, found.value.value);
    yield { ...found.value, hash };
    if (found === entry) entry = timeline.next();
    else mark = marks.next();
  }
  if (!sameBytes(hash, expected)) throw new Damaged(`${describe(place)}: does not belong to its events`);
}

/** The same, without their rows. */
export function* historyOf(tables: TableReader, key: Uint8Array): Iterable<ArchivedEvent> {
  for (const { archived } of historyRows(tables, key)) yield archived;
}

function* eventsIn(tables: TableReader, table: 'timeline' | 'marks', conversation: Uint8Array): Generator<Found, void> {
  const id = conversationOf(conversation);
  for (const { key, value } of allRows(tables, table, conversation, after(conversation))) {
    yield { table, key, value, archived: decodeEvent(placeIn(table, key), id, value).archived };
  }
}
