/**
 * Damaged rows that follow from other rows, made again: a conversation's state is the fold of its history, its number stands
 * in its state too, whom and what it is about follows from its state, a bucket of the index of commands says which rows of
 * their log hold commands that begin alike, and notes stand twice. What it is made of has to be whole: of a history that has
 * lost its end a state would be made that was true once, and of a log that lacks a row an index that takes an old command
 * for a new one. So tables are walked through and counted, which takes its time.
 */
import type { ConversationId } from '../conversation/commands.ts';
import type { ConversationState } from '../conversation/state.ts';
import { conversationIn } from './archive-conversations.ts';
import { ArchiveHistory } from './archive-history.ts';
import { mendedMailRow } from './archive-mending-mails.ts';
import { mendedNote } from './archive-notes.ts';
import { CommandIndex, CommandIndexChanges } from './command-index.ts';
import { foldOrThrow } from './folding.ts';
import { damagedAt, noHash, type Place, sameBytes } from './format.ts';
import { decodeNumber, encodeIndex, encodeNumber, encodeState, idInState, isNumber } from './format-archive.ts';
import { type CommandEntry, keysInLogRow } from './format-command.ts';
import { Damaged } from './journal.ts';
import {
  after,
  bucketOf,
  commandIndexStart,
  commandLogStart,
  commonBits,
  conversationOf,
  eventKey,
  firstBits,
  idBytes,
  lastNumberOf,
  memberKey,
  numberPrefixBytes,
  recordKey,
} from './keys.ts';
import { partitionOf } from './partition-of.ts';
import { allRows, type Change, type CountedTables, placeIn, type TableName, wholeTable } from './tables.ts';

/**
 * What has to be written so that the row is whole. Throws `Damaged` where it follows from nothing, where that is damaged
 * too, and where its own table is more than this one value: LMDB does not survive to write into broken pages.
 */
export function mendingChanges(tables: CountedTables, place: Place, partitions: number): Change[] {
  const { store, key } = place;
  if (store === 'archive/commands' && bucketOf(key) !== null) return bucketChanges(tables, place);
  if (store === 'archive/meta') return mendedNote(whole(tables, 'meta'), place);
  if (store === 'archive/outbox') return [mendedMailRow(whole(tables, 'outbox'), place)];
  if (store === 'archive/members') return [indexChange(whole(tables, 'members'), 'members', idBytes, place)];
  if (store === 'archive/records') return [indexChange(whole(tables, 'records'), 'records', idBytes + 1, place)];
  if (store !== 'archive/states') throw damagedAt(place, 'follows from nothing else');
  const hasHistory = tables.rows('timeline', eventKey(key, 0), after(key), 1).length > 0;
  const id = key.length === numberPrefixBytes ? idOfNumber(tables, place) : hasHistory ? conversationOf(key) : null;
  return [id === null ? numberChange(tables, place) : stateChange(tables, key, id, partitions)];
}

/** The tables, of which this one has been walked through. */
function whole(tables: CountedTables, table: TableName): CountedTables {
  for (const _ of wholeTable(tables, table));
  return tables;
}

/** `prefix`: with what the keys of the conversation's rows begin. */
function stateChange(tables: CountedTables, prefix: Uint8Array, id: ConversationId, partitions: number): Change {
  for (const [table, behindPrefix] of [
    ['states', 0],
    ['timeline', 4],
    ['marks', 4],
  ] as const) {
    for (const { key } of wholeTable(tables, table)) {
      const isIts = key.length === numberPrefixBytes + behindPrefix || key.length === idBytes + behindPrefix;
      if (!isIts) throw new Damaged(`archive/${table}: has rows of another table`);
    }
  }
  let state: ConversationState | null = null;
  let position = 0;
  let hash = noHash;
  for (const chained of new ArchiveHistory(tables, { id, prefix }).chained()) {
    state = foldOrThrow(chained.place, state, chained.archived);
    ({ position } = chained.archived);
    ({ hash } = chained);
  }
  if (state === null) throw damagedAt(placeIn('states', prefix), 'of a conversation without history');
  const record = { stored: { state, position }, partition: partitionOf(id, partitions), hash };
  return { table: 'states', key: prefix, value: encodeState(prefix, record) };
}

/** Whose number the prefix is made of. */
function idOfNumber(tables: CountedTables, place: Place): ConversationId {
  for (const { key, value } of wholeTable(tables, 'states')) {
    if (!isNumber(value) || key.length !== idBytes) continue;
    if (decodeNumber(placeIn('states', key), value) === lastNumberOf(place.key)) return conversationOf(key);
  }
  throw damagedAt(place, 'the number of no conversation');
}

function numberChange(tables: CountedTables, place: Place): Change {
  const id = conversationOf(place.key);
  for (const { key, value } of wholeTable(tables, 'states')) {
    if (key.length !== numberPrefixBytes || idInState(placeIn('states', key), value) !== id) continue;
    return { table: 'states', key: place.key, value: encodeNumber(place.key, lastNumberOf(key)) };
  }
  throw damagedAt(place, 'of a conversation that is not there');
}

/** `at`: where in the key the conversation's prefix begins. */
function indexChange(tables: CountedTables, table: 'members' | 'records', at: number, place: Place): Change {
  const { key } = place;
  const prefix = key.subarray(at);
  const value = tables.get('states', prefix);
  if (value !== undefined && !isNumber(value)) {
    const { state } = conversationIn({ key: prefix, value }).record.stored;
    const keys =
      table === 'members'
        ? [...state.members.keys()].map((person) => memberKey(person, prefix))
        : state.about === null
          ? []
          : [recordKey(state.about, prefix)];
    if (keys.some((calledFor) => sameBytes(calledFor, key))) return { table, key, value: encodeIndex(key) };
  }
  throw damagedAt(place, 'of a conversation that does not call for it');
}

function bucketChanges(tables: CountedTables, place: Place): Change[] {
  const { bits } = bucketOf(place.key) as Bucket;
  const depth = depthOf(tables, place);
  const entries: CommandEntry[] = [];
  for (const { key, value } of wholeTable(tables, 'commands')) {
    if (Buffer.compare(key, commandLogStart) < 0) continue;
    for (const command of keysInLogRow(placeIn('commands', key), value)) {
      const entry = { bits: firstBits(command), row: lastNumberOf(key) };
      if (isAlike(entry, { depth, bits })) entries.push(entry);
    }
  }
  const changes = new CommandIndexChanges(new CommandIndex(tables));
  changes.put(depth, entries, bits);
  return [{ table: 'commands', key: place.key, value: null }, ...changes.changes()];
}

type Bucket = NonNullable<ReturnType<typeof bucketOf>>;

/** The least depth at which the bucket holds nothing that belongs to another. */
function depthOf(tables: CountedTables, place: Place): number {
  const { bits } = bucketOf(place.key) as Bucket;
  let least = 0;
  for (const { key } of allRows(tables, 'commands', commandIndexStart, commandLogStart)) {
    const other = bucketOf(key);
    if (other === null) throw damagedAt(placeIn('commands', key), 'no bucket');
    if (Buffer.compare(key, place.key) === 0) continue;
    while (isAlike(other, { depth: Math.min(least, other.depth), bits })) {
      least += 1;
      if (least > other.depth) throw damagedAt(place, 'another bucket holds what belongs there');
    }
  }
  return least;
}

function isAlike({ bits }: Pick<Bucket, 'bits'>, bucket: Bucket): boolean {
  return commonBits(bucket.depth, bits) === commonBits(bucket.depth, bucket.bits);
}
