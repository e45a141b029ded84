/** The stores a server stands on: embedded (LMDB in a data directory) or in memory. */
import { join } from 'node:path';
import type { DirectoryStore } from './directory/directory-store.ts';
import { lmdbDirectoryStore } from './directory/directory-store-lmdb.ts';
import { memoryDirectoryStore } from './directory/directory-store-memory.ts';
import type { Archive } from './journal/archive.ts';
import { openLmdbArchive } from './journal/archive-lmdb.ts';
import { openMemoryArchive } from './journal/archive-memory.ts';
import { openDataDirectory } from './journal/data-directory.ts';
import type { Journal } from './journal/journal.ts';
import { openDiskJournal } from './journal/journal-disk.ts';
import { createMemoryDisk, openMemoryJournal } from './journal/journal-memory.ts';
import { createMemoryTables } from './journal/tables-memory.ts';

export interface Stores {
  readonly journal: Journal;
  readonly archive: Archive;
  readonly directory: DirectoryStore;
  /** Where the disk is watched; null in memory. */
  readonly path: string | null;
  /** Lets go of the data directory, after everything that stands on it is closed. */
  release(): Promise<void>;
}

/**
 * Opens the data directory, made where there is none; `openArchive`: `openArchiveThread` for a server. Throws `InUse`,
 * `Incompatible`, `Damaged`.
 */
export async function openStores(path: string, partitions = 1, openArchive = openLmdbArchive): Promise<Stores> {
  const data = await openDataDirectory(path, { partitions });
  const { epoch } = data.meta;
  return {
    journal: openDiskJournal({ path: join(path, 'journal'), epoch, partitions: data.meta.partitions }),
    archive: openArchive(join(path, 'archive')),
    directory: lmdbDirectoryStore(join(path, 'directory')),
    path,
    release: () => data.close(),
  };
}

/** Memory that outlives a server: what it holds is what a disk would. */
export interface MemoryStores {
  open(): Stores;
}

export function memoryStores(epoch = 'memory', partitions = 1): MemoryStores {
  const disk = createMemoryDisk(epoch, partitions);
  const tables = createMemoryTables();
  const directory = memoryDirectoryStore();
  return {
    open: () => ({
      journal: openMemoryJournal(disk),
      archive: openMemoryArchive(tables),
      directory,
      path: null,
      release: async () => {},
    }),
  };
}
