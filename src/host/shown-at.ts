/** READ-3: how far a client had been told of a conversation, found by the position it had seen. */
import type { ConversationId, PersonId, Seq } from '../conversation/commands.ts';
import { endOfStints } from '../conversation/visibility.ts';
import type { Position } from '../journal/entry.ts';
import { readUnlessDamaged } from '../journal/unless-damaged.ts';
import type { Residents } from './residents.ts';

/**
 * The last seq of the conversation that stands at or before the position and is for this person, 0 if none does. Of one where
 * that cannot be told, because entries are damaged, nothing counts as shown: it stays unread, and all others are marked.
 */
export function shownAt(...asked: Parameters<typeof lastShown>): Promise<Seq> {
  return readUnlessDamaged(
    () => lastShown(...asked),
    () => 0,
  );
}

async function lastShown(
  reader: Pick<Residents, 'state' | 'timeline'>,
  conversation: ConversationId,
  position: Position,
  person: PersonId,
): Promise<Seq> {
  const stored = await reader.state(conversation);
  if (stored === null) return 0;
  const end = endOfStints(stored.state, person);
  if (stored.position <= position) return end;
  // Positions grow with the seqs: halve until the last one at or below it is found.
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const [entry] = await reader.timeline(conversation, middle, middle, 1);
    if (entry !== undefined && entry.position <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
