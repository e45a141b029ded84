/** What the host tells the rest of the house, after it is durable. */
import type { ConversationState } from '../conversation/state.ts';
import type { Answer, JournalEntry } from '../journal/entry.ts';

/**
 * The faults that are no refusal: nothing was decided or nothing is known, the same id may be sent again. `damaged`: that
 * will not help soon.
 */
export type HostFault = 'busy' | 'read-only' | 'unavailable' | 'internal' | 'conversation-limited' | 'damaged';
/** `retryAfterMs`: where it is known when the same may succeed. */
export type HostResult = Answer | { readonly fault: HostFault; readonly retryAfterMs?: number };

export interface Committed {
  readonly partition: number;
  readonly entry: JournalEntry;
  /** The conversation before and after the entry's events; null where it did not exist, or the entry has none. */
  readonly before: ConversationState | null;
  readonly after: ConversationState | null;
}
