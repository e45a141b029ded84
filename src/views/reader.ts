/** What views need of the host and of the archive: conversations as committed. */
import type { ConversationId, PersonId, RecordRef, Seq } from '../conversation/commands.ts';
import type { EventsSince, StoredState } from '../journal/archive.ts';
import type { ArchivedEvent, Position } from '../journal/entry.ts';
import type { Damaged } from '../journal/journal.ts';
import { readUnlessDamaged } from '../journal/unless-damaged.ts';

export interface ConversationReader {
  state(conversation: ConversationId): Promise<StoredState | null>;
  timeline(conversation: ConversationId, from: Seq, to: Seq, limit: number): Promise<ArchivedEvent[]>;
  eventsSince(conversation: ConversationId, position: Position, limit: number): Promise<EventsSince | null>;
  /** States that the indexes below may not know of yet. */
  unarchivedStates(): Iterable<StoredState>;
  /** Conversations of the person that cannot be told, and that the indexes do not know of. */
  lostOf(person: PersonId): Iterable<ConversationId>;
}
export interface ConversationIndex {
  /** `unreadable` hears of those that cannot be told; without it that is `Damaged`. */
  conversationsOf(person: PersonId, unreadable?: (damaged: Damaged) => void): Promise<ConversationId[]>;
  conversationsAbout(record: RecordRef): Promise<ConversationId[]>;
}

/** Null for a conversation that does not exist, and for one of which the state cannot be told: `unreadable` hears of that. */
export async function stateUnlessDamaged(
  reader: Pick<ConversationReader, 'state'>,
  conversation: ConversationId,
  unreadable: (damaged: Damaged) => void,
): Promise<StoredState | null> {
  return readUnlessDamaged(
    () => reader.state(conversation),
    (damaged) => {
      unreadable(damaged);
      return null;
    },
  );
}
