/** The stores a server stands on: embedded (LMDB in a data directory) or in memory. */
import { endFileOf } from './directory/directory-end-file.ts';
import type { DirectoryStore } from './directory/directory-store.ts';
import { lmdbDirectoryStore } from './directory/directory-store-lmdb.ts';
import { memoryDirectoryStore } from './directory/directory-store-memory.ts';
import type { Archive } from './journal/archive.ts';
import { openLmdbArchive } from './journal/archive-lmdb.ts';
import { openMemoryArchive } from './journal/archive-memory.ts';
import { dataPaths, ledgerPath, openDataDirectory } from './journal/data-directory.ts';
import type { ErasureLedger } from './journal/erasure-ledger.ts';
import { openFileLedger } from './journal/erasure-ledger-file.ts';
import { memoryLedger } from './journal/erasure-ledger-memory.ts';
import type { Journal } from './journal/journal.ts';
import { openDiskJournal } from './journal/journal-disk.ts';
import { createMemoryDisk, openMemoryJournal } from './journal/journal-memory.ts';
import { assertNewestCommit } from './journal/lmdb-meta.ts';
import { createMemoryTables } from './journal/tables-memory.ts';

export interface Stores {
  readonly journal: Journal;
  readonly archive: Archive;
  readonly directory: DirectoryStore;
  readonly ledger: ErasureLedger;
  /** Where the disk is watched; null in memory. */
  readonly path: string | null;
  /** Lets go of the data directory, after everything that stands on it is closed. */
  release(): Promise<void>;
}

/**
 * Opens the data directory, made where there is none; `openArchive`: `openArchiveThread` for a server. The file `ledger` is
 * made with the first erasure. Throws `InUse`, `Incompatible`, `Damaged`.
 */
export async function openStores(
  path: string,
  partitions = 1,
  openArchive = openLmdbArchive,
  ledger = ledgerPath(path),
): Promise<Stores> {
  const data = await openDataDirectory(path, { partitions });
  const { epoch } = data.meta;
  const opened: { close(): Promise<void> }[] = [data];
  const keep = <T extends { close(): Promise<void> }>(store: T): T => {
    opened.unshift(store);
    return store;
  };
  try {
    const { journal, archive, directory } = dataPaths(path);
    assertNewestCommit(directory);
    return {
      journal: keep(openDiskJournal({ path: journal, epoch, partitions: data.meta.partitions })),
      archive: keep(openArchive(archive)),
      directory: keep(lmdbDirectoryStore(directory, { end: endFileOf(directory) })),
      ledger: openFileLedger(ledger),
      path,
      release: () => data.close(),
    };
  } catch (error) {
    for (const store of opened) await store.close();
    throw error;
  }
}

/** Memory that outlives a server: what it holds is what a disk would. */
export interface MemoryStores {
  open(): Stores;
}

export function memoryStores(epoch = 'memory', partitions = 1): MemoryStores {
  const disk = createMemoryDisk(epoch, partitions);
  const tables = createMemoryTables();
  const directory = memoryDirectoryStore();
  const ledger = memoryLedger();
  return {
    open: () => ({
      journal: openMemoryJournal(disk),
      archive: openMemoryArchive(tables),
      directory,
      ledger,
      path: null,
      release: async () => {},
    }),
  };
}
