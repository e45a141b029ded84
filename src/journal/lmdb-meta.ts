/**
 * LMDB begins its file with two pages of which each commit overwrites the older one, and believes the newer. They have no
 * checksum: with the newer one zeroed or altered it opens at the commit before, without a word, and the last acknowledged
 * entries are gone. But their transaction numbers always follow one another: that is looked at here, on the file itself,
 * before LMDB opens it. So is the file's length: LMDB maps the file, and whoever touches a page behind its end is ended by
 * SIGBUS without a word.
 *
 * A file may end before the last page that a commit counts: what a commit adds and frees again is not written. That it is
 * free nobody can tell from here, so a few missing pages are filled up with zeros: where one belonged to something, LMDB
 * says that it is no page of its own, and whoever reads is told of damage.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Damaged } from './journal.ts';

export const magic = 0xbeefc0de;
/** Where the page size, the last page's number and the transaction number stand behind the magic number. */
export const pageSizeAt = 24;
export const lastPageAt = 120;
const transactionAt = 128;
/** The magic number follows the page's header, whose length depends on LMDB's version. */
const oldHeader = 16;
export const newHeader = 24;
const headers = [oldHeader, newHeader];
/** One or two have been seen, once in several hundred commits. */
const unwrittenPagesMax = 256;
/** Another process may commit between the two reads: then they are read again. */
const attempts = 20;

/**
 * `path`: the environment's directory; one without a file is new. Throws `Damaged`, and what the system says where the file
 * has to be filled up and may not be.
 */
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
  const first = Buffer.alloc(newHeader + transactionAt + 8);
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
  const missing = Number(pages) * pageSize - size;
  if (missing > unwrittenPagesMax * pageSize) {
    throw new Damaged(`${path}: its file ends at byte ${size} of ${size + missing}`);
  }
  if (missing > 0) appendZeros(path, missing);
  return true;
}

/** Behind the end, wherever that is by then: another process may be writing the very pages that are missing. */
function appendZeros(path: string, bytes: number): void {
  const file = openSync(join(path, 'data.mdb'), 'a');
  try {
    writeSync(file, Buffer.alloc(bytes));
  } finally {
    closeSync(file);
  }
}
