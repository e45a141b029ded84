/**
 * Finds commands in the log of them (`command-log.ts`) by the first 32 bits of their keys, which are hashes: buckets of
 * entries whose bits begin alike. A bucket that is full is split by the next bit, so every key has exactly one. An entry
 * takes eight bytes; what it leads to says by the whole key whether it is the command that was asked for.
 */
import { damagedAt } from './format.ts';
import { type CommandEntry, decodeBucket, encodeBucket, rowsInBucket } from './format-command.ts';
import { bucketDepthMax, bucketKey, commandIndexStart, commonBits, firstBits } from './keys.ts';
import { type Change, highest, placeIn, type Row, type TableReader } from './tables.ts';

/** Entries of a bucket beyond which it is split: rows of 500 bytes leave little of a page empty, and are soon read. */
const bucketEntriesMax = 60;

/** How many first bits tell beginnings of keys apart whose depths are remembered: of 65,536, a byte each. */
const rememberedBits = 16;

interface Bucket extends Row {
  readonly depth: number;
}

export class CommandIndex {
  readonly #tables: TableReader;
  /** At which depth the last bucket was found: hashes spread evenly, so the others are about as deep. */
  #depth = 0;
  /**
   * By the first bits: one more than the depth at which their bucket was found last; 0: not yet. An index has buckets of two
   * or three depths, so the depth of whichever was found last would be a wrong guess every third time, and each costs a look
   * into LMDB.
   */
  readonly #depths = new Uint8Array(1 << rememberedBits);
  #empty = true;

  constructor(tables: TableReader) {
    this.#tables = tables;
  }

  /** Numbers of the log's rows that may hold the command. Throws `Damaged` where nobody can tell. */
  rowsFor(key: Uint8Array): number[] {
    const wanted = firstBits(key);
    const bucket = this.bucket(wanted);
    if (bucket === null) return [];
    return rowsInBucket(placeIn('commands', bucket.key), bucket.value, wanted);
  }

  /** Null before there is any. Throws `Damaged` where one is missing. */
  bucket(bits: number): Bucket | null {
    const beginning = bits >>> (32 - rememberedBits);
    const remembered = this.#depths[beginning] as number;
    const guess = remembered === 0 ? this.#depth : remembered - 1;
    const guessed = this.#at(guess, bits);
    if (guessed === null && this.#isEmpty()) return null;
    const found = guessed ?? this.#near(guess, bits);
    if (found === null) throw damagedAt(placeIn('commands', bucketKey(bucketDepthMax, bits)), 'has no bucket');
    this.#depth = found.depth;
    this.#depths[beginning] = found.depth + 1;
    return found;
  }

  /**
   * No bucket, and nothing in the log either: a log without its index would be damage. Asked of the tables only until there is
   * something, because buckets stay when all that was in them is forgotten.
   */
  #isEmpty(): boolean {
    this.#empty &&= this.#tables.rows('commands', commandIndexStart, highest, 1).length === 0;
    return this.#empty;
  }

  #at(depth: number, bits: number): Bucket | null {
    const key = bucketKey(depth, bits);
    const value = this.#tables.get('commands', key);
    return value === undefined ? null : { depth, key, value };
  }

  /** At all other depths, the likely ones first. */
  #near(guess: number, bits: number): Bucket | null {
    for (let distance = 1; distance <= bucketDepthMax; distance += 1) {
      const deeper = guess + distance <= bucketDepthMax ? this.#at(guess + distance, bits) : null;
      const found = deeper ?? (guess >= distance ? this.#at(guess - distance, bits) : null);
      if (found !== null) return found;
    }
    return null;
  }
}

/** Takes entries in and out, and says what that changes. */
export class CommandIndexChanges {
  readonly #index: CommandIndex;
  /** By depth, then by the bits that the entries have in common: as it will be; null = split. */
  readonly #buckets = new Map<number, { readonly key: Uint8Array; readonly entries: CommandEntry[] | null }>();

  constructor(index: CommandIndex) {
    this.#index = index;
  }

  /** Throws `Damaged`. */
  add(key: Uint8Array, row: number): void {
    const bits = firstBits(key);
    const { depth, entries } = this.#open(bits);
    entries.push({ bits, row });
    this.put(depth, entries, bits);
  }

  /** Throws `Damaged`. */
  remove(key: Uint8Array, row: number): void {
    const bits = firstBits(key);
    const { depth, entries } = this.#open(bits);
    const left = entries.filter((entry) => entry.bits !== bits || entry.row !== row);
    this.put(depth, left, bits);
  }

  *changes(): Iterable<Change> {
    for (const { key, entries } of this.#buckets.values()) {
      yield { table: 'commands', key, value: entries === null ? null : encodeBucket(key, entries) };
    }
  }

  #open(bits: number): { depth: number; entries: CommandEntry[] } {
    const stored = this.#index.bucket(bits);
    let depth = stored?.depth ?? 0;
    while (this.#buckets.get(nameOf(depth, bits))?.entries === null) depth += 1;
    const known = this.#buckets.get(nameOf(depth, bits))?.entries;
    if (known != null) return { depth, entries: known };
    return { depth, entries: stored === null ? [] : decodeBucket(placeIn('commands', stored.key), stored.value) };
  }

  /**
   * Puts a bucket there, split as far as it has to be; no other holds any of its bits. `bits`: of anything that belongs
   * into the bucket.
   */
  put(depth: number, entries: CommandEntry[], bits: number): void {
    if (entries.length <= bucketEntriesMax || depth === bucketDepthMax) {
      this.#buckets.set(nameOf(depth, bits), { key: bucketKey(depth, bits), entries });
      return;
    }
    this.#buckets.set(nameOf(depth, bits), { key: bucketKey(depth, bits), entries: null });
    const next = (0x8000_0000 >>> depth) >>> 0;
    for (const half of [(bits & ~next) >>> 0, (bits | next) >>> 0]) {
      const those = entries.filter((entry) => (entry.bits & next) === (half & next));
      this.put(depth + 1, those, half);
    }
  }
}

/** A number for each bucket there may be. */
function nameOf(depth: number, bits: number): number {
  return depth * 2 ** 32 + commonBits(depth, bits);
}
