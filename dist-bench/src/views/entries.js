import { isTimelineEvent } from '../conversation/events.js';
import { isVisible } from '../conversation/visibility.js';
export function entryOf(event) {
    const { seq, at, by } = event;
    if (event.type === 'joined')
        return { kind: 'joined', seq, at, by, who: event.who };
    if (event.type === 'left')
        return { kind: 'left', seq, at, by };
    return { kind: 'message', seq, at, by, text: event.text };
}
export function entriesOf(archived) {
    return archived.flatMap(({ event }) => (isTimelineEvent(event) ? [entryOf(event)] : []));
}
/** The visible entries with seq < `before`, ascending: the newest `limit` of them. */
export async function pageBefore(reader, state, ranges, before, limit) {
    const page = [];
    for (let index = ranges.length - 1; index >= 0 && page.length < limit; index -= 1) {
        const { from, to } = ranges[index];
        const last = Math.min(to, before - 1);
        if (last < from)
            continue;
        page.unshift(...entriesOf(await reader.timeline(state.id, from, last, limit - page.length)));
    }
    return page;
}
/**
 * The newest `messages` messages with all notices between and behind them (LIST-3), ascending; fewer messages where
 * more than `scan` entries would have to be looked through.
 */
export async function newest(reader, state, ranges, messages, scan) {
    const step = 16;
    let entries = [];
    while (entries.length < scan) {
        const older = await pageBefore(reader, state, ranges, entries[0]?.seq ?? Number.MAX_SAFE_INTEGER, step);
        entries = [...older, ...entries];
        const found = entries.filter((entry) => entry.kind === 'message');
        if (found.length >= messages) {
            const first = found[found.length - messages].seq;
            return entries.filter((entry) => entry.seq >= first);
        }
        if (older.length < step)
            return entries;
    }
    return entries;
}
export function hasVisibleBefore(ranges, seq) {
    const first = ranges[0];
    return first !== undefined && first.from < seq;
}
export function visibleOnly(entries, ranges) {
    return entries.filter((entry) => isVisible(ranges, entry.seq));
}
//# sourceMappingURL=entries.js.map