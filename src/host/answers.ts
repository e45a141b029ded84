/** The first answer to a command, from what it made happen: the `result` of the protocol's `ok`. */
import type { ConversationEvent } from '../conversation/events.ts';
import type { ConversationState } from '../conversation/state.ts';
import type { Answer, Remembered } from '../journal/entry.ts';

/** `events` is not empty; `after` is the state with them. */
export function answerOf(events: readonly ConversationEvent[], after: ConversationState): Answer {
  const [event] = events;
  if (event === undefined) throw new Error('an accepted command without an event');
  switch (event.type) {
    case 'started':
      return { ok: { conversation: event.conversation, seq: event.seq, at: event.at } };
    case 'replied':
      return { ok: { seq: event.seq, at: event.at } };
    case 'joined':
      return { ok: { seqs: events.map((joined) => ('seq' in joined ? joined.seq : 0)) } };
    case 'left':
      return { ok: { seq: event.seq } };
    case 'read':
      return { ok: { readUpTo: after.members.get(event.by)?.readUpTo ?? event.upTo } };
    case 'deleted':
      return { ok: { deletedUpTo: after.members.get(event.by)?.deletedUpTo ?? event.upTo } };
    case 'erased':
      throw new Error('no command erases');
  }
}

/** In full, and not by spreading: see `toCommand`. */
export function withAnswer({ person, id, bodyHash }: Omit<Remembered, 'answer'>, answer: Answer): Remembered {
  return { person, id, bodyHash, answer };
}
