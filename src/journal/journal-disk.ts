/**
 * The journal on disk. Frames are appended to segment files, one synchronous write for each group commit. Who owns a
 * partition, and from where on its frames count, is one record in LMDB whose version number is the epoch of its owner, 0
 * when it is held by none. A claim compares and sets it, reads up to where the frames go, and begins a segment of its own.
 *
 * Fencing: a claimant notes its epoch in the file `owners` before it reads the frames; an owner looks there after each
 * write, which costs a microsecond. So a frame that a claimant did not see was written by an owner who sees the new epoch
 * afterwards and acknowledges nothing. What such an owner has written stands behind the beginning of a newer segment and
 * does not count.
 */

import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../limits.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { scrubEnvironment } from '../runtime/lmdb-scrub.ts';
import { assertCheckpoint, assertFollows } from './append-check.ts';
import { EndsFile } from './ends-file.ts';
import type { JournalEntry, Position } from './entry.ts';
import { encodeFrame, encodePartition, framePlace, type PartitionRecord } from './format-entry.ts';
import { type Claim, Damaged, Fenced, Incompatible, type Journal, Unavailable } from './journal.ts';
import { JournalTables, olderThan } from './journal-reading.ts';
import { partitionKey } from './keys.ts';
import { type BinaryEnvironment, openEnvironment, settled } from './lmdb-environment.ts';
import { OwnersFile } from './owners-file.ts';
import { overwriteRetired, retireSegment } from './retired-segments.ts';
import { type SegmentHead, segmentName } from './segment.ts';
import { isSpare, SegmentWriter } from './segment-writer.ts';

export interface DiskJournalOptions {
  /** Directory of the journal; made where there is none. */
  readonly path: string;
  /** Of the data directory's meta file: names this history. */
  readonly epoch: string;
  readonly partitions: number;
  readonly segmentBytes?: number;
  readonly clock?: Pick<Clock, 'after'>;
}

/** What the owner of a partition knows of it without reading. */
interface Held {
  readonly epoch: number;
  record: PartitionRecord;
  /** Last durable entry and hash of its frame. */
  last: { readonly position: Position; readonly hash: Uint8Array };
  readonly writer: SegmentWriter;
  /** In order; the last one is written to. */
  segments: SegmentHead[];
  /** Segments that begin before this position are not removed when they are dropped, but kept to be overwritten. */
  retireBefore: Position;
  appending: boolean;
  /** A write failed: whether it happened is unknown, and nothing is written after it. */
  failed: boolean;
}

export function openDiskJournal(options: DiskJournalOptions): Journal {
  return new DiskJournal(options);
}

class DiskJournal implements Journal {
  readonly epoch: string;
  readonly partitions: number;
  readonly #path: string;
  readonly #segmentBytes: number;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #environment: BinaryEnvironment;
  readonly #tables: JournalTables;
  readonly #owners: OwnersFile;
  readonly #ends: EndsFile;
  readonly #held = new Map<number, Held>();
  /** Have all rows been met? */
  #looked = false;
  #closed = false;

  constructor(options: DiskJournalOptions) {
    const { path, epoch, partitions, segmentBytes = limits.journalSegmentBytes, clock = systemClock() } = options;
    this.epoch = epoch;
    this.partitions = partitions;
    this.#path = path;
    this.#segmentBytes = segmentBytes;
    this.#clock = clock;
    this.#environment = openEnvironment({ path });
    this.#tables = new JournalTables(this.#environment, path);
    this.#owners = new OwnersFile(path);
    this.#ends = new EndsFile(path);
  }

