/**
 * Open tabs of CRM records. A tab shows whole non-private conversations to whoever may view the record (SEE-2), private
 * ones to their current participants (SEE-3); rights are asked at the moment of telling (SEE-6).
 */
import { tabRanges } from '../conversation/visibility.ts';
import type { Directory } from '../directory/directory.ts';
import { peopleIn, peopleOf, recordView, tabCard } from '../views/card.ts';
import type { Change } from '../views/change.ts';
import { visibleOnly } from '../views/entries.ts';
import { encode } from '../wire/codec.ts';
import type { Audience, TabSubscription } from './audience.ts';
import { entriesIn, erasedWithin, standingChanged } from './change.ts';

interface TabsPort {
  readonly audience: Audience;
  readonly directory: Directory;
}

/** Returns how many frames were queued. */
export function tellTabs({ audience, directory }: TabsPort, change: Change): number {
  const { after, before } = change;
  if (after === null || after.about === null) return 0;
  const record = { kind: after.about.kind, id: after.about.id };
  const subscriptions = audience.tab(record);
  if (subscriptions.length === 0) return 0;
  const entries = entriesIn(change);
  let shared: Uint8Array | null = null;
  let told = 0;
  for (const { subscriber } of subscriptions) {
    const { person } = subscriber;
    if (!directory.mayView(person, record.kind, record.id)) continue;
    const shown = before !== null && tabRanges(before, person).length > 0;
    const ranges = tabRanges(after, person);
    if (ranges.length === 0) {
      if (!shown) continue;
      subscriber.push(encode({ t: 'tabGone', record, conversation: after.id }));
    } else if (!shown || standingChanged(change, person) || isOwnMark(change, person)) {
      const card = tabCard(directory, after, person, visibleOnly(entries, ranges));
      subscriber.push(encode({ t: 'tabCard', record, card, people: peopleOf(directory, [card]) }));
    } else if (entries.length > 0) {
      shared ??= encode({
        t: 'tabEntries',
        record,
        conversation: after.id,
        entries,
        people: peopleIn(directory, entries),
      });
      subscriber.push(shared);
    } else {
      const seqs = erasedWithin(change, ranges);
      if (seqs.length === 0) continue;
      subscriber.push(encode({ t: 'tabErased', record, conversation: after.id, seqs }));
    }
    told += 1;
  }
  return told;
}

/** The person's own read mark or delete mark moved: the tab's card carries it. */
function isOwnMark({ entry }: Change, person: string): boolean {
  const [event] = entry.events;
  return event !== undefined && (event.type === 'read' || event.type === 'deleted') && event.by === person;
}

/** SEE-5, SEE-6: closes the tabs whose readers lost the right, and renames the others. */
export function tellTabsOfRights({ audience, directory }: TabsPort, subscriptions: readonly TabSubscription[]): void {
  for (const { subscriber, record } of subscriptions) {
    const { person } = subscriber;
    if (directory.mayView(person, record.kind, record.id)) {
      subscriber.push(encode({ t: 'tabRecord', record: recordView(directory, person, record) }));
    } else {
      audience.closeTab(subscriber, record);
      subscriber.push(encode({ t: 'tabClosed', record: { kind: record.kind, id: record.id } }));
    }
  }
}
