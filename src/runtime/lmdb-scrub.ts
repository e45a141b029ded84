/**
 * Overwrites what an LMDB file holds beside its rows. LMDB never clears a page that it has freed, and a page in use keeps
 * what was moved or removed inside of it, so that a removed row can be read in the file for years. Here everything that
 * neither of the file's two newest commits reaches becomes zeros: free pages, and in pages in use the bytes that no row has.
 *
 * Nothing is written before both trees have been walked to their ends and LMDB's own books (pages and rows of each table)
 * agree with what was met: a layout that this does not know changes nothing.
 */
import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The file is not laid out as it is known here, or its books do not agree with its pages; nothing was changed. */
export class UnknownLayout extends Error {
  override readonly name = 'UnknownLayout';
}

const headerBytes = 24;
const nodeHeaderBytes = 8;
const pageFlags = { branch: 0x01, leaf: 0x02 } as const;
const nodeFlags = { overflow: 0x01, table: 0x02 } as const;
const magic = 0xbeefc0de;
const dataVersion = 2;
const noPage = 0xffff_ffff_ffff_ffffn;
/** Behind a meta page's header. */
const at = { version: 4, pageSize: 24, freeTable: 24, mainTable: 72, lastPage: 120, transaction: 128 } as const;
/** Pages of zeros written at once. */
const runPages = 256;

interface Meta {
  readonly transaction: number;
  readonly lastPage: number;
  readonly tables: readonly [free: Buffer, main: Buffer];
}

/** Bytes from `from` up to `to` of the file. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What is asked of LMDB. */
export interface ScrubbedEnvironment {
  transactionSync<T>(work: () => T): T;
  resetReadTxn(): void;
  readerCheck(): number;
  readerList(): string;
}

/**
 * `path`: directory of the environment. `touch` writes a row as it is, whichever: after two commits of it, neither of the
 * two newest knows what was removed before. Nobody writes meanwhile; others may read. False: somebody reads an older
 * commit, and nothing was changed. What was overwritten is durable when it returns.
 */
export function scrubEnvironment(environment: ScrubbedEnvironment, path: string, touch: () => void): boolean {
  environment.transactionSync(touch);
  environment.transactionSync(touch);
  environment.resetReadTxn();
  environment.readerCheck();
  // A transaction that changes nothing commits nothing: it is there to keep writers out.
  return environment.transactionSync(() => scrubFile(path, oldestReader(environment.readerList())));
}

/** The oldest commit in LMDB's list of readers: a line for each, with process, thread and commit, or a dash where idle. */
function oldestReader(list: string): number | null {
  let oldest: number | null = null;
  for (const [, number] of list.matchAll(/^\s*\d+\s+[0-9a-f]+\s+(\d+)\s*$/gm)) {
    oldest = Math.min(oldest ?? Number.POSITIVE_INFINITY, Number(number));
  }
  return oldest;
}

function scrubFile(path: string, oldestRead: number | null): boolean {
  const file = openSync(join(path, 'data.mdb'), 'r+');
  try {
    const scrubber = new Scrubber(file);
    if (oldestRead !== null && oldestRead < scrubber.oldestCommit) return false;
    scrubber.run();
    fdatasyncSync(file);
    return true;
  } finally {
    closeSync(file);
  }
}

class Scrubber {
  readonly #file: number;
  readonly #pageBytes: number;
  readonly #metas: readonly [Meta, Meta];
  /** By number: 1 where a page is in use. */
  readonly #inUse: Uint8Array;
  /** In pages in use: what no row has. */
  readonly #slack: Stretch[] = [];