  async claim(partition: number): Promise<Claim> {
    if (partition < 0 || partition >= this.partitions) throw new RangeError(`there is no partition ${partition}`);
    await this.#held.get(partition)?.writer.close();
    try {
      const record = this.#claimRecord(partition);
      const { epoch, checkpoint } = record;
      this.#owners.note(partition, epoch);
      const { last, segments } = this.#tables.end(partition);
      const later = segments.find((head) => head.epoch >= epoch);
      if (later !== undefined) throw olderThan(partition, later);
      await this.#dropSpares(partition);
      const [path, segmentBytes, clock, ends] = [this.#path, this.#segmentBytes, this.#clock, this.#ends];
      const assertInPlace = () => this.#owners.assertInPlace();
      const writer = new SegmentWriter({ path, partition, epoch, segmentBytes, clock, ends, assertInPlace });
      segments.push(await writer.begin(last.position + 1, last.hash));
      const held = { epoch, record, last, writer, segments, retireBefore: 0, appending: false, failed: false };
      this.#held.set(partition, held);
      // Also of owners who wrote nothing: a server that starts again and again does not fill the disk.
      await this.#dropSegments(partition, held);
      return { partition, epoch, head: last.position, checkpoint };
    } catch (error) {
      if (error instanceof Damaged || error instanceof Incompatible) throw error;
      // Numbers below zero are LMDB's own: a page of its file is not what it has to be.
      if (((error as { code?: unknown }).code as number) < 0) {
        throw new Damaged(`journal: LMDB cannot write to its file: ${(error as Error).message}`);
      }
      throw new Unavailable(`claiming partition ${partition} failed: ${(error as Error).message}`, { cause: error });
    }
  }

  async *replay(claim: Claim): AsyncIterable<JournalEntry> {
    const chain = this.#tables.chain(claim.partition);
    for (const { key, value } of this.#tables.framesFrom(claim.partition, chain.position + 1)) {
      if (chain.position >= claim.head) break;
      for (const entry of chain.follow(framePlace(key), value).entries) {
        if (entry.position > claim.checkpoint && entry.position <= claim.head) yield entry;
      }
    }
    chain.expectEnd('journal/frames', claim.head);
  }

  async append(claim: Claim, entries: readonly JournalEntry[]): Promise<void> {
    const held = this.#owned(claim);
    if (held.appending) throw new Error('an append of this partition is under way');
    assertFollows(held.last.position, entries);
    const { epoch, partition } = claim;
    const first = held.last.position + 1;
    const { value, hash } = encodeFrame({ partition, first, epoch, previous: held.last.hash, entries });
    held.appending = true;
    try {
      const begun = await held.writer.append(first, value, held.last.hash);
      if (begun !== null) held.segments = behind(held.segments, begun);
    } catch (error) {
      held.failed = true;
      throw new Unavailable(`an append failed: ${(error as Error).message}`, { cause: error });
    } finally {
      held.appending = false;
    }
    if (this.#owners.epochOf(partition) !== epoch) {
      this.#lost(claim, held);
      throw this.#isBehindClaim(claim, first)
        ? fenced(claim)
        : new Unavailable('another claimed while an append was on');
    }
    held.last = { position: first + entries.length - 1, hash };
  }

  async checkpoint(claim: Claim, upTo: Position): Promise<void> {
    const held = this.#owned(claim);
    assertCheckpoint(upTo, held.last.position);
    const oldest = held.segments.findLast(({ first }) => first <= upTo + 1);
    const covered = oldest === undefined ? null : { position: oldest.first - 1, hash: oldest.previous };
    const base = covered !== null && covered.position > held.record.base.position ? covered : held.record.base;
    const record = { ...held.record, checkpoint: Math.max(held.record.checkpoint, upTo), base };
    await this.#writeRecord(claim, held, 'a checkpoint', record, claim.epoch);
    held.record = record;
    await this.#dropSegments(claim.partition, held);
  }

  async roll(claim: Claim): Promise<void> {
    const held = this.#owned(claim);
    if (held.appending) throw new Error('an append of this partition is under way');
    const next = held.last.position + 1;
    held.appending = true;
    // A checkpoint may drop some of them meanwhile.
    held.retireBefore = next;
    try {
      const begun = await held.writer.begin(next, held.last.hash);
      held.segments = behind(held.segments, begun);
    } catch (error) {
      held.failed = true;
      throw new Unavailable(`beginning a segment failed: ${(error as Error).message}`, { cause: error });
    } finally {
      held.appending = false;
    }
  }

  async scrub(): Promise<boolean> {
    const { records } = this.#tables;
    this.#owners.assertInPlace();
    // Whoever began to read before the newest checkpoint may have the dropped segments open.
    const isDone = scrubEnvironment(this.#environment, this.#path, () => {
      for (let partition = 0; partition < this.partitions; partition += 1) {
        const key = partitionKey(partition);
        const record = records.getEntry(key);
        if (record !== undefined) records.putSync(key, record.value, record.version as number);
      }
    });
    if (isDone) await overwriteRetired(this.#path);
    return isDone;
  }

  async release(claim: Claim): Promise<void> {
    const held = this.#owned(claim);
    await this.#writeRecord(claim, held, 'a release', { ...held.record, held: false }, 0);
    this.#held.delete(claim.partition);
    await held.writer.close();
  }

  async head(partition: number): Promise<Position> {
    return (this.#held.get(partition)?.last ?? this.#tables.last(partition)).position;
  }

  /** After a failed write LMDB may never finish closing; the process is about to end then. */
  async close(): Promise<void> {
    this.#closed = true;
    if ([...this.#held.values()].some((held) => held.failed)) return;
    for (const { writer } of this.#held.values()) await writer.close();
    this.#owners.close();
    this.#ends.close();
    await this.#environment.close();
  }

  /** Reads and writes in one transaction; on disk when it returns. */
  #claimRecord(partition: number): PartitionRecord {
    return this.#environment.transactionSync(() => {
      // Once is enough: nobody else may drop frames of what has been claimed.
      if (!this.#looked) this.#tables.assertWhole();
      this.#looked = true;
      const before = this.#tables.partition(partition);
      const record = { ...before, epoch: before.epoch + 1, held: true };
      this.#tables.records.putSync(partitionKey(partition), encodePartition(partition, record), record.epoch);
      return record;
    });
  }

  #owned(claim: Claim): Held {
    if (this.#closed) throw new Unavailable('the journal is closed');
    const held = this.#held.get(claim.partition);
    if (held === undefined || held.epoch !== claim.epoch) throw fenced(claim);
    if (held.failed) throw new Unavailable('an earlier write of the journal has failed');
    return held;
  }

  #lost(claim: Claim, held: Held): void {
    if (this.#held.get(claim.partition) === held) this.#held.delete(claim.partition);
    void held.writer.close();
  }

  /** Has a later owner begun at or before this position, so that a frame of ours there does not count? */
  #isBehindClaim({ partition, epoch }: Claim, position: Position): boolean {
    return this.#tables.segments(partition).some((head) => head.epoch > epoch && head.first <= position);
  }

  /** One transaction on the condition that the claim still holds. Frames in LMDB that the base covers go with it. */
  async #writeRecord(claim: Claim, held: Held, what: string, record: PartitionRecord, version: number): Promise<void> {
    const key = partitionKey(claim.partition);
    const value = encodePartition(claim.partition, record);
    const stale = this.#tables.tableFramesUpTo(claim.partition, record.base.position);
    let inner: Promise<boolean>[] = [];
    let outcome: readonly boolean[];
    try {
      const outer = this.#tables.records.ifVersion(key, claim.epoch, () => {
        inner = [
          this.#tables.records.put(key, value, version),
          ...stale.map((each) => this.#tables.frames.remove(each)),
        ];
      });
      outcome = await settled(what, [outer, ...inner]);
    } catch (error) {
      held.failed = true;
      throw error instanceof Unavailable ? error : new Unavailable(`${what} failed`, { cause: error });
    }
    if (outcome[0] === false) {
      this.#lost(claim, held);
      throw fenced(claim);
    }
    if (outcome.includes(false)) {
      held.failed = true;
      throw new Unavailable(`${what} met what it did not expect`);
    }
  }

