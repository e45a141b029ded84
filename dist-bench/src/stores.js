/** The stores a server stands on: embedded (LMDB in a data directory) or in memory. */
import { join } from 'node:path';
import { lmdbDirectoryStore } from './directory/directory-store-lmdb.js';
import { memoryDirectoryStore } from './directory/directory-store-memory.js';
import { openLmdbArchive } from './journal/archive-lmdb.js';
import { openMemoryArchive } from './journal/archive-memory.js';
import { openDataDirectory } from './journal/data-directory.js';
import { openLmdbJournal } from './journal/journal-lmdb.js';
import { createMemoryDisk, openMemoryJournal } from './journal/journal-memory.js';
import { createMemoryTables } from './journal/tables-memory.js';
/** Opens the data directory, made where there is none. Throws `InUse`, `Incompatible`, `Damaged`. */
export async function openStores(path, partitions = 1) {
    const data = await openDataDirectory(path, { partitions });
    const { epoch } = data.meta;
    return {
        journal: openLmdbJournal({ path: join(path, 'journal'), epoch, partitions: data.meta.partitions }),
        archive: openLmdbArchive(join(path, 'archive')),
        directory: lmdbDirectoryStore(join(path, 'directory')),
        path,
        release: () => data.close(),
    };
}
export function memoryStores(epoch = 'memory', partitions = 1) {
    const disk = createMemoryDisk(epoch, partitions);
    const tables = createMemoryTables();
    const directory = memoryDirectoryStore();
    return {
        open: () => ({
            journal: openMemoryJournal(disk),
            archive: openMemoryArchive(tables),
            directory,
            path: null,
            release: async () => { },
        }),
    };
}
//# sourceMappingURL=stores.js.map