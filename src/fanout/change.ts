/** Questions to a committed change. */
import type { PersonId, Seq } from '../conversation/commands.ts';
import { erasedBy } from '../conversation/erasing.ts';
import { isVisible, type Range, standingOf } from '../conversation/visibility.ts';
import type { Change } from '../views/change.ts';
import { type EntryView, entriesOf } from '../views/entries.ts';

/** Did this entry change what the person may do in the conversation? */
export function standingChanged({ before, after }: Change, person: PersonId): boolean {
  if (before === null || after === null) return true;
  return standingOf(before, person) !== standingOf(after, person);
}

/** The timeline entries a change adds. */
export function entriesIn({ entry: { position, events } }: Change): EntryView[] {
  return entriesOf(events.map((event) => ({ position, event })));
}

/** ERASE-1: the erased messages of a change that stand in these ranges. */
export function erasedWithin({ entry: { events } }: Change, ranges: readonly Range[]): Seq[] {
  return [...erasedBy(events)].filter((seq) => isVisible(ranges, seq));
}
