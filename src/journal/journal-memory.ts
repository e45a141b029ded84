/**
 * The journal in memory, for tests and simulations: through the same bytes as on disk. What a restart would find is the
 * `MemoryDisk`; open a journal on the same one again and it is there. Faults are the disk's: `before` may delay an append
 * or fail it with nothing written, `after` may fail one that was written, so that its answer is lost.
 */
import { assertCheckpoint, assertFollows } from './append-check.ts';
import type { JournalEntry, Position } from './entry.ts';
import {
  decodeFrame,
  decodePartition,
  emptyPartition,
  encodeFrame,
  encodePartition,
  framePlace,
  type PartitionRecord,
} from './format-entry.ts';
import { FrameChain } from './frame-chain.ts';
import { type Claim, Fenced, type Journal, Unavailable } from './journal.ts';
import { partitionKey } from './keys.ts';

interface StoredFrame {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly last: Position;
  readonly hash: Uint8Array;
}
interface PartitionLog {
  record: Uint8Array | null;
  frames: StoredFrame[];
}

export interface MemoryDisk {
  readonly epoch: string;
  readonly partitions: PartitionLog[];
  before: (entries: readonly JournalEntry[]) => Promise<void> | void;
  after: (entries: readonly JournalEntry[]) => Promise<void> | void;
}

export function createMemoryDisk(epoch: string, partitions: number): MemoryDisk {
  const logs = Array.from({ length: partitions }, (): PartitionLog => ({ record: null, frames: [] }));
  return { epoch, partitions: logs, before: () => {}, after: () => {} };
}

export function openMemoryJournal(disk: MemoryDisk): Journal {
  return new MemoryJournal(disk);
}

class MemoryJournal implements Journal {
  readonly epoch: string;
  readonly partitions: number;
  readonly #disk: MemoryDisk;
  readonly #appending = new Set<number>();
  /** Partitions whose last append or checkpoint failed: nothing more is written with their claims. */
  readonly #failed = new Set<number>();

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
    this.epoch = disk.epoch;
    this.partitions = disk.partitions.length;
  }

  async claim(partition: number): Promise<Claim> {
    const record = this.#record(partition);
    const newest = this.#log(partition).frames.at(-1);
    if (newest !== undefined) decodeFrame(framePlace(newest.key), partition, newest.value);
    const head = this.#last(partition, record).position;
    const epoch = record.epoch + 1;
    this.#put(partition, { ...record, epoch, held: true });
    this.#failed.delete(partition);
    return { partition, epoch, head, checkpoint: record.checkpoint };
  }

  async *replay(claim: Claim): AsyncIterable<JournalEntry> {
    const chain = new FrameChain(claim.partition, this.#record(claim.partition).base);
    for (const { key, value } of [...this.#log(claim.partition).frames]) {
      if (chain.position >= claim.head) break;
      for (const entry of chain.follow(framePlace(key), value).entries) {
        if (entry.position > claim.checkpoint && entry.position <= claim.head) yield entry;
      }
    }
    chain.expectEnd('journal/frames', claim.head);
  }

  async append(claim: Claim, entries: readonly JournalEntry[]): Promise<void> {
    const { partition } = claim;
    if (this.#appending.has(partition)) throw new Error('an append of this partition is under way');
    if (this.#failed.has(partition)) throw new Unavailable('an earlier append has failed');
    const last = this.#last(partition, this.#owned(claim));
    assertFollows(last.position, entries);
    const frame = { partition, first: last.position + 1, epoch: claim.epoch, previous: last.hash, entries };
    const encoded = encodeFrame(frame);
    this.#appending.add(partition);
    try {
      await this.#disk.before(entries);
      this.#owned(claim);
      this.#log(partition).frames.push({ ...encoded, last: last.position + entries.length });
      await this.#disk.after(entries);
    } catch (error) {
      if (error instanceof Fenced) throw error;
      this.#failed.add(partition);
      throw new Unavailable('the append failed', { cause: error });
    } finally {
      this.#appending.delete(partition);
    }
  }

  async checkpoint(claim: Claim, upTo: Position): Promise<void> {
    const record = this.#owned(claim);
    assertCheckpoint(upTo, this.#last(claim.partition, record).position);
    const log = this.#log(claim.partition);
    const dropped = log.frames.filter((frame) => frame.last <= upTo);
    const newest = dropped[dropped.length - 1];
    const base = newest === undefined ? record.base : { position: newest.last, hash: newest.hash };
    this.#put(claim.partition, { ...record, checkpoint: Math.max(record.checkpoint, upTo), base });
    log.frames = log.frames.slice(dropped.length);
  }

  /** What this one drops leaves no bytes behind. */
  async roll(claim: Claim): Promise<void> {
    this.#owned(claim);
  }

  async scrub(): Promise<boolean> {
    return true;
  }

  async release(claim: Claim): Promise<void> {
    const record = this.#owned(claim);
    this.#put(claim.partition, { ...record, held: false });
  }

  async head(partition: number): Promise<Position> {
    return this.#last(partition, this.#record(partition)).position;
  }

  async close(): Promise<void> {}

  #log(partition: number): PartitionLog {
    const log = this.#disk.partitions[partition];
    if (log === undefined) throw new RangeError(`there is no partition ${partition}`);
    return log;
  }

  #record(partition: number): PartitionRecord {
    const { record } = this.#log(partition);
    const place = { store: 'journal/partitions', key: partitionKey(partition) };
    return record === null ? emptyPartition : decodePartition(place, record);
  }

  #put(partition: number, record: PartitionRecord): void {
    this.#log(partition).record = encodePartition(partition, record);
  }

  #owned(claim: Claim): PartitionRecord {
    const record = this.#record(claim.partition);
    if (record.epoch !== claim.epoch || !record.held) {
      throw new Fenced(`partition ${claim.partition} is no longer held with epoch ${claim.epoch}`);
    }
    return record;
  }

  #last(partition: number, { base }: PartitionRecord): { position: Position; hash: Uint8Array } {
    const { frames } = this.#log(partition);
    const newest = frames[frames.length - 1];
    return newest === undefined ? base : { position: newest.last, hash: newest.hash };
  }
}
