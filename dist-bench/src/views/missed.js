import { copyRanges } from '../conversation/visibility.js';
import { copyCard } from './card.js';
import { entriesOf, newest, visibleOnly } from './entries.js';
/** How a set of records names one. */
export function recordKey(record) {
    return `${record.kind} ${record.id}`;
}
/** Null: too much to replay, the client has to load afresh. */
export async function missedSince(sidebars, reader, directory, limits, partitionOf, person, since) {
    const sidebar = await sidebars.of(person);
    const changed = [];
    for (const row of sidebar.rows()) {
        const moved = row.position > (since.at[partitionOf(row.conversation)] ?? 0);
        if (moved || (row.about !== null && since.records.has(recordKey(row.about))))
            changed.push(row);
    }
    if (changed.length > limits.resumeConversationsMax)
        return null;
    const missed = { cards: [], gone: [] };
    let room = limits.resumeEntriesMax;
    for (const { conversation } of changed) {
        const stored = await reader.state(conversation);
        if (stored === null)
            continue;
        const { state } = stored;
        const ranges = copyRanges(state, person);
        if (ranges.length === 0) {
            missed.gone.push(conversation);
            continue;
        }
        const position = since.at[partitionOf(conversation)] ?? 0;
        const events = await reader.timelineSince(conversation, position, room);
        if (events === null)
            return null;
        room -= events.length;
        const fresh = visibleOnly(entriesOf(events), ranges);
        const shown = await newest(reader, state, ranges, limits.cardMessages, limits.cardScanMax);
        // Whoever holds nothing of it yet needs the newest three messages; whoever does needs all that is new.
        const from = Math.min(fresh[0]?.seq ?? Number.MAX_SAFE_INTEGER, shown[0]?.seq ?? state.head + 1);
        const older = shown.filter((entry) => fresh[0] === undefined || entry.seq < fresh[0].seq);
        missed.cards.push(copyCard(directory, state, person, [...older, ...fresh], from));
    }
    missed.cards.sort((a, b) => a.order - b.order);
    return missed;
}
//# sourceMappingURL=missed.js.map