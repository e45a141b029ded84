/**
 * What a batch changes in the tables. Events that the stored state already holds are left out, so that writing a batch
 * again changes nothing; both indexes follow from the events that are new.
 */
import { erasedBy } from '../conversation/erasing.ts';
import type { ConversationEvent } from '../conversation/events.ts';
import { limits } from '../limits.ts';
import { unpackCommands } from './answered-commands.ts';
import type { ArchiveBatch, MailRecord, StoredState } from './archive.ts';
import { HistoryAppender } from './archive-appending.ts';
import { type ConversationNumbers, findConversation } from './archive-conversations.ts';
import { coveredChanges } from './archive-covered.ts';
import { withoutTexts } from './archive-rewriting.ts';
import { CommandWriter } from './command-log.ts';
import type { ArchivedEvent } from './entry.ts';
import { noHash } from './format.ts';
import {
  decodeMails,
  encodeIndex,
  encodeMails,
  encodeNumber,
  encodeOutbox,
  encodePreferences,
  encodeState,
} from './format-archive.ts';
import { hashOf, memberKey, numberPrefix, recordKey, requireConversationKey } from './keys.ts';
import { type Change, placeIn, type TableReader } from './tables.ts';
import { unlessDamaged } from './unless-damaged.ts';
import type { WriterNotes } from './writer-notes.ts';

/**
 * One after the other, so that whoever writes them may see to other work in between. Throws RangeError where a
 * conversation's events do not follow what is stored: a bug of the caller.
 */
export function* changesOf(tables: TableReader, notes: WriterNotes, batch: ArchiveBatch): Iterable<Change> {
  const { partition } = batch;
  for (const { stored, events } of batch.conversations) {
    yield* conversationChanges(tables, notes, partition, stored, events);
  }
  const commands = new CommandWriter(tables, notes.commands);
  for (const { key, ...answered } of unpackCommands(batch.commands)) commands.put(key, { ...answered, partition });
  yield* commands.changes();
  for (const { person, boxes } of batch.preferences) {
    const key = hashOf(person);
    yield { table: 'preferences', key, value: encodePreferences(key, person, boxes) };
  }
  for (const row of batch.outbox) {
    const key = memberKey(row.person, requireConversationKey(row.conversation));
    yield { table: 'outbox', key, value: encodeOutbox(key, row) };
  }
  for (const { person, conversation } of batch.outboxDone) {
    const key = memberKey(person, requireConversationKey(conversation));
    yield { table: 'outbox', key, value: null };
  }
  yield* mailChanges(tables, batch.mails);
  if (batch.upTo === undefined) return;
  yield* coveredChanges(partition, batch.upTo);
}

/**
 * Each pair's records are one row: what is known already is left out, what is beyond the bound falls off. A damaged row
 * stays, and what would be added is lost with it: whoever asks is told of damage, and not of a part as if it were all.
 */
function* mailChanges(tables: TableReader, mails: ArchiveBatch['mails']): Iterable<Change> {
  const rows = new Map<string, { readonly key: Buffer; readonly records: MailRecord[] }>();
  for (const { person, conversation, record } of mails) {
    const key = memberKey(person, requireConversationKey(conversation));
    const records = rows.get(key.toString('hex'))?.records ?? mailRecordsIn(tables, key);
    if (records === null) continue;
    const row = { key, records };
    rows.set(key.toString('hex'), row);
    if (!row.records.some(({ at, from }) => at === record.at && from === record.from)) row.records.push(record);
  }
  for (const { key, records } of rows.values()) {
    yield { table: 'mails', key, value: encodeMails(key, records.slice(-limits.mailRecordsKept)) };
  }
}

/** Null where they cannot be read. */
function mailRecordsIn(tables: TableReader, key: Uint8Array): MailRecord[] | null {
  const stored = tables.get('mails', key);
  if (stored === undefined) return [];
  return unlessDamaged(
    () => decodeMails(placeIn('mails', key), stored),
    () => null,
  );
}

function* conversationChanges(
  tables: TableReader,
  notes: WriterNotes,
  partition: number,
  stored: StoredState,
  events: readonly ArchivedEvent[],
): Iterable<Change> {
  const { state, position } = stored;
  const id = requireConversationKey(state.id);
  const before = notes.take(state.id, id);
  let v = before?.v ?? 0;
  if (state.v < v || (state.v === v && position <= (before?.position ?? 0))) return;
  const prefix = before?.prefix ?? (yield* newPrefix(id, notes.numbers));
  const erased = erasedBy(events.map(({ event }) => event));
  const written = erased.size > 0 ? findConversation(tables, id) : null;
  const rewritten = written === null ? null : withoutTexts(tables, written, erased);
  yield* rewritten?.changes ?? [];
  const history =
    rewritten?.history ?? before?.history ?? new HistoryAppender(tables, { id: state.id, prefix }, noHash, erased);
  for (const archived of events) {
    const { event } = archived;
    if (event.v <= v) continue;
    if (event.v !== v + 1) throw new RangeError(`event ${event.v} of a conversation where ${v + 1} follows`);
    v = event.v;
    yield* history.add(archived);
    for (const [index, entry] of indexKeysOf(prefix, event)) {
      yield { table: index, key: entry, value: encodeIndex(entry) };
    }
  }
  if (v !== state.v) throw new RangeError(`a state at event ${state.v} whose last event is ${v}`);
  yield* history.end();
  const record = { stored, partition, hash: history.hash };
  yield { table: 'states', key: prefix, value: encodeState(prefix, record) };
  notes.note(state.id, { prefix, v, position, history });
}

function* newPrefix(id: Uint8Array, numbers: ConversationNumbers): Generator<Change, Uint8Array> {
  const number = numbers.next();
  yield { table: 'states', key: id, value: encodeNumber(id, number) };
  return numberPrefix(number);
}

/** The index entries that an event calls for; `conversation`: its prefix. */
export function indexKeysOf(conversation: Uint8Array, event: ConversationEvent): ['members' | 'records', Uint8Array][] {
  const keys: ['members' | 'records', Uint8Array][] = [];
  if (event.type === 'joined') keys.push(['members', memberKey(event.who, conversation)]);
  if (event.type !== 'started') return keys;
  for (const person of [event.by, ...event.people]) keys.push(['members', memberKey(person, conversation)]);
  if (event.about !== null) keys.push(['records', recordKey(event.about, conversation)]);
  return keys;
}
