/** `apply` for what was read from a disk: an event that cannot follow is damage there, not a bug. */
import { apply, BrokenHistory } from '../conversation/apply.ts';
import type { ConversationState } from '../conversation/state.ts';
import type { ArchivedEvent } from './entry.ts';
import { describe, type Place } from './format.ts';
import { Damaged } from './journal.ts';

/** Throws `Damaged` where the event cannot follow the state. */
export function foldOrThrow(
  place: Place,
  state: ConversationState | null,
  { event }: ArchivedEvent,
): ConversationState {
  try {
    return apply(state, event);
  } catch (error) {
    if (!(error instanceof BrokenHistory)) throw error;
    throw new Damaged(`${describe(place)}: event ${event.v} cannot follow the ones before it`);
  }
}
