/** The archive on disk: one LMDB environment, written by one process at a time. Reads are synchronous inside. */
import type { Archive } from './archive.ts';
import { archiveOver } from './archive-tables.ts';
import { openLmdbTables } from './tables-lmdb.ts';

/** Opens the environment in the directory `path` and makes it where there is none. */
export function openLmdbArchive(path: string): Archive {
  return archiveOver(openLmdbTables(path));
}
