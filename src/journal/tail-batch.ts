/** A stretch of the journal as the batch that a checkpoint would write of it. */
import type { ConversationId } from '../conversation/commands.ts';
import { AnsweredCommands } from './answered-commands.ts';
import type { ArchiveBatch } from './archive.ts';
import { findConversation } from './archive-conversations.ts';
import type { AlertPreferences, ArchivedEvent, JournalEntry } from './entry.ts';
import { foldOrThrow } from './folding.ts';
import { commandKey, requireConversationKey } from './keys.ts';
import { placeIn, type TableReader } from './tables.ts';

/** Throws `Damaged` where the entries do not go on where the tables end. */
export function batchOf(tables: TableReader, partition: number, entries: readonly JournalEntry[]): ArchiveBatch {
  const events = new Map<ConversationId, ArchivedEvent[]>();
  const preferences = new Map<string, { person: string; boxes: AlertPreferences }>();
  const commands = new AnsweredCommands();
  for (const { position, at, conversation, events: happened, preferences: set, command } of entries) {
    if (set !== null) preferences.set(set.person, set);
    if (command !== null) commands.add(commandKey(command.person, command.id), at, position, command);
    if (conversation === null || happened.length === 0) continue;
    const list = events.get(conversation) ?? [];
    list.push(...happened.map((event) => ({ position, event })));
    events.set(conversation, list);
  }
  const conversations = Array.from(events, ([id, list]) => conversationOf(tables, id, list));
  return {
    partition,
    conversations,
    commands: commands.packed(),
    preferences: [...preferences.values()],
    outbox: [],
    outboxDone: [],
    mails: [],
  };
}

function conversationOf(
  tables: TableReader,
  id: ConversationId,
  events: readonly ArchivedEvent[],
): ArchiveBatch['conversations'][number] {
  const key = requireConversationKey(id);
  const place = placeIn('states', key);
  const before = findConversation(tables, key)?.record.stored;
  let state = before?.state ?? null;
  let position = before?.position ?? 0;
  for (const archived of events) {
    if (archived.event.v <= (state?.v ?? 0)) continue;
    state = foldOrThrow(place, state, archived);
    position = archived.position;
  }
  if (state === null) throw new RangeError('events that begin at none');
  return { stored: { state, position }, events };
}
