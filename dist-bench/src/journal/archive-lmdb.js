import { archiveOver } from './archive-tables.js';
import { openLmdbTables } from './tables-lmdb.js';
/** Opens the environment in the directory `path` and makes it where there is none. */
export function openLmdbArchive(path) {
    return archiveOver(openLmdbTables(path));
}
//# sourceMappingURL=archive-lmdb.js.map