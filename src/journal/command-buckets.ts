/**
 * The memory of commands in the archive: buckets of commands whose keys, which are hashes, begin with the same bits. A
 * bucket that is full is split by the next bit, so every key has exactly one bucket, and rows of this size leave less of
 * the pages empty than one for each command. A command that a version before data directories of format 3 kept has a row of
 * its own until it is forgotten.
 */

import { sameBytes } from './format.ts';
import {
  type Bucketed,
  bytesInBucket,
  type CommandRecord,
  commandsInBucket,
  decodeCommand,
  decodeRecord,
  encodeBucket,
  encodeCommand,
  encodeRecord,
  isBucket,
  isEmptyBucket,
} from './format-command.ts';
import { Damaged } from './journal.ts';
import { bucketDepthMax, bucketKey } from './keys.ts';
import { type Change, highest, placeIn, type Row, type TableReader } from './tables.ts';

/** Bytes of commands in a bucket beyond which it is split. */
const bucketBytes = 960;
/** How many are in a bucket, about. */
const commandsPerRow = 16;

/** Finds commands. */
export class CommandReader {
  readonly #tables: TableReader;
  /** Where the last one was found: hashes spread evenly, so the others are about as deep. */
  #depth = 0;

  constructor(tables: TableReader) {
    this.#tables = tables;
  }

  /** Throws `Damaged`, also where nobody can tell whether there is one. */
  command(key: Uint8Array): CommandRecord | null {
    const bucket = this.bucket(key);
    const alone = this.#tables.get('commands', key);
    if (alone !== undefined) return decodeCommand(placeIn('commands', key), alone);
    if (bucket === null) return null;
    const place = placeIn('commands', bucket.key);
    for (const { key: other, record } of commandsInBucket(place, bucket.value)) {
      if (sameBytes(other, key)) return decodeRecord(place, record);
    }
    return null;
  }

  /** The bucket of a key; null before there is any. The first one, when it has been split, stays as an empty row. */
  bucket(key: Uint8Array): CommandBucket | null {
    let first: CommandBucket | null = null;
    for (const depth of this.#depths()) {
      const row = bucketKey(depth, key);
      const value = this.#tables.get('commands', row);
      if (value === undefined && depth > 0) continue;
      if (value === undefined) return null;
      const found = { depth, key: row, value };
      if (depth > 0 || !isEmptyBucket(value)) {
        this.#depth = depth;
        return found;
      }
      first = found;
    }
    return first;
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

interface CommandBucket extends Row {
  readonly depth: number;
}

/** Commands by the hex of their keys. */
type Commands = Map<string, Bucketed>;

/** Throws `Damaged`. */
function commandsIn({ key, value }: Row): Commands {
  const commands: Commands = new Map();
  for (const command of commandsInBucket(placeIn('commands', key), value)) commands.set(nameOf(command.key), command);
  return commands;
}

/** Takes commands, and says what they change. */
export class CommandWriter {
  readonly #reader: CommandReader;
  /** By the hex of the bucket's key, as it will be; null = split. */
  readonly #buckets = new Map<string, Commands | null>();
  readonly #alone: Change[] = [];

  constructor(tables: TableReader) {
    this.#reader = new CommandReader(tables);
  }

  /** Replaces one of the same key. Beside a bucket that is damaged, and stays as it is, a command has a row of its own. */
  put(key: Uint8Array, record: CommandRecord): void {
    const stored = this.#reader.bucket(key);
    let depth = stored?.depth ?? 0;
    while (this.#buckets.get(nameOf(bucketKey(depth, key))) === null) depth += 1;
    try {
      const known = this.#buckets.get(nameOf(bucketKey(depth, key)));
      const commands = known ?? (stored === null ? new Map() : commandsIn(stored));
      commands.set(nameOf(key), { key, record: encodeRecord(record) });
      this.#keep(depth, key, commands);
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      this.#alone.push({ table: 'commands', key, value: encodeCommand(key, record) });
    }
  }

  *changes(): Iterable<Change> {
    yield* this.#alone;
    for (const [name, commands] of this.#buckets) {
      const key = Buffer.from(name, 'hex');
      const value = commands === null && key[0] !== 0 ? null : encodeBucket(key, commands?.values() ?? []);
      yield { table: 'commands', key, value };
    }
  }

  /** `key`: of any command that belongs into the bucket. */
  #keep(depth: number, key: Uint8Array, commands: Commands): void {
    const bytes = [...commands.values()].reduce((sum, command) => sum + bytesInBucket(command), 0);
    if (bytes <= bucketBytes || commands.size === 1 || depth === bucketDepthMax) {
      this.#buckets.set(nameOf(bucketKey(depth, key)), commands);
      return;
    }
    this.#buckets.set(nameOf(bucketKey(depth, key)), null);
    for (const half of [0, 1]) {
      const those = [...commands].filter(([, command]) => bitOf(command.key, depth) === half);
      this.#keep(depth + 1, withBit(key, depth, half), new Map(those));
    }
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex');
}

/** Bits are counted from the first one. */
function bitOf(key: Uint8Array, bit: number): number {
  return ((key[bit >> 3] as number) >> (7 - (bit & 7))) & 1;
}
function withBit(key: Uint8Array, bit: number, value: number): Uint8Array {
  const changed = Uint8Array.from(key);
  if (bitOf(key, bit) !== value) changed[bit >> 3] = (changed[bit >> 3] as number) ^ (0x80 >> (bit & 7));
  return changed;
}

/** What forgetting commands answered before `before` changes, looking at about `limit` of them from row `from` on. */
export function forgottenCommands(
  tables: TableReader,
  from: Uint8Array,
  before: number,
  limit: number,
): { readonly changes: Change[]; readonly next: Uint8Array | null } {
  const rowsMax = Math.max(1, Math.floor(limit / commandsPerRow));
  const rows = tables.rows('commands', from, highest, rowsMax);
  const changes = rows.flatMap((row) => withoutOld(row, before));
  const last = rows[rows.length - 1];
  const next = last === undefined || rows.length < rowsMax ? null : Buffer.concat([last.key, Buffer.from([0])]);
  return { changes, next };
}

/** Nothing for a damaged row: it stays, so that `verifyStore` finds it, and nobody's checkpoint fails for it. */
function withoutOld(row: Row, before: number): Change[] {
  const { key, value } = row;
  try {
    const old = new Set(
      recordsIn(row).flatMap(({ key: command, record }) => (record.at < before ? [nameOf(command)] : [])),
    );
    if (old.size === 0) return [];
    const kept = isBucket(value) ? [...commandsIn(row)].filter(([name]) => !old.has(name)) : null;
    const bucket =
      kept === null
        ? null
        : encodeBucket(
            key,
            kept.map(([, command]) => command),
          );
    return [{ table: 'commands', key, value: bucket }];
  } catch (error) {
    if (error instanceof Damaged) return [];
    throw error;
  }
}

/** The commands of a row, of whichever version. Throws `Damaged`. */
export function recordsIn(row: Row): { readonly key: Uint8Array; readonly record: CommandRecord }[] {
  const place = placeIn('commands', row.key);
  if (!isBucket(row.value)) return [{ key: row.key, record: decodeCommand(place, row.value) }];
  return Array.from(commandsInBucket(place, row.value), ({ key, record }) => ({
    key,
    record: decodeRecord(place, record),
  }));
}
