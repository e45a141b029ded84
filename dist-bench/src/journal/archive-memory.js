import { archiveOver } from './archive-tables.js';
import { createMemoryTables, openMemoryTables } from './tables-memory.js';
export function openMemoryArchive(tables = createMemoryTables()) {
    return archiveOver(openMemoryTables(tables));
}
//# sourceMappingURL=archive-memory.js.map