/**
 * Does the journal's tail go on where the archive ends? A conversation's entries up to the archived event are in the
 * archive already; the others must follow it one by one.
 */
import type { ConversationId } from '../conversation/commands.ts';
import type { ConversationState } from '../conversation/state.ts';
import type { JournalEntry } from './entry.ts';
import { foldOrThrow } from './folding.ts';
import type { Place } from './format.ts';
import { conversationOf, partitionKey } from './keys.ts';

interface Followed {
  readonly partition: number;
  readonly entries: JournalEntry[];
  state: ConversationState | null;
}

export class TailCheck {
  readonly #byConversation = new Map<ConversationId, Followed>();

  /** By partition. */
  constructor(tail: readonly (readonly JournalEntry[])[]) {
    for (const [partition, entries] of tail.entries()) {
      for (const entry of entries) {
        if (entry.conversation === null || entry.events.length === 0) continue;
        const followed = this.#byConversation.get(entry.conversation);
        if (followed !== undefined) followed.entries.push(entry);
        else this.#byConversation.set(entry.conversation, { partition, entries: [entry], state: null });
      }
    }
  }

  /** The archive's newest state of a conversation, or one on the way to it. */
  archived(conversation: Uint8Array, state: ConversationState): void {
    const followed = this.#byConversation.get(conversationOf(conversation));
    if (followed !== undefined) followed.state = state;
  }

  /** Throws `Damaged` where the tail of a conversation does not fold onto its archived state. */
  expectFollows(): void {
    for (const { partition, entries, state } of this.#byConversation.values()) {
      const place: Place = { store: 'journal/frames', key: partitionKey(partition) };
      let current = state;
      for (const { events, position } of entries) {
        for (const event of events) {
          if (event.v > (current?.v ?? 0)) current = foldOrThrow(place, current, { position, event });
        }
      }
    }
  }
}
