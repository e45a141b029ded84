/** What views need of the host and of the archive: conversations as committed. */
import type { ConversationId, PersonId, RecordRef, Seq } from '../conversation/commands.ts';
import type { EventsSince, StoredState } from '../journal/archive.ts';
import type { ArchivedEvent, Position } from '../journal/entry.ts';

export interface ConversationReader {
  state(conversation: ConversationId): Promise<StoredState | null>;
  timeline(conversation: ConversationId, from: Seq, to: Seq, limit: number): Promise<ArchivedEvent[]>;
  eventsSince(conversation: ConversationId, position: Position, limit: number): Promise<EventsSince | null>;
  /** States that the indexes below may not know of yet. */
  unarchivedStates(): Iterable<StoredState>;
}
export interface ConversationIndex {
  conversationsOf(person: PersonId): Promise<ConversationId[]>;
  conversationsAbout(record: RecordRef): Promise<ConversationId[]>;
}
