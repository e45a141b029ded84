/** Looking into a data directory from a command, beside a running server or without one. */
import { existsSync } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createDirectory, type OpenDirectory } from '../directory/create-directory.ts';
import { endFileOf } from '../directory/directory-end-file.ts';
import { DirectoryDamaged } from '../directory/directory-store.ts';
import { lmdbDirectoryStore } from '../directory/directory-store-lmdb.ts';
import { memoryDirectoryStore } from '../directory/directory-store-memory.ts';
import { isErased, type PersonId } from '../directory/entities.ts';
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
    isThere ? lmdbDirectoryStore(path, { readOnly: true, end: endFileOf(path) }) : memoryDirectoryStore(),
  );
  try {
    return await look(directory);
  } finally {
    await directory.close();
  }
}

/** Rejects with `DirectoryDamaged` where it is not as it was written, or names one of the `erased`. */
export async function checkDirectoryStore(path: string, erased: readonly PersonId[]): Promise<void> {
  if (!existsSync(join(path, 'data.mdb'))) return;
  const store = lmdbDirectoryStore(path, { readOnly: true, end: endFileOf(path) });
  try {
    const { people } = await store.load();
    const named = people.find(({ person }) => erased.includes(person.id) && !isErased(person));
    if (named !== undefined) throw new DirectoryDamaged('directory: a person has a name, though they were erased');
  } finally {
    await store.close();
  }
}

/** ERASE-4: takes the names of these people out of a directory store, down to the bytes. */
export async function erasePeople(path: string, people: readonly PersonId[]): Promise<void> {
  const directory = await createDirectory(lmdbDirectoryStore(path));
  try {
    for (const person of people) await directory.erase(person);
    await directory.scrub();
  } finally {
    await directory.close();
  }
}

/** A place where something new is to be made, beside it first, and then renamed. */
export async function requireFree(path: string): Promise<void> {
  const free = await isEmptyDirectory(path).catch((error: Error) => {
    throw new Failure('cannotCreate', `${path}: ${error.message}`);
  });
  if (!free) throw new Failure('cannotCreate', `${path} is not empty`);
  const found = await lstat(path).catch(() => null);
  if (found === null) return;
  const isElsewhere = found.isSymbolicLink() || found.dev !== (await stat(dirname(resolve(path)))).dev;
  if (isElsewhere) throw new Failure('cannotCreate', `${path} is ${cannotBeReplaced}`);
}

const cannotBeReplaced = 'a link or mounted there, and nothing can take its place: name a directory in it';
const notCreated = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'ENAMETOOLONG', 'EBUSY']);

/** Runs what makes something at `path`, beside it, or what is missing above it; says so where the system does not let it. */
export async function creating<T>(path: string, make: () => Promise<T>): Promise<T> {
  const place = resolve(path);
  try {
    return await make();
  } catch (error) {
    const { code = '', path: where } = error as NodeJS.ErrnoException;
    const isThere = where !== undefined && (where.startsWith(place) || place.startsWith(where));
    if (!notCreated.has(code) || !isThere) throw error;
    throw new Failure('cannotCreate', `${path} cannot be made: ${(error as Error).message}`);
  }
}
