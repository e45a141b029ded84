/**
 * Port: the one durable order of what happened. A conversation belongs to a partition; a partition has one owner, who
 * claims it with an epoch record in the partition's own log. A single process is a cluster of one and uses the same
 * claim, replay and checkpoint. Adapters: `journal-disk.ts`, `journal-memory.ts`; `test/journal/journal-suite.ts` holds
 * them all to what is promised here.
 */
import type { JournalEntry, Position } from './entry.ts';

export interface Claim {
  readonly partition: number;
  /** One more than that of the owner before. */
  readonly epoch: number;
  /** Position of the last entry in the partition when it was claimed; 0 = none. */
  readonly head: Position;
  /** Everything up to here is behind a checkpoint and not replayed. */
  readonly checkpoint: Position;
}

export interface Journal {
  /** Names this history: clients resume only within one (CMD-3). A restored store gets a new one. */
  readonly epoch: string;
  /** How many partitions there are, numbered from 0: fixed when the store was made. */
  readonly partitions: number;

  /** Takes the partition over: from now on appends of every earlier claim fail with `Fenced`. Durable when resolved. */
  claim(partition: number): Promise<Claim>;

  /**
   * Every entry in (claim.checkpoint, claim.head], in order, complete; throws `Damaged` at the first byte that is not
   * as it was written and at a missing position. Entries are the caller's.
   */
  replay(claim: Claim): AsyncIterable<JournalEntry>;

  /**
   * Appends one group, atomically; resolves when it is durable, never before. Positions must follow the last append's
   * without a gap. One append of a partition may be under way at a time. `Fenced`: another claim took over, nothing was
   * written. `Unavailable`: the outcome is unknown, the caller acknowledges nothing any more and stops. Entries are
   * read before `append` returns and not kept.
   */
  append(claim: Claim, entries: readonly JournalEntry[]): Promise<void>;

  /** Notes durably that everything up to `upTo` lives in the archive, and drops it here. `Fenced` as above. */
  checkpoint(claim: Claim, upTo: Position): Promise<void>;

  /**
   * Begins anew, so that the next checkpoint up to here drops everything appended so far, and its bytes are overwritten
   * before they are given back. No append of the partition may be under way. `Fenced` and `Unavailable` as above.
   */
  roll(claim: Claim): Promise<void>;

  /**
   * Overwrites what the medium still holds of what was dropped. False: somebody reads an older state just now, and it has
   * to be asked again.
   */
  scrub(): Promise<boolean>;

  /** Lets go of the partition; further appends with this claim fail with `Fenced`. */
  release(claim: Claim): Promise<void>;

  /** Position of the newest durable entry, 0 = none. Never newer than the truth. */
  head(partition: number): Promise<Position>;

  close(): Promise<void>;
}

/** Another owner has claimed the partition: stop serving it, acknowledge nothing. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}
/** A write failed or is overdue: whether it happened is unknown. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}
/** A write takes too long. The thread that waits for the disk may do so for ever, and does not let the process end. */
export class Overdue extends Unavailable {}
/** Stored bytes are not what was written. The message names the store, the key and what is wrong; never user text. */
export class Damaged extends Error {
  override readonly name = 'Damaged';
  /** The one row it is about, where it is about one. */
  readonly place: { readonly store: string; readonly key: Uint8Array } | null;

  constructor(message: string, place: Damaged['place'] = null) {
    super(message);
    this.place = place;
  }
}
/** A second server on the same data directory. */
export class InUse extends Error {
  override readonly name = 'InUse';
}
/** Written by a newer version than this one, or not by Parley at all. */
export class Incompatible extends Error {
  override readonly name = 'Incompatible';
}