  /** Those that end at the base or before it, and those with nothing in them. */
  async #dropSegments(partition: number, held: Held): Promise<void> {
    const { position } = held.record.base;
    const kept = held.segments.filter((_, index) => {
      const next = held.segments[index + 1];
      return (
        next === undefined || (next.first > position + 1 && next.first > (held.segments[index] as SegmentHead).first)
      );
    });
    const dropped = held.segments.filter((head) => !kept.includes(head));
    if (dropped.length > 0) this.#owners.assertInPlace();
    held.segments = kept;
    for (const head of dropped) {
      const path = join(this.#path, segmentName({ ...head, partition }));
      if (head.first < held.retireBefore) await retireSegment(path);
      else await rm(path, { force: true });
    }
  }

  /** What an owner left who was killed while it made a segment. */
  async #dropSpares(partition: number): Promise<void> {
    for (const name of readdirSync(this.#path)) {
      if (isSpare(name, partition)) await rm(join(this.#path, name), { force: true });
    }
  }
}

/** An empty segment behind which another begins has given its name to that: dropped as old, it would take it along. */
function behind(segments: readonly SegmentHead[], begun: SegmentHead): SegmentHead[] {
  const { first, epoch } = begun;
  return [...segments.filter((head) => head.first !== first || head.epoch !== epoch), begun];
}

function fenced(claim: Claim): Fenced {
  return new Fenced(`partition ${claim.partition} is no longer held with epoch ${claim.epoch}`);
}
