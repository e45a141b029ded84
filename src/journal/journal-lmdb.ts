/**
 * The journal on disk: one LMDB environment with two tables. `frames` holds one value for each group commit, keyed by
 * partition and first position, so that writing is appending. `partitions` holds one record for each partition whose LMDB
 * version number is the epoch of its owner, 0 when it is held by none: every write is a batch on the condition of that
 * number, checked inside the write transaction, so that a second process that claimed is noticed at no cost.
 */
import { assertCheckpoint, assertFollows } from './append-check.ts';
import type { JournalEntry, Position } from './entry.ts';
import { encodeFrame, encodePartition, type PartitionRecord } from './format-entry.ts';
import { type Claim, Damaged, Fenced, Incompatible, type Journal, Unavailable } from './journal.ts';
import { framePlace, JournalTables } from './journal-reading.ts';
import { frameKey, partitionKey } from './keys.ts';
import { type BinaryEnvironment, openEnvironment, settled } from './lmdb-environment.ts';

export interface LmdbJournalOptions {
  /** Directory of the environment; made where there is none. */
  readonly path: string;
  /** Of the data directory's meta file: names this history. */
  readonly epoch: string;
  readonly partitions: number;
}

/** What the owner of a partition knows of it without reading. */
interface Held {
  readonly epoch: number;
  record: PartitionRecord;
  /** Last durable entry and hash of its frame. */
  last: { readonly position: Position; readonly hash: Uint8Array };
  appending: boolean;
  /** A write failed: whether it happened is unknown, and nothing is written after it. */
  failed: boolean;
}

/** Frames dropped in one transaction. Few: an append waits for the writing thread meanwhile. */
const dropChunk = 64;

export function openLmdbJournal(options: LmdbJournalOptions): Journal {
  return new LmdbJournal(options);
}

class LmdbJournal implements Journal {
  readonly epoch: string;
  readonly partitions: number;
  readonly #environment: BinaryEnvironment;
  readonly #tables: JournalTables;
  readonly #held = new Map<number, Held>();
  /** Have all rows been met? */
  #looked = false;

  constructor({ path, epoch, partitions }: LmdbJournalOptions) {
    this.epoch = epoch;
    this.partitions = partitions;
    this.#environment = openEnvironment({ path });
    this.#tables = new JournalTables(this.#environment);
  }

  async claim(partition: number): Promise<Claim> {
    if (partition < 0 || partition >= this.partitions) throw new RangeError(`there is no partition ${partition}`);
    const claimed = this.#claimInside(partition);
    this.#held.set(partition, claimed);
    return { partition, epoch: claimed.epoch, head: claimed.last.position, checkpoint: claimed.record.checkpoint };
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
    const { key, value, hash } = encodeFrame({ partition, first, epoch, previous: held.last.hash, entries });
    held.appending = true;
    try {
      await this.#write(claim, held, 'an append', () => [this.#tables.frames.put(key, value)]);
    } finally {
      held.appending = false;
    }
    held.last = { position: first + entries.length - 1, hash };
  }

  async checkpoint(claim: Claim, upTo: Position): Promise<void> {
    const held = this.#owned(claim);
    assertCheckpoint(upTo, held.last.position);
    const base = this.#tables.baseAt(claim.partition, upTo);
    const record = { ...held.record, checkpoint: Math.max(held.record.checkpoint, upTo), base };
    const value = encodePartition(claim.partition, record);
    await this.#write(claim, held, 'a checkpoint', () => [
      this.#tables.records.put(partitionKey(claim.partition), value, claim.epoch),
    ]);
    held.record = record;
    const end = frameKey(claim.partition, base.position + 1);
    for (;;) {
      const start = frameKey(claim.partition, 0);
      const keys = Array.from(this.#tables.frames.getKeys({ start, end, limit: dropChunk }));
      if (keys.length === 0) return;
      await this.#write(claim, held, 'dropping frames', () => keys.map((key) => this.#tables.frames.remove(key)));
    }
  }

  async release(claim: Claim): Promise<void> {
    const held = this.#owned(claim);
    const value = encodePartition(claim.partition, { ...held.record, held: false });
    await this.#write(claim, held, 'a release', () => [
      this.#tables.records.put(partitionKey(claim.partition), value, 0),
    ]);
    this.#held.delete(claim.partition);
  }

  async head(partition: number): Promise<Position> {
    return (this.#held.get(partition)?.last ?? this.#tables.last(partition)).position;
  }

  /** After a failed write LMDB may never finish closing; the process is about to end then. */
  async close(): Promise<void> {
    if ([...this.#held.values()].some((held) => held.failed)) return;
    await this.#environment.close();
  }

  /** Reads and writes in one transaction; on disk when it returns. */
  #claimInside(partition: number): Held {
    try {
      return this.#environment.transactionSync(() => {
        // Once is enough: nobody else may drop frames of what has been claimed.
        if (!this.#looked) this.#tables.assertWhole();
        this.#looked = true;
        const before = this.#tables.partition(partition);
        const last = this.#tables.last(partition);
        const record = { ...before, epoch: before.epoch + 1, held: true };
        const value = encodePartition(partition, record);
        this.#tables.records.putSync(partitionKey(partition), value, record.epoch);
        return { epoch: record.epoch, record, last, appending: false, failed: false };
      });
    } catch (error) {
      if (error instanceof Damaged || error instanceof Incompatible) throw error;
      throw new Unavailable(`claiming partition ${partition} failed`, { cause: error });
    }
  }

  #owned(claim: Claim): Held {
    const held = this.#held.get(claim.partition);
    if (held === undefined || held.epoch !== claim.epoch) throw fenced(claim);
    if (held.failed) throw new Unavailable('an earlier write of the journal has failed');
    return held;
  }

  /** One transaction on the condition that the claim still holds. */
  async #write(claim: Claim, held: Held, what: string, writes: () => Promise<boolean>[]): Promise<void> {
    let inner: Promise<boolean>[] = [];
    let outcome: boolean[];
    try {
      const outer = this.#tables.records.ifVersion(partitionKey(claim.partition), claim.epoch, () => {
        inner = writes();
      });
      outcome = await settled(what, [outer, ...inner]);
    } catch (error) {
      held.failed = true;
      throw error instanceof Unavailable ? error : new Unavailable(`${what} failed`, { cause: error });
    }
    if (outcome[0] === false) {
      if (this.#held.get(claim.partition) === held) this.#held.delete(claim.partition);
      throw fenced(claim);
    }
    if (outcome.includes(false)) {
      held.failed = true;
      throw new Unavailable(`${what} met what it did not expect`);
    }
  }
}

function fenced(claim: Claim): Fenced {
  return new Fenced(`partition ${claim.partition} is no longer held with epoch ${claim.epoch}`);
}
