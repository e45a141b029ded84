/**
 * LMDB begins its file with two pages of which each commit overwrites the older one, and believes the newer. They have no
 * checksum: with the newer one zeroed or altered it opens at the commit before, without a word, and the last acknowledged
 * entries are gone. But their transaction numbers always follow one another: that is looked at here, on the file itself,
 * before LMDB opens it. So is the file's length: LMDB maps the file, and whoever touches a page behind its end is ended by
 * SIGBUS without a word.
 */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Damaged } from './journal.ts';

const magic = 0xbeefc0de;
const version = 2;
/** Where the version, the size of the map, the page size, and so on stand behind the magic number. */
const versionAt = 4;
const mapBytesAt = 16;
const pageSizeAt = 24;
/** Of the two trees that every file has: integers are the first one's keys, and neither has a root yet. */
const treeFlagsAt = 28;
const rootsAt = [64, 112];
const lastPageAt = 120;
const transactionAt = 128;
/** The magic number follows the page's header, whose length depends on LMDB's version. */
const headers = [16, 24];
/** Before the magic number, in the page's header of LMDB's newest version. */
const pageFlagsAt = 18;
/** A page like these two, and keys that are integers: both happen to be this number. */
const flag = 8;
/** LMDB reads from the file how long its pages are. */
const newPageSize = 4_096;
/** What LMDB begins with; the map grows with the file. */
const mapBytes = 131_072;
/** Another process may commit between the two reads: then they are read again. */
const attempts = 20;

/** `path`: the environment's directory; one without a file is new. Throws `Damaged`. */
export function assertNewestCommit(path: string): void {
  let file: number;
  try {
    file = openSync(join(path, 'data.mdb'), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    for (let attempt = 0; attempt < attempts; attempt += 1) if (follow(path, file)) return;
    throw new Damaged(`${path}: the newest commit is not there as it was written`);
  } finally {
    closeSync(file);
  }
}

function follow(path: string, file: number): boolean {
  const first = Buffer.alloc((headers[1] as number) + transactionAt + 8);
  const length = readSync(file, first, 0, first.length, 0);
  // A file that has only just been made.
  if (length === 0) return true;
  const header = headers.find((at) => length === first.length && first.readUInt32LE(at) === magic);
  if (header === undefined) throw new Damaged(`${path}: not a file of LMDB`);
  const second = Buffer.alloc(first.length);
  const pageSize = first.readUInt32LE(header + pageSizeAt);
  if (readSync(file, second, 0, second.length, pageSize) < second.length) return false;
  if (second.readUInt32LE(header) !== magic) return false;
  const [a, b] = [first.readBigUInt64LE(header + transactionAt), second.readBigUInt64LE(header + transactionAt)];
  if (a === b ? a !== 0n : a - b !== 1n && b - a !== 1n) return false;
  // Even commits go to the first page, odd ones to the second: LMDB finds the newest by that.
  if (a % 2n !== 0n) return false;
  const pages = (a > b ? first : second).readBigUInt64LE(header + lastPageAt) + 1n;
  // Asked for last: the file has grown before a commit says so.
  const { size } = fstatSync(file);
  if (BigInt(size) >= pages * BigInt(pageSize)) return true;
  throw new Damaged(`${path}: its file ends at byte ${size} of ${pages * BigInt(pageSize)}`);
}

/**
 * Makes the file of an environment without tables where there is none, byte by byte as LMDB does. LMDB's binding, where
 * this write of its own fails, frees the environment twice, and the process ends by a signal; this one throws what the
 * system says. `path`: the environment's directory, made as well.
 */
export function makeFirstPages(path: string): void {
  const file = join(path, 'data.mdb');
  if (existsSync(file)) return;
  mkdirSync(path, { recursive: true });
  const header = headers[1] as number;
  const pages = Buffer.alloc(2 * newPageSize);
  for (const number of [0, 1]) {
    const page = pages.subarray(number * newPageSize);
    page.writeUInt32LE(number, 0);
    page.writeUInt16LE(flag, pageFlagsAt);
    page.writeUInt32LE(magic, header);
    page.writeUInt32LE(version, header + versionAt);
    page.writeUInt32LE(mapBytes, header + mapBytesAt);
    page.writeUInt32LE(newPageSize, header + pageSizeAt);
    page.writeUInt16LE(flag, header + treeFlagsAt);
    for (const at of rootsAt) page.fill(0xff, header + at, header + at + 8);
    page.writeUInt32LE(1, header + lastPageAt);
  }
  writeFileSync(file, pages, { flag: 'wx' });
}
