/** The archive in memory, through the same bytes as on disk. Open it on the same tables again to restart. */
import type { Archive } from './archive.ts';
import { archiveOver } from './archive-tables.ts';
import { createMemoryTables, type MemoryTables, openMemoryTables } from './tables-memory.ts';

export function openMemoryArchive(tables: MemoryTables = createMemoryTables()): Archive {
  return archiveOver(openMemoryTables(tables));
}
