/** Tables in one LMDB environment, a named database each. Reads see one snapshot until the next turn or write. */
import { Unavailable } from './journal.js';
import { openEnvironment, openTable, settled, } from './lmdb-environment.js';
import { tableNames } from './tables.js';
export function openLmdbTables(path) {
    const environment = openEnvironment({ path });
    const databases = openDatabases(environment);
    let failed = false;
    return {
        ...readerOf(databases, null),
        async write(changes) {
            const writes = [];
            try {
                const batch = environment.batch(() => {
                    for (const { table, key, value } of changes) {
                        const database = databases[table];
                        writes.push(value === null ? database.remove(key) : database.put(key, value));
                    }
                });
                await settled('a write of the archive', [batch, ...writes]);
            }
            catch (error) {
                failed = true;
                throw error instanceof Unavailable ? error : new Unavailable('a write of the archive failed', { cause: error });
            }
        },
        /** After a failed write LMDB may never finish closing; the process is about to end then. */
        async close() {
            if (!failed)
                await environment.close();
        },
    };
}
export function openLmdbTableSnapshot(path) {
    const environment = openEnvironment({ path, readOnly: true });
    const databases = openDatabases(environment);
    const transaction = environment.useReadTransaction();
    return {
        reader: readerOf(databases, transaction),
        close() {
            transaction.done();
            return environment.close();
        },
    };
}
function openDatabases(environment) {
    const entries = tableNames.map((name) => [name, openTable(environment, name)]);
    return Object.fromEntries(entries);
}
function readerOf(databases, transaction) {
    const inside = transaction === null ? {} : { transaction };
    return {
        get: (table, key) => databases[table].get(key, inside),
        rows: (table, start, end, limit) => Array.from(databases[table].getRange({ ...inside, start, end, limit }), asRow),
        rowsDown: (table, from, before, limit) => {
            // Downwards LMDB counts the start in and the end out, so both ends are moved by hand.
            const rows = [];
            for (const row of databases[table].getRange({
                ...inside,
                start: before,
                end: from,
                limit: limit + 1,
                reverse: true,
            })) {
                if (Buffer.compare(row.key, before) < 0)
                    rows.push(asRow(row));
            }
            if (rows.length < limit) {
                const first = databases[table].get(from, inside);
                if (first !== undefined)
                    rows.push({ key: from, value: first });
            }
            return rows.slice(0, limit);
        },
    };
}
function asRow({ key, value }) {
    return { key, value };
}
//# sourceMappingURL=tables-lmdb.js.map