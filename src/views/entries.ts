/** Timeline entries as people see them, and pages of them. */
import type { Micros, PersonId, Seq } from '../conversation/commands.ts';
import type { TimelineEvent } from '../conversation/events.ts';
import { isTimelineEvent } from '../conversation/events.ts';
import type { ConversationState } from '../conversation/state.ts';
import { isVisible, type Range } from '../conversation/visibility.ts';
import type { ArchivedEvent } from '../journal/entry.ts';
import { Damaged } from '../journal/journal.ts';
import type { ConversationReader } from './reader.ts';

export type EntryView =
  | { kind: 'message'; seq: Seq; at: Micros; by: PersonId; text: string; erased?: true }
  | { kind: 'joined'; seq: Seq; at: Micros; by: PersonId; who: PersonId }
  | { kind: 'left'; seq: Seq; at: Micros; by: PersonId };

function entryOf(event: TimelineEvent): EntryView {
  const { seq, at, by } = event;
  if (event.type === 'joined') return { kind: 'joined', seq, at, by, who: event.who };
  if (event.type === 'left') return { kind: 'left', seq, at, by };
  // ERASE-1. A client that does not know of erasing shows a message without words.
  if (event.text === null) return { kind: 'message', seq, at, by, text: '', erased: true };
  return { kind: 'message', seq, at, by, text: event.text };
}

export function entriesOf(archived: readonly ArchivedEvent[]): EntryView[] {
  return archived.flatMap(({ event }) => (isTimelineEvent(event) ? [entryOf(event)] : []));
}

/** The visible entries with seq < `before`, ascending: the newest `limit` of them. `Damaged` where one is missing. */
export async function pageBefore(
  reader: ConversationReader,
  state: ConversationState,
  ranges: readonly Range[],
  before: Seq,
  limit: number,
): Promise<EntryView[]> {
  const page: EntryView[] = [];
  for (let index = ranges.length - 1; index >= 0 && page.length < limit; index -= 1) {
    const { from, to } = ranges[index] as Range;
    const last = Math.min(to, before - 1);
    if (last < from) continue;
    const room = limit - page.length;
    const events = await reader.timeline(state.id, from, last, room);
    assertWhole(state, events, Math.max(from, last - room + 1), last);
    page.unshift(...entriesOf(events));
  }
  return page;
}

/**
 * Every seq up to the head has its entry. Rows of an earlier copy of a file are whole, each by itself; that the newest
 * messages are not among them shows only beside the state.
 */
function assertWhole(state: ConversationState, events: readonly ArchivedEvent[], from: Seq, to: Seq): void {
  const isThere = events.every(({ event }, index) => 'seq' in event && event.seq === from + index);
  if (isThere && events.length === to - from + 1) return;
  throw new Damaged(`archive: of conversation ${state.id} entries between seq ${from} and ${to} are missing`);
}

/**
 * The newest `messages` messages with all notices between and behind them (LIST-3), ascending; fewer messages where
 * more than `scan` entries would have to be looked through.
 */
export async function newest(
  reader: ConversationReader,
  state: ConversationState,
  ranges: readonly Range[],
  messages: number,
  scan: number,
): Promise<EntryView[]> {
  const step = 16;
  let entries: EntryView[] = [];
  while (entries.length < scan) {
    const older = await pageBefore(reader, state, ranges, entries[0]?.seq ?? Number.MAX_SAFE_INTEGER, step);
    entries = [...older, ...entries];
    const found = entries.filter((entry) => entry.kind === 'message');
    if (found.length >= messages) {
      const first = (found[found.length - messages] as EntryView).seq;
      return entries.filter((entry) => entry.seq >= first);
    }
    if (older.length < step) return entries;
  }
  return entries;
}

export function hasVisibleBefore(ranges: readonly Range[], seq: Seq): boolean {
  const first = ranges[0];
  return first !== undefined && first.from < seq;
}

export function visibleOnly(entries: readonly EntryView[], ranges: readonly Range[]): EntryView[] {
  return entries.filter((entry) => isVisible(ranges, entry.seq));
}
