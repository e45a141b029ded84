/** Questions to a committed change. */
import type { PersonId } from '../conversation/commands.ts';
import { standingOf } from '../conversation/visibility.ts';
import { type EntryView, entriesOf } from '../views/entries.ts';
import type { Change } from '../views/sidebars.ts';

/** Did this entry change what the person may do in the conversation? */
export function standingChanged({ before, after }: Change, person: PersonId): boolean {
  if (before === null || after === null) return true;
  return standingOf(before, person) !== standingOf(after, person);
}

/** The timeline entries a change adds. */
export function entriesIn({ entry: { position, events } }: Change): EntryView[] {
  return entriesOf(events.map((event) => ({ position, event })));
}
