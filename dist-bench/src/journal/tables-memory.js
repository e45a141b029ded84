/** Tables in memory: each a map from the key's bytes, as a string that sorts like them, and the sorted keys. */
import { tableNames } from './tables.js';
/** What a restart would find: open tables on the same one again. */
export function createMemoryTables() {
    const entries = tableNames.map((name) => [name, { values: new Map(), keys: [] }]);
    return Object.fromEntries(entries);
}
export function openMemoryTables(memory) {
    return {
        get(table, key) {
            const value = memory[table].values.get(nameOf(key));
            return value === undefined ? undefined : new Uint8Array(value);
        },
        rows(table, from, before, limit) {
            const { keys, values } = memory[table];
            const start = placeOf(keys, nameOf(from));
            const end = Math.min(placeOf(keys, nameOf(before)), start + limit);
            return keys.slice(start, end).map((name) => rowOf(name, values));
        },
        rowsDown(table, from, before, limit) {
            const { keys, values } = memory[table];
            const end = placeOf(keys, nameOf(before));
            const start = Math.max(placeOf(keys, nameOf(from)), end - limit);
            const rows = keys.slice(start, end).map((name) => rowOf(name, values));
            return rows.reverse();
        },
        async write(changes) {
            for (const change of changes)
                apply(memory[change.table], change);
        },
        async close() { },
    };
}
function apply({ keys, values }, { key, value }) {
    const name = nameOf(key);
    const known = values.has(name);
    if (value === null) {
        if (known)
            keys.splice(placeOf(keys, name), 1);
        values.delete(name);
        return;
    }
    if (!known)
        keys.splice(placeOf(keys, name), 0, name);
    values.set(name, new Uint8Array(value));
}
function rowOf(name, values) {
    return { key: Buffer.from(name, 'latin1'), value: new Uint8Array(values.get(name)) };
}
function nameOf(key) {
    return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
/** Where `name` is, or would be put. */
function placeOf(keys, name) {
    let low = 0;
    let high = keys.length;
    while (low < high) {
        const middle = (low + high) >>> 1;
        if (keys[middle] < name)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
//# sourceMappingURL=tables-memory.js.map