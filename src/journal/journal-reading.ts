/**
 * Reads of the journal, the same for its owner and for another process that only looks: the partitions' records in LMDB,
 * the frames in segments. A store of version 0.1.0 has frames in LMDB, too, all of them older than any segment's.
 */
import type { JournalEntry, Position } from './entry.ts';
import { decodeFrame, decodePartition, emptyPartition, framePlace, type PartitionRecord } from './format-entry.ts';
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
import { type SegmentHead, segmentName } from './segment.ts';
import { SegmentSet, segmentPartitions } from './segment-reading.ts';
import type { Row } from './tables.ts';

/** Frames read at once: a frame may be a few megabytes. */
const chunk = 16;

export class JournalTables {
  readonly frames: BinaryDatabase;
  readonly records: BinaryDatabase;
  readonly #environment: BinaryEnvironment;
  readonly #path: string;
  readonly #inside: Inside;
  /** Of the moment; null: each read opens those that are there then. */
  readonly #sets: ReadonlyMap<number, SegmentSet> | null;

  /** `moment`: reads see what was there just now, until `done`; otherwise each sees what is there then. */
  constructor(environment: BinaryEnvironment, path: string, moment = false) {
    this.#environment = environment;
    this.#path = path;
    this.frames = openTable(environment, 'frames');
    this.records = openTable(environment, 'partitions', true);
    const transaction = moment ? environment.useReadTransaction() : null;
    this.#inside = transaction === null ? {} : { transaction };
    try {
      this.#sets = moment ? openSets(path) : null;
    } catch (error) {
      transaction?.done();
      throw error;
    }
  }

  done(): void {
    this.#inside.transaction?.done();
    for (const set of this.#sets?.values() ?? []) set.close();
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
    yield* this.#tableFramesFrom(partition, from);
    const set = this.#openSet(partition);
    try {
      yield* set.framesFrom(from);
    } finally {
      this.#leaveSet(set);
    }
  }

  /** The entries behind the partition's checkpoint, in order. Throws `Damaged` where one is missing, also at the end. */
  *entriesBehindCheckpoint(partition: number): Iterable<JournalEntry> {
    const { checkpoint } = this.partition(partition);
    const chain = this.chain(partition);
    for (const { key, value } of this.framesFrom(partition, chain.position + 1)) {
      for (const entry of chain.follow(framePlace(key), value).entries) if (entry.position > checkpoint) yield entry;
    }
    chain.expectEnd('journal/frames', Math.max(checkpoint, this.last(partition).position));
  }

  /** The newest frame's last entry and hash; the base where there is no frame. */
  last(partition: number): PartitionRecord['base'] {
    return this.end(partition).last;
  }

  /** `last` and `segments` from one reading. */
  end(partition: number): { last: PartitionRecord['base']; segments: SegmentHead[] } {
    const set = this.#openSet(partition);
    const { last, heads } = set;
    this.#leaveSet(set);
    return { last: last ?? this.#lastOfTable(partition), segments: heads };
  }

  /** Of the partition's segments, in order. */
  segments(partition: number): SegmentHead[] {
    return this.end(partition).segments;
  }

  /** Throws `Damaged` where the partition's record knows nothing of the owner of a segment. */
  assertKnown(partition: number): void {
    const { epoch } = this.partition(partition);
    const later = this.segments(partition).find((head) => head.epoch > epoch);
    if (later !== undefined) throw olderThan(partition, later);
  }

  /** Did the owner drop a segment, or another begin one, between the moment of the records and that of the segments? */
  isTorn(partition: number): boolean {
    const { base, epoch } = this.partition(partition);
    const segments = this.segments(partition);
    const [oldest] = segments;
    if (segments.some((head) => head.epoch > epoch)) return true;
    if (oldest === undefined || oldest.first <= base.position + 1) return false;
    for (const _ of this.#tableFramesFrom(partition, base.position + 1)) return false;
    return true;
  }

  /** Keys of frames in LMDB that begin at `position` or before it. */
  tableFramesUpTo(partition: number, position: Position): Uint8Array[] {
    const [start, end] = [frameKey(partition, 0), frameKey(partition, position + 1)];
    return Array.from(this.frames.getKeys({ ...this.#inside, start, end }));
  }

  *#tableFramesFrom(partition: number, from: Position): Iterable<Row> {
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

  #lastOfTable(partition: number): PartitionRecord['base'] {
    const { base } = this.partition(partition);
    const [start, end] = [partitionKey(partition + 1), frameKey(partition, base.position)];
    const range = this.frames.getRange({ ...this.#inside, start, end, reverse: true, limit: 2 });
    const row = Array.from(range).find(({ key }) => Buffer.compare(key, start) < 0);
    if (row === undefined) return base;
    const { first, entries, hash } = decodeFrame(framePlace(row.key), partition, row.value);
    return { position: first + entries.length - 1, hash };
  }

  #openSet(partition: number): SegmentSet {
    return this.#sets?.get(partition) ?? SegmentSet.open(this.#path, partition);
  }

  #leaveSet(set: SegmentSet): void {
    if (this.#sets === null) set.close();
  }

  /** The base of the partition and a chain that stands at it. */
  chain(partition: number): FrameChain {
    return new FrameChain(partition, this.partition(partition).base);
  }
}

export function olderThan(partition: number, { epoch, first }: SegmentHead): Damaged {
  const segment = segmentName({ partition, epoch, first });
  return new Damaged(`journal/partitions: the record of partition ${partition} is older than ${segment}`);
}

function openSets(path: string): Map<number, SegmentSet> {
  const sets = new Map<number, SegmentSet>();
  try {
    for (const partition of segmentPartitions(path)) sets.set(partition, SegmentSet.open(path, partition));
    return sets;
  } catch (error) {
    for (const set of sets.values()) set.close();
    throw error;
  }
}

/** The journal as of this moment, also one that another process writes. Close it soon: it holds old pages back. */
export interface JournalSnapshot {
  readonly tables: JournalTables;
  close(): Promise<void>;
}

/** How often a moment is taken anew that an owner's checkpoint fell into. */
const attempts = 10;

/** Throws `Damaged` where rows are missing, or the end of a partition's newest segment. */
export function openJournalSnapshot(path: string): JournalSnapshot {
  const environment = openEnvironment({ path, readOnly: true });
  try {
    const tables = openMoment(environment, path);
    return {
      tables,
      close() {
        tables.done();
        return environment.close();
      },
    };
  } catch (error) {
    void environment.close();
    throw error;
  }
}

function openMoment(environment: BinaryEnvironment, path: string): JournalTables {
  for (let attempt = 1; ; attempt += 1) {
    const tables = new JournalTables(environment, path, true);
    try {
      tables.assertWhole();
      const isTorn = segmentPartitions(path).some((partition) => tables.isTorn(partition));
      if (!isTorn || attempt === attempts) return tables;
    } catch (error) {
      tables.done();
      throw error;
    }
    tables.done();
  }
}
