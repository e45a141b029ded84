/**
 * The data directory: `parley.json` says whose it is and names its history; `journal/`, `archive/` and `directory/` are
 * LMDB environments, the first with segment files beside it. One server at a time; other processes may read.
 */
import { existsSync, readFileSync } from 'node:fs';
import { chmod, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type Random, systemRandom } from '../runtime/random.ts';
import { syncDirectory, writeFileAtomic } from './atomic-file.ts';
import { lockDirectory } from './directory-lock.ts';
import { Damaged, Incompatible } from './journal.ts';
import { JournalTables } from './journal-reading.ts';
import { openEnvironment } from './lmdb-environment.ts';
import { makeDirectories } from './make-directories.ts';
import { openLmdbTables } from './tables-lmdb.ts';

/**
 * Version of the layout as a whole; values in it have format bytes of their own. 1: the journal's frames are in LMDB.
 * 2: in segments beside it, behind those that may still be there. 3: in the archive many events and commands share a row,
 * and conversations have numbers; rows as they were before may still be there.
 */
const format = 3;
const formatsRead: readonly number[] = [1, 2, format];
const partitionsMax = 4_096;
const metaName = 'parley.json';

export interface StoreMeta {
  readonly format: number;
  /** Names this history; a restored store gets a new one. */
  readonly epoch: string;
  readonly partitions: number;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Version of the product that made it. */
  readonly product: string;
}

export interface DataDirectory {
  readonly path: string;
  readonly meta: StoreMeta;
  /** Lets go of the lock. What stands in the directory is closed before. */
  close(): Promise<void>;
}

export interface DataDirectoryOptions {
  /** For a new directory; one that is there keeps its own. */
  readonly partitions?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

export function dataPaths(path: string): { journal: string; archive: string; directory: string } {
  return { journal: join(path, 'journal'), archive: join(path, 'archive'), directory: join(path, 'directory') };
}

/** Where the ledger of erasures is unless it is configured: beside the directory, so that it does not go with it. */
export function ledgerPath(path: string): string {
  return `${resolve(path)}.erasures`;
}

/**
 * Opens the directory for the one server that may write, and makes it where there is none. Throws `InUse`; `Incompatible`
 * for one that cannot be made, is not empty and not Parley's, or is of a newer version; `Damaged` where `parley.json` cannot be read.
 */
export async function openDataDirectory(path: string, options: DataDirectoryOptions = {}): Promise<DataDirectory> {
  makeDirectory(path);
  const lock = await lockDirectory(path);
  try {
    const meta = await upToDate(path, (await findMeta(path)) ?? (await makeMeta(path, options)));
    const paths = dataPaths(path);
    for (const name of ['journal', 'archive', 'directory'] as const) await makeEnvironment(paths[name], makers[name]);
    return { path, meta, close: () => lock.release() };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** What the system says of a place where there can be no directory, or not for this user. */
const noPlace = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'ENAMETOOLONG', 'ELOOP']);

function makeDirectory(path: string): void {
  try {
    makeDirectories(path, 0o700);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new Incompatible(`${path} is not a directory`);
    if (noPlace.has(code)) throw new Incompatible(`${path} cannot be made: ${message}`);
    throw error;
  }
}

/** Looks at a directory without taking it. Throws `Incompatible` where it is not Parley's. */
export async function readStoreMeta(path: string): Promise<StoreMeta> {
  const meta = await findMeta(path);
  if (meta === null) throw new Incompatible(`${path} is not a data directory of Parley: it has no ${metaName}`);
  return meta;
}

/** Names in a directory that stand in nobody's way: a fresh file system's own, and a `parley.json` that was never done. */
const harmless = new Set(['lost+found', `${metaName}.tmp`]);

/** Is there nothing in the directory, or no directory at all? */
export async function isEmptyDirectory(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).every((name) => harmless.has(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}

/** Each with its tables: a store that is there is whole, also where no server has come any further. */
const makers: { readonly [name in keyof ReturnType<typeof dataPaths>]: (path: string) => Promise<void> } = {
  async journal(path) {
    const environment = openEnvironment({ path });
    new JournalTables(environment, path);
    await environment.close();
  },
  archive: (path) => openLmdbTables(path).close(),
  directory: (path) => openEnvironment({ path }).close(),
};

/**
 * LMDB makes its file in place and makes neither its first pages nor its name durable: a power cut would leave what looks
 * like damage, or take a whole new store along with its directory. So it is made under another name.
 */
async function makeEnvironment(path: string, make: (path: string) => Promise<void>): Promise<void> {
  if (existsSync(path)) return;
  const fresh = `${path}.new`;
  await rm(fresh, { recursive: true, force: true });
  await make(fresh);
  const file = await open(join(fresh, 'data.mdb'), 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(fresh);
  await rename(fresh, path);
  await syncDirectory(dirname(path));
}

async function findMeta(path: string): Promise<StoreMeta | null> {
  let text: string;
  try {
    text = await readFile(join(path, metaName), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return parseMeta(text, join(path, metaName));
}

/** Says so before anything is written that an older version would not find. */
async function upToDate(path: string, meta: StoreMeta): Promise<StoreMeta> {
  if (meta.format === format) return meta;
  const changed = { ...meta, format };
  await writeStoreMeta(path, changed);
  return changed;
}

async function makeMeta(path: string, options: DataDirectoryOptions): Promise<StoreMeta> {
  if (!(await isEmptyDirectory(path)))
    throw new Incompatible(`${path} is not empty and not a data directory of Parley`);
  const { partitions = 1, clock = systemClock(), random = systemRandom } = options;
  if (!isPartitionCount(partitions)) {
    throw new RangeError(`partitions must be 1 to ${partitionsMax}`);
  }
  await closeToOthers(path);
  const meta = newMeta(partitions, clock, random);
  await writeStoreMeta(path, meta);
  return meta;
}

export function newMeta(partitions: number, clock: Clock, random: Random): StoreMeta {
  const createdAt = new Date(clock.now() / 1000).toISOString();
  return { format, epoch: random.id(12), partitions, createdAt, product: productVersion() };
}

export async function writeStoreMeta(path: string, meta: StoreMeta): Promise<void> {
  await writeFileAtomic(join(path, metaName), `${JSON.stringify({ parley: 'data directory', ...meta }, null, 2)}\n`);
  await syncDirectory(path);
}

/** Messages are nobody else's business. A directory that a volume's owner made may not be ours to change. */
async function closeToOthers(path: string): Promise<void> {
  try {
    await chmod(path, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

function parseMeta(text: string, where: string): StoreMeta {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Damaged(`${where}: not JSON`);
  }
  const meta = value as Partial<StoreMeta> & { parley?: unknown };
  if (typeof meta !== 'object' || meta === null || meta.parley !== 'data directory') {
    throw new Incompatible(`${where}: not of a data directory of Parley`);
  }
  const { format: found, epoch, partitions, createdAt, product } = meta;
  if (typeof found === 'number' && found > format) {
    throw new Incompatible(`${where}: format ${found} is newer than this version's, ${format}`);
  }
  const isWhole =
    typeof found === 'number' &&
    formatsRead.includes(found) &&
    isEpoch(epoch) &&
    isPartitionCount(partitions) &&
    typeof createdAt === 'string' &&
    typeof product === 'string';
  if (!isWhole) throw new Damaged(`${where}: a member is missing or out of range`);
  return { format: found, epoch, partitions, createdAt, product };
}

export function isEpoch(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{8,64}$/.test(value);
}

export function isPartitionCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= partitionsMax;
}

/** Of package.json, beside `src/` and `dist/`. */
export function productVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
