import { describe, noHash, sameBytes } from './format.js';
import { decodeState } from './format-archive.js';
import { decodeEvent, follow } from './format-event.js';
import { Damaged } from './journal.js';
import { after, conversationOf } from './keys.js';
import { allRows, placeIn } from './tables.js';
/** `key`: the conversation's 16 bytes. Nothing for a conversation that is not there. Throws `Damaged`. */
export function* historyOf(tables, key) {
    const place = placeIn('states', key);
    const value = tables.get('states', key);
    if (value === undefined)
        return;
    const { stored, hash: expected } = decodeState(place, value);
    const timeline = eventsIn(tables, 'timeline', key);
    const marks = eventsIn(tables, 'marks', key);
    let entry = timeline.next();
    let mark = marks.next();
    let hash = noHash;
    for (let v = 1; v <= stored.state.v; v += 1) {
        const found = [entry, mark].find((next) => !next.done && next.value.archived.event.v === v);
        if (found === undefined || found.done)
            throw new Damaged(`${describe(place)}: event ${v} is missing`);
        hash = follow(placeIn(found.value.table, found.value.key), hash, found.value.value);
        yield found.value.archived;
        if (found === entry)
            entry = timeline.next();
        else
            mark = marks.next();
    }
    if (!sameBytes(hash, expected))
        throw new Damaged(`${describe(place)}: does not belong to its events`);
}
function* eventsIn(tables, table, conversation) {
    const id = conversationOf(conversation);
    for (const { key, value } of allRows(tables, table, conversation, after(conversation))) {
        yield { table, key, value, archived: decodeEvent(placeIn(table, key), id, value).archived };
    }
}
//# sourceMappingURL=archive-history.js.map