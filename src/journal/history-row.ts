/** A row of history, of whichever version. */
import type { ConversationId } from '../conversation/commands.ts';
import { type ConversationEvent, isTimelineEvent } from '../conversation/events.ts';
import type { ArchivedEvent } from './entry.ts';
import { describe, formats, isSealedAs, type Place } from './format.ts';
import { type Block, decodeBlock } from './format-block.ts';
import { decodeEvent } from './format-event.ts';
import { Damaged } from './journal.ts';
import { lastNumberOf } from './keys.ts';
import { placeIn, type Row } from './tables.ts';

export type HistoryTable = 'timeline' | 'marks';

/** Whose history it is, and with what the keys of its rows begin. */
export interface HistoryOwner {
  readonly id: ConversationId;
  readonly prefix: Uint8Array;
}

export interface HistoryRow extends Block {
  readonly place: Place;
  /** The row as it is stored, where it is one of a single event whose text is in the running hash. */
  readonly single: Uint8Array | null;
}

export function tableOf(event: ConversationEvent): HistoryTable {
  return isTimelineEvent(event) ? 'timeline' : 'marks';
}

/** Under what number an event stands in its table: its seq; a mark's `v`. */
export function numberOf(event: ConversationEvent): number {
  return isTimelineEvent(event) ? event.seq : event.v;
}

/** Throws `Damaged`, also for events that do not belong under that key. */
export function decodeHistoryRow(table: HistoryTable, { key, value }: Row, id: ConversationId): HistoryRow {
  const place = placeIn(table, key);
  const single = isSealedAs(formats.event, 1, value) ? value : null;
  const { events, hash } = single === null ? decodeBlock(place, id, value) : decodeSingle(place, id, single);
  const [first] = events as [ArchivedEvent];
  const belongs = events.every(({ event }) => tableOf(event) === table);
  if (!belongs || numberOf(first.event) !== lastNumberOf(key)) {
    throw new Damaged(`${describe(place)}: an event of another place`);
  }
  return { place, events, hash, single };
}

function decodeSingle(place: Place, id: ConversationId, value: Uint8Array): Block {
  const { archived, hash } = decodeEvent(place, id, value);
  return { events: [archived], hash };
}
