/** Looking into a data directory from a command, beside a running server or without one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createDirectory, type OpenDirectory } from '../directory/create-directory.ts';
import { lmdbDirectoryStore } from '../directory/directory-store-lmdb.ts';
import { memoryDirectoryStore } from '../directory/directory-store-memory.ts';
import type { Cut } from '../journal/cut.ts';
import { dataPaths, isEmptyDirectory, readStoreMeta } from '../journal/data-directory.ts';
import { openReadOnly, type StoreReader } from '../journal/read-store.ts';
import { Failure } from './exit-codes.ts';
import { requireCut } from './point-in-time.ts';

/** Runs `look` on the store; closes it whatever comes. */
export async function withStore<T>(
  dataDir: string,
  asOf: Cut | undefined,
  look: (store: StoreReader) => Promise<T>,
): Promise<T> {
  requireCut(asOf, (await readStoreMeta(dataDir)).partitions);
  const store = await openReadOnly(dataDir, asOf);
  try {
    return await look(store);
  } finally {
    await store.close();
  }
}

/** People, records and rights as they are now. */
export async function withDirectory<T>(dataDir: string, look: (directory: OpenDirectory) => Promise<T>): Promise<T> {
  const path = dataPaths(dataDir).directory;
  const isThere = existsSync(join(path, 'data.mdb'));
  const directory = await createDirectory(
    isThere ? lmdbDirectoryStore(path, { readOnly: true }) : memoryDirectoryStore(),
  );
  try {
    return await look(directory);
  } finally {
    await directory.close();
  }
}

/** Rejects with `DirectoryDamaged` where it is not as it was written. */
export async function checkDirectoryStore(path: string): Promise<void> {
  if (!existsSync(join(path, 'data.mdb'))) return;
  const store = lmdbDirectoryStore(path, { readOnly: true });
  try {
    await store.load();
  } finally {
    await store.close();
  }
}

/** A place where something new is to be made. */
export async function requireFree(path: string): Promise<void> {
  const free = await isEmptyDirectory(path).catch((error: Error) => {
    throw new Failure('cannotCreate', `${path}: ${error.message}`);
  });
  if (!free) throw new Failure('cannotCreate', `${path} is not empty`);
}

const notCreated = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'ENAMETOOLONG']);

/** Runs what makes something at `path`; says so where the operating system does not let it. */
export async function creating<T>(path: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    const { code = '', path: where } = error as NodeJS.ErrnoException;
    if (!notCreated.has(code) || !where?.startsWith(path)) throw error;
    throw new Failure('cannotCreate', `${path} cannot be made: ${(error as Error).message}`);
  }
}
