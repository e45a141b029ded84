/**
 * The file of a new environment, byte by byte as LMDB begins it. LMDB's binding, where this write of its own fails, frees
 * the environment twice, and the process ends by a signal.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastPageAt, magic, newHeader, pageSizeAt } from './lmdb-meta.ts';
import { makeDirectories } from './make-directories.ts';

const version = 2;
/** Behind the magic number: the version, the size of the map, the flags of the first tree, and the two trees' roots. */
const versionAt = 4;
const mapBytesAt = 16;
const treeFlagsAt = 28;
const rootsAt = [64, 112];
/** Before the magic number, in the page's header. */
const pageFlagsAt = 18;
/** A page like these two, and keys that are integers: both happen to be this number. */
const flag = 8;
/** LMDB reads from the file how long its pages are. */
const pageSize = 4_096;
/** What LMDB begins with; the map grows with the file. */
const mapBytes = 131_072;

/** Makes it where there is none. `path`: the environment's directory, made as well. Throws what the system says. */
export function makeFirstPages(path: string): void {
  const file = join(path, 'data.mdb');
  if (existsSync(file)) return;
  makeDirectories(path);
  const pages = Buffer.alloc(2 * pageSize);
  for (const number of [0, 1]) {
    const page = pages.subarray(number * pageSize);
    page.writeUInt32LE(number, 0);
    page.writeUInt16LE(flag, pageFlagsAt);
    const meta = page.subarray(newHeader);
    meta.writeUInt32LE(magic, 0);
    meta.writeUInt32LE(version, versionAt);
    meta.writeUInt32LE(mapBytes, mapBytesAt);
    meta.writeUInt32LE(pageSize, pageSizeAt);
    meta.writeUInt16LE(flag, treeFlagsAt);
    for (const at of rootsAt) meta.fill(0xff, at, at + 8);
    meta.writeUInt32LE(1, lastPageAt);
  }
  writeFileSync(file, pages, { flag: 'wx' });
}
