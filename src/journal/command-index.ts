/**
 * Finds commands in the log of them (`command-log.ts`) by the first 32 bits of their keys, which are hashes: buckets of
 * entries whose bits begin alike. A bucket that is full is split by the next bit, so every key has exactly one. An entry
 * takes eight bytes; what it leads to says by the whole key whether it is the command that was asked for.
 */
import { damagedAt } from './format.ts';
import { type CommandEntry, decodeBucket, encodeBucket } from './format-command.ts';
import { bucketDepthMax, bucketKey, commandIndexStart, firstBits } from './keys.ts';
import { type Change, highest, placeIn, type Row, type TableReader } from './tables.ts';

/** Entries of a bucket beyond which it is split: rows of 500 bytes leave little of a page empty, and are soon read. */
const bucketEntriesMax = 60;

interface Bucket extends Row {
  readonly depth: number;
}

export class CommandIndex {
  readonly #tables: TableReader;
  /** Where the last one was found: hashes spread evenly, so the others are about as deep. */
  #depth = 0;

  constructor(tables: TableReader) {
    this.#tables = tables;
  }

  /** Numbers of the log's rows that may hold the command. Throws `Damaged` where nobody can tell. */
  rowsFor(key: Uint8Array): number[] {
    const wanted = firstBits(key);
    const bucket = this.bucket(wanted);
    if (bucket === null) return [];
    const rows: number[] = [];
    for (const { bits, row } of decodeBucket(placeIn('commands', bucket.key), bucket.value)) {
      if (bits === wanted) rows.push(row);
    }
    return rows;
  }

  /** Null before there is any. Throws `Damaged` where one is missing. */
  bucket(bits: number): Bucket | null {
    for (const depth of this.#depths()) {
      const key = bucketKey(depth, bits);
      const value = this.#tables.get('commands', key);
      if (value !== undefined) {
        this.#depth = depth;
        return { depth, key, value };
      }
      if (depth === 0 && this.#isEmpty()) return null;
    }
    throw damagedAt(placeIn('commands', bucketKey(bucketDepthMax, bits)), 'has no bucket');
  }

  /** Without the log that is beside it there may be buckets, but no log without a bucket. */
  #isEmpty(): boolean {
    return this.#tables.rows('commands', commandIndexStart, highest, 1).length === 0;
  }

  /** All of them, the likely ones first. */
  *#depths(): Iterable<number> {
    const guess = this.#depth;
    yield guess;
    for (let distance = 1; distance <= bucketDepthMax; distance += 1) {
      if (guess + distance <= bucketDepthMax) yield guess + distance;
      if (guess >= distance) yield guess - distance;
    }
  }
}

/** Takes entries in and out, and says what that changes. */
export class CommandIndexChanges {
  readonly #index: CommandIndex;
  /** By the hex of the bucket's key, as it will be; null = split. */
  readonly #buckets = new Map<string, CommandEntry[] | null>();

  constructor(index: CommandIndex) {
    this.#index = index;
  }

  /** Throws `Damaged`. */
  add(key: Uint8Array, row: number): void {
    const bits = firstBits(key);
    const { depth, entries } = this.#open(bits);
    entries.push({ bits, row });
    this.#keep(depth, entries, bits);
  }

  /** Throws `Damaged`. */
  remove(key: Uint8Array, row: number): void {
    const bits = firstBits(key);
    const { depth, entries } = this.#open(bits);
    const left = entries.filter((entry) => entry.bits !== bits || entry.row !== row);
    this.#keep(depth, left, bits);
  }

  /** Puts a bucket there, split as far as it has to be; no other holds any of its bits. `bits`: as for `#keep`. */
  put(depth: number, entries: CommandEntry[], bits: number): void {
    this.#keep(depth, entries, bits);
  }

  *changes(): Iterable<Change> {
    for (const [name, entries] of this.#buckets) {
      const key = Buffer.from(name, 'hex');
      yield { table: 'commands', key, value: entries === null ? null : encodeBucket(key, entries) };
    }
  }

  #open(bits: number): { depth: number; entries: CommandEntry[] } {
    const stored = this.#index.bucket(bits);
    let depth = stored?.depth ?? 0;
    while (this.#buckets.get(nameOf(depth, bits)) === null) depth += 1;
    const known = this.#buckets.get(nameOf(depth, bits));
    if (known != null) return { depth, entries: known };
    return { depth, entries: stored === null ? [] : decodeBucket(placeIn('commands', stored.key), stored.value) };
  }

  /** `bits`: of anything that belongs into the bucket. */
  #keep(depth: number, entries: CommandEntry[], bits: number): void {
    if (entries.length <= bucketEntriesMax || depth === bucketDepthMax) {
      this.#buckets.set(nameOf(depth, bits), entries);
      return;
    }
    this.#buckets.set(nameOf(depth, bits), null);
    const next = (0x8000_0000 >>> depth) >>> 0;
    for (const half of [(bits & ~next) >>> 0, (bits | next) >>> 0]) {
      const those = entries.filter((entry) => (entry.bits & next) === (half & next));
      this.#keep(depth + 1, those, half);
    }
  }
}

function nameOf(depth: number, bits: number): string {
  return bucketKey(depth, bits).toString('hex');
}
