/** Reads of the journal's tables, the same for its owner and for another process that only looks. */
import type { Position } from './entry.ts';
import type { Place } from './format.ts';
import { decodeFrame, decodePartition, emptyPartition, type PartitionRecord } from './format-entry.ts';
import { FrameChain } from './frame-chain.ts';
import { Damaged } from './journal.ts';
import { frameKey, partitionKey } from './keys.ts';
import {
  type BinaryDatabase,
  type BinaryEnvironment,
  type Inside,
  openEnvironment,
  openTable,
  rowsOnTheBooks,
} from './lmdb-environment.ts';
import type { Row } from './tables.ts';

/** Frames read at once: a frame may be a few megabytes. */
const chunk = 16;

export class JournalTables {
  readonly frames: BinaryDatabase;
  readonly records: BinaryDatabase;
  readonly #environment: BinaryEnvironment;
  readonly #inside: Inside;

  /** `moment`: reads see what was there just now, until `done`; otherwise each sees what is there then. */
  constructor(environment: BinaryEnvironment, moment = false) {
    this.#environment = environment;
    this.frames = openTable(environment, 'frames');
    this.records = openTable(environment, 'partitions', true);
    this.#inside = moment ? { transaction: environment.useReadTransaction() } : {};
  }

  done(): void {
    this.#inside.transaction?.done();
  }

  /** Throws `Damaged` where rows cannot be met that LMDB's books say are there. Inside a write transaction, or of a moment. */
  assertWhole(): void {
    for (const [name, table] of [
      ['frames', this.frames],
      ['partitions', this.records],
    ] as const) {
      let met = 0;
      for (const _ of table.getKeys({ ...this.#inside })) met += 1;
      const expected = rowsOnTheBooks(this.#environment, name, this.#inside);
      if (met !== expected) throw new Damaged(`journal/${name}: ${met} rows can be read of ${expected}`);
    }
  }

  partition(partition: number): PartitionRecord {
    const key = partitionKey(partition);
    const value = this.records.get(key, this.#inside);
    return value === undefined ? emptyPartition : decodePartition({ store: 'journal/partitions', key }, value);
  }

  /** Frames of the partition that begin at `from` or later, in order. */
  *framesFrom(partition: number, from: Position): Iterable<Row> {
    let start = frameKey(partition, from);
    const end = partitionKey(partition + 1);
    for (;;) {
      const rows = Array.from(this.frames.getRange({ ...this.#inside, start, end, limit: chunk }));
      for (const { key, value } of rows) yield { key, value };
      const last = rows[rows.length - 1];
      if (last === undefined || rows.length < chunk) return;
      start = Buffer.concat([last.key, Buffer.from([0])]);
    }
  }

  /** The newest frame's last entry and hash; the base where there is no frame. */
  last(partition: number): PartitionRecord['base'] {
    const { base } = this.partition(partition);
    const key = this.#newestKey(partition, partitionKey(partition + 1), base.position + 1);
    if (key === undefined) return base;
    const { first, entries, hash } = decodeFrame(framePlace(key), partition, this.#frame(key));
    return { position: first + entries.length - 1, hash };
  }

  /** What the base becomes when everything up to `upTo` is dropped: the end of the newest frame that it covers wholly. */
  baseAt(partition: number, upTo: Position): PartitionRecord['base'] {
    const { base } = this.partition(partition);
    if (upTo <= base.position) return base;
    const last = this.last(partition);
    if (upTo >= last.position) return last;
    const next = this.#newestKey(partition, frameKey(partition, upTo + 2), base.position + 1);
    if (next === undefined) throw new Damaged(`journal/frames: the frame of entry ${upTo} is missing`);
    const { first, previous } = decodeFrame(framePlace(next), partition, this.#frame(next));
    return { position: first - 1, hash: previous };
  }

  /** The newest frame key from `from` on and below `before`. */
  #newestKey(partition: number, before: Uint8Array, from: Position): Uint8Array | undefined {
    const end = frameKey(partition, from - 1);
    const keys = this.frames.getKeys({ ...this.#inside, start: before, end, reverse: true, limit: 2 });
    return Array.from(keys).find((key) => Buffer.compare(key, before) < 0);
  }

  #frame(key: Uint8Array): Uint8Array {
    const value = this.frames.get(key, this.#inside);
    if (value === undefined) throw new Damaged('journal/frames: a frame went away while it was read');
    return value;
  }

  /** The base of the partition and a chain that stands at it. */
  chain(partition: number): FrameChain {
    return new FrameChain(partition, this.partition(partition).base);
  }
}

export function framePlace(key: Uint8Array): Place {
  return { store: 'journal/frames', key };
}

/** The journal as of this moment, also one that another process writes. Close it soon: it holds old pages back. */
export interface JournalSnapshot {
  readonly tables: JournalTables;
  close(): Promise<void>;
}

/** Throws `Damaged` where rows are missing. */
export function openJournalSnapshot(path: string): JournalSnapshot {
  const environment = openEnvironment({ path, readOnly: true });
  const tables = new JournalTables(environment, true);
  try {
    tables.assertWhole();
  } catch (error) {
    tables.done();
    void environment.close();
    throw error;
  }
  return {
    tables,
    close() {
      tables.done();
      return environment.close();
    },
  };
}
