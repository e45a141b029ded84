/**
 * What a batch changes in the tables. Events that the stored state already holds are left out, so that writing a batch
 * again changes nothing; both indexes follow from the events that are new.
 */
import type { ConversationEvent } from '../conversation/events.ts';
import { isTimelineEvent } from '../conversation/events.ts';
import type { ArchiveBatch, StoredState } from './archive.ts';
import type { ArchivedEvent } from './entry.ts';
import { noHash } from './format.ts';
import {
  decodeState,
  encodeCommand,
  encodeIndex,
  encodeOutbox,
  encodePreferences,
  encodeState,
} from './format-archive.ts';
import { encodeEvent } from './format-event.ts';
import { commandKey, eventKey, hashOf, memberKey, recordKey, requireConversationKey } from './keys.ts';
import { type Change, placeIn, type TableReader } from './tables.ts';

/**
 * One after the other, so that whoever writes them may see to other work in between. Throws RangeError where a
 * conversation's events do not follow what is stored: a bug of the caller.
 */
export function* changesOf(tables: TableReader, batch: ArchiveBatch): Iterable<Change> {
  for (const { stored, events } of batch.conversations) {
    yield* conversationChanges(tables, batch.partition, stored, events);
  }
  for (const { at, position, command } of batch.commands) {
    const key = commandKey(command.person, command.id);
    const { bodyHash, answer } = command;
    const value = encodeCommand(key, { bodyHash, answer, at, position, partition: batch.partition });
    yield { table: 'commands', key, value };
  }
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
}

function* conversationChanges(
  tables: TableReader,
  partition: number,
  stored: StoredState,
  events: readonly ArchivedEvent[],
): Iterable<Change> {
  const { state, position } = stored;
  const conversation = requireConversationKey(state.id);
  const value = tables.get('states', conversation);
  const before = value === undefined ? null : decodeState(placeIn('states', conversation), value);
  let v = before?.stored.state.v ?? 0;
  let hash = before?.hash ?? noHash;
  if (state.v < v || (state.v === v && position <= (before?.stored.position ?? 0))) return;
  for (const archived of events) {
    const { event } = archived;
    if (event.v <= v) continue;
    if (event.v !== v + 1) throw new RangeError(`event ${event.v} of a conversation where ${v + 1} follows`);
    v = event.v;
    const table = isTimelineEvent(event) ? 'timeline' : 'marks';
    const key = eventKey(conversation, isTimelineEvent(event) ? event.seq : event.v);
    const encoded = encodeEvent(key, hash, archived);
    hash = encoded.hash;
    yield { table, key, value: encoded.value };
    for (const [index, entry] of indexKeysOf(conversation, event)) {
      yield { table: index, key: entry, value: encodeIndex(entry) };
    }
  }
  if (v !== state.v) throw new RangeError(`a state at event ${state.v} whose last event is ${v}`);
  const record = { stored, partition, hash };
  yield { table: 'states', key: conversation, value: encodeState(conversation, record) };
}

/** The index entries that an event calls for. */
export function indexKeysOf(conversation: Uint8Array, event: ConversationEvent): ['members' | 'records', Uint8Array][] {
  const keys: ['members' | 'records', Uint8Array][] = [];
  if (event.type === 'joined') keys.push(['members', memberKey(event.who, conversation)]);
  if (event.type !== 'started') return keys;
  for (const person of [event.by, ...event.people]) keys.push(['members', memberKey(person, conversation)]);
  if (event.about !== null) keys.push(['records', recordKey(event.about, conversation)]);
  return keys;
}
