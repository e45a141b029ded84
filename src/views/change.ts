/** What was committed, and whom it concerns. */
import type { PersonId } from '../conversation/commands.ts';
import type { ConversationState, Member } from '../conversation/state.ts';
import { currentStint } from '../conversation/visibility.ts';
import type { JournalEntry } from '../journal/entry.ts';

export interface Change {
  readonly entry: JournalEntry;
  readonly before: ConversationState | null;
  readonly after: ConversationState | null;
}

/**
 * Calls `visit` for whose list an entry may change: for a mark its owner, otherwise everyone who is in afterwards, and who
 * just left. Without a list of them, since it is asked for each message to many.
 */
export function forEachConcerned({ entry, after }: Change, visit: (person: PersonId, member: Member) => void): void {
  const [event] = entry.events;
  if (event === undefined || after === null) return;
  const isMark = event.type === 'read' || event.type === 'deleted';
  if (!isMark) {
    after.members.forEach((member, person) => {
      // Who left keeps a copy (LEAVE-4): what is erased goes from it too.
      const concerns = event.type === 'erased' ? member.copy : currentStint(member) !== null;
      if (concerns) visit(person, member);
    });
  }
  const own = isMark || event.type === 'left' ? after.members.get(event.by) : undefined;
  if (own !== undefined) visit(event.by, own);
}

/** Whose stint or marks an entry changed. Not of a message, which moves its author's. */
export function movedIn({ entry: { events } }: Change): PersonId[] {
  return events.flatMap((event) => {
    if (event.type === 'joined') return [event.who];
    return event.type === 'left' || event.type === 'deleted' || event.type === 'read' ? [event.by] : [];
  });
}