  constructor(file: number) {
    this.#file = file;
    this.#pageBytes = this.#read(0, headerBytes + at.pageSize + 4).readUInt32LE(headerBytes + at.pageSize);
    if (![4096, 8192, 16_384, 32_768].includes(this.#pageBytes)) throw new UnknownLayout('a page size of its own');
    this.#metas = [this.#meta(0), this.#meta(1)];
    const pages = Math.max(
      Math.floor(fstatSync(file).size / this.#pageBytes),
      ...this.#metas.map((m) => m.lastPage + 1),
    );
    this.#inUse = new Uint8Array(pages).fill(1, 0, 2);
  }

  get oldestCommit(): number {
    const [a, b] = this.#metas;
    return Math.min(a.transaction, b.transaction);
  }

  run(): void {
    for (const { tables, lastPage } of this.#metas) for (const table of tables) this.#walkTable(table, lastPage);
    for (const stretch of this.#slack) this.#zero(stretch);
    const size = fstatSync(this.#file).size;
    for (let page = 0; page < this.#inUse.length; page += 1) {
      let end = page;
      while (end < this.#inUse.length && end - page < runPages && this.#inUse[end] === 0) end += 1;
      if (end === page) continue;
      this.#zero({ from: page * this.#pageBytes, to: Math.min(end * this.#pageBytes, size) });
      page = end - 1;
    }
  }

  #meta(page: number): Meta {
    const bytes = this.#read(page * this.#pageBytes, this.#pageBytes).subarray(headerBytes);
    if (bytes.readUInt32LE(0) !== magic || bytes.readUInt32LE(at.version) !== dataVersion) {
      throw new UnknownLayout('a meta page of another version');
    }
    return {
      transaction: Number(bytes.readBigUInt64LE(at.transaction)),
      lastPage: Number(bytes.readBigUInt64LE(at.lastPage)),
      tables: [bytes.subarray(at.freeTable, at.mainTable), bytes.subarray(at.mainTable, at.lastPage)],
    };
  }

  /** `table`: LMDB's record of it: flags, depth, its books, its root. */
  #walkTable(table: Buffer, lastPage: number): void {
    const [depth, root] = [table.readUInt16LE(6), table.readBigUInt64LE(40)];
    const books = [8, 16, 24, 32].map((where) => Number(table.readBigUInt64LE(where)));
    const met = new Met(lastPage);
    if (root !== noPage) this.#walkPage(Number(root), depth, met);
    const found = [met.branches, met.leaves, met.overflows, met.rows];
    if (found.some((count, nth) => count !== books[nth])) throw new UnknownLayout('a table whose books do not agree');
  }

  /** `depth`: levels from here down; leaves are on the last. */
  #walkPage(number: number, depth: number, met: Met): void {
    if (number < 2 || number > met.lastPage) throw new UnknownLayout(`page ${number} does not exist`);
    const page = this.#read(number * this.#pageBytes, this.#pageBytes);
    const flags = page.readUInt16LE(18);
    if (flags !== (depth > 1 ? pageFlags.branch : pageFlags.leaf))
      throw new UnknownLayout(`page ${number} is of another kind`);
    if (Number(page.readBigUInt64LE(0)) !== number) throw new UnknownLayout(`page ${number} says that it is another`);
    const [lower, upper] = [headerBytes + page.readUInt16LE(20), headerBytes + page.readUInt16LE(22)];
    if (lower > upper || upper > this.#pageBytes) throw new UnknownLayout(`page ${number} has no room`);
    if (this.#inUse[number] === 0) this.#take(number, 1, lower, upper);
    for (let pointer = headerBytes; pointer < lower; pointer += 2) {
      const node = page.subarray(headerBytes + page.readUInt16LE(pointer));
      const low = node.readUInt32LE(0);
      if (depth > 1) this.#walkPage(low + node.readUInt16LE(4) * 2 ** 32, depth - 1, met);
      else this.#leafNode(node, low, met);
    }
    if (depth > 1) met.branches += 1;
    else met.leaves += 1;
  }

  #leafNode(node: Buffer, dataBytes: number, met: Met): void {
    const flags = node.readUInt16LE(4);
    const data = node.subarray(nodeHeaderBytes + node.readUInt16LE(6));
    met.rows += 1;
    if (flags === nodeFlags.table) this.#walkTable(data.subarray(0, 48), met.lastPage);
    else if (flags === nodeFlags.overflow) {
      const [first, pages] = [Number(data.readBigUInt64LE(0)), Number(data.readBigUInt64LE(16))];
      if (first < 2 || first + pages - 1 > met.lastPage || dataBytes + headerBytes > pages * this.#pageBytes) {
        throw new UnknownLayout(`pages ${first} to ${first + pages - 1} cannot hold ${dataBytes} bytes`);
      }
      met.overflows += pages;
      if (this.#inUse[first] === 0) this.#take(first, pages, headerBytes + dataBytes, pages * this.#pageBytes);
    } else if (flags !== 0) throw new UnknownLayout('a row of an unknown kind');
  }

  /** Pages in use, of whose bytes those from `from` to `to` hold nothing. */
  #take(first: number, pages: number, from: number, to: number): void {
    this.#inUse.fill(1, first, first + pages);
    const start = first * this.#pageBytes;
    if (from < to) this.#slack.push({ from: start + from, to: start + to });
  }

  /** Leaves alone what holds nothing already: after the first time that is nearly all. */
  #zero({ from, to }: Stretch): void {
    const zeros = Buffer.alloc(to - from);
    if (this.#read(from, to - from).equals(zeros)) return;
    for (let done = 0; done < zeros.length; )
      done += writeSync(this.#file, zeros, done, zeros.length - done, from + done);
  }

  #read(from: number, bytes: number): Buffer {
    const buffer = Buffer.alloc(bytes);
    for (let done = 0; done < bytes; ) {
      const read = readSync(this.#file, buffer, done, bytes - done, from + done);
      if (read === 0) throw new UnknownLayout('the file ends too early');
      done += read;
    }
    return buffer;
  }
}

/** What a walk over one table has met. */
class Met {
  readonly lastPage: number;
  branches = 0;
  leaves = 0;
  overflows = 0;
  rows = 0;

  constructor(lastPage: number) {
    this.lastPage = lastPage;
  }
}
