/**
 * Where a conversation's rows are. Under its id stands its number; under the prefix made of that its state and history. In
 * conversations that a version before data directories of format 3 began, the state stands under the id, and the id is the
 * prefix.
 */
import type { ConversationId } from '../conversation/commands.ts';
import { damagedAt } from './format.ts';
import { decodeNumber, decodeState, idInState, isNumber, type StateRecord } from './format-archive.ts';
import type { HistoryOwner } from './history-row.ts';
import { conversationNumberMax, conversationOf, lastNumberOf, numberPrefix, numberPrefixBytes } from './keys.ts';
import { allRows, highest, lowest, placeIn, type Row, type TableReader } from './tables.ts';

export interface Conversation extends HistoryOwner {
  readonly record: StateRecord;
}

/** `key`: the id's 16 bytes. Throws `Damaged`. */
export function findConversation(tables: TableReader, key: Uint8Array): Conversation | null {
  const owner = findOwner(tables, key);
  if (owner === null) return null;
  const { prefix } = owner;
  const value = tables.get('states', prefix);
  if (value === undefined) throw damagedAt(placeIn('states', prefix), 'missing');
  const found = conversationIn({ key: prefix, value });
  if (found.id !== owner.id) throw damagedAt(placeIn('states', key), 'refers to another conversation');
  return found;
}

/** The same without a look at the state, for reads of history. Throws `Damaged`. */
export function findOwner(tables: TableReader, key: Uint8Array): HistoryOwner | null {
  const value = tables.get('states', key);
  if (value === undefined) return null;
  const prefix = isNumber(value) ? numberPrefix(decodeNumber(placeIn('states', key), value)) : key;
  return { id: conversationOf(key), prefix };
}

/** Whose rows begin with this prefix? Null where there is no such conversation. Throws `Damaged`. */
export function idOf(tables: TableReader, prefix: Uint8Array): ConversationId | null {
  const value = tables.get('states', prefix);
  return value === undefined || isNumber(value) ? null : idInState(placeIn('states', prefix), value);
}

/** The rows of `states` that hold a state, in the order of their keys. */
export function* stateRows(tables: TableReader): Iterable<Row> {
  for (const row of allRows(tables, 'states', lowest, highest)) if (!isNumber(row.value)) yield row;
}

/** Of a row of `stateRows`. Throws `Damaged`. */
export function conversationIn({ key, value }: Row): Conversation {
  const record = decodeState(placeIn('states', key), value);
  return { id: record.stored.state.id, prefix: key, record };
}

/** Gives numbers to new conversations, each one once; for the one who writes the tables. */
export class ConversationNumbers {
  readonly #tables: TableReader;
  #last: number | null = null;

  constructor(tables: TableReader) {
    this.#tables = tables;
  }

  next(): number {
    const number = (this.#last ?? this.#lastStored()) + 1;
    if (number > conversationNumberMax) throw new RangeError('all numbers of conversations are given');
    this.#last = number;
    return number;
  }

  #lastStored(): number {
    for (let end = highest; ; ) {
      const [row] = this.#tables.rowsDown('states', numberPrefix(0), end, 1);
      if (row === undefined) return 0;
      if (row.key.length === numberPrefixBytes) return lastNumberOf(row.key);
      // An id that looks like the prefix of a number.
      end = row.key;
    }
  }
}
