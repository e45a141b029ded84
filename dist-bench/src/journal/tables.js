export const tableNames = [
    'timeline',
    'marks',
    'states',
    'members',
    'records',
    'commands',
    'preferences',
    'outbox',
    'meta',
];
/** Every row with `from` ≤ key < `before`, read a chunk at a time: what is written behind the reader meanwhile is seen. */
export function* allRows(reader, table, from, before, chunk = 256) {
    let next = from;
    for (;;) {
        const rows = reader.rows(table, next, before, chunk);
        yield* rows;
        const last = rows[rows.length - 1];
        if (last === undefined || rows.length < chunk)
            return;
        next = Buffer.concat([last.key, Buffer.from([0])]);
    }
}
/** Below and above every key. */
export const lowest = Buffer.from([0]);
export const highest = Buffer.alloc(64, 0xff);
/** Names a row of a table for `Damaged`. */
export function placeIn(table, key) {
    return { store: `archive/${table}`, key };
}
//# sourceMappingURL=tables.js.map