/**
 * One partition's way to the disk. Decided entries queue; while one group is being made durable the next one gathers
 * (group commit). Groups commit strictly one after the other and are released in order. A failed or overdue append
 * fences the partition: nothing is acknowledged any more.
 */
import type { ConversationState } from '../conversation/state.ts';
import type { JournalEntry, Position } from '../journal/entry.ts';
import type { Claim, Journal } from '../journal/journal.ts';
import { Overdue } from '../journal/journal.ts';
import type { Limits } from '../limits.ts';
import { type Clock, deadline, type Timer } from '../runtime/clock.ts';
import type { Resident } from './resident.ts';

/** An entry that has been decided. `after` is the state with its events, where it has any. */
export interface Pending {
  readonly entry: JournalEntry;
  readonly resident: Resident | null;
  readonly after: ConversationState | null;
  /** Called once, after the group is durable and the house has been told. Never called after a fence. */
  readonly done: () => void;
}

export interface PartitionPort {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly limits: Limits;
  /** The group is durable; called in order. `ms`: how long the append took. */
  released(partition: Partition, group: readonly Pending[], ms: number): void;
  fenced(error: Error): void;
}

export class Partition {
  readonly claim: Claim;
  /** Position of the newest entry that is durable. */
  committed: Position;
  /** Everything that happened up to here is in the archive. */
  archived: Position;
  /** The archive has all of it up to here, the memory of commands included: a start replays what is behind it. */
  covered: Position;
  /** Where the first entry stands that the archive cannot take, because its conversation is damaged there: the journal keeps it. */
  held: Position | null = null;
  /** Of entries decided since the claim, and of those replayed then: what they take on a disk, roughly. */
  decidedBytes = 0;
  /** Of those, what is durable; and what the archive has, too. */
  committedBytes = 0;
  archivedBytes = 0;
  #assigned: Position;
  #queue: Pending[] = [];
  /** Who waits for the entry at a position to be durable, in order. */
  readonly #behind: { readonly position: Position; readonly told: () => void }[] = [];
  /** What waits for a moment without an append. */
  #between: (() => Promise<void>)[] = [];
  #underWay = 0;
  /** A run of commits is scheduled or going on; it takes what comes meanwhile along. */
  #committing = false;
  #fenced = false;
  /** When the append under way began, in monotonic milliseconds; null: none is. */
  #began: number | null = null;
  #watch: Timer | null = null;
  readonly #port: PartitionPort;

  constructor(claim: Claim, port: PartitionPort) {
    this.claim = claim;
    this.committed = claim.head;
    this.archived = claim.checkpoint;
    this.covered = claim.checkpoint;
    this.#assigned = claim.head;
    this.#port = port;
  }

  /** Entries that are decided and not durable yet. */
  get backlog(): number {
    return this.#queue.length + this.#underWay;
  }

  /** The position of the entry that will be enqueued next. */
  get nextPosition(): Position {
    return this.#assigned + 1;
  }

  /** An entry from before the claim, which the archive does not have. */
  replayed(entry: JournalEntry): void {
    this.decidedBytes += bytesOf(entry);
    this.committedBytes = this.decidedBytes;
  }

  enqueue(pending: Pending): void {
    this.#assigned = pending.entry.position;
    this.#queue.push(pending);
    this.decidedBytes += bytesOf(pending.entry);
    this.#begin();
  }

  /** Runs `work` while no append is under way. What it throws is the caller's; after a fence it never settles. */
  between(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#between.push(() => work().then(resolve, reject));
      this.#begin();
    });
  }

  #begin(): void {
    if (this.#committing) return;
    this.#committing = true;
    this.#port.clock.soon(() => void this.#commit());
  }

  /** Runs `told` once all that has been decided so far is durable: at once where it is, never after a fence. */
  afterBacklog(told: () => void): void {
    if (this.backlog === 0) told();
    else this.#behind.push({ position: this.#assigned, told });
  }

  async #commit(): Promise<void> {
    const { journal, clock, limits } = this.#port;
    while ((this.#queue.length > 0 || this.#between.length > 0) && !this.#fenced) {
      for (const work of this.#between.splice(0)) await work();
      if (this.#queue.length === 0) continue;
      const group = this.#queue.splice(0, limits.frameEntriesMax);
      this.#underWay = group.length;
      const began = clock.monotonicMs();
      this.#began = began;
      if (this.#watch === null) this.#watchFor(limits.appendDeadlineMs);
      try {
        await journal.append(
          this.claim,
          group.map((pending) => pending.entry),
        );
      } catch (error) {
        this.#fence(error as Error);
      }
      this.#began = null;
      if (this.#fenced) return;
      this.#underWay = 0;
      for (const { entry } of group) this.committedBytes += bytesOf(entry);
      this.committed = (group[group.length - 1] as Pending).entry.position;
      this.#port.released(this, group, clock.monotonicMs() - began);
      while (this.#behind[0] !== undefined && this.#behind[0].position <= this.committed) this.#behind.shift()?.told();
    }
    this.#committing = false;
  }

  /** Nothing is appended any more. */
  close(): void {
    this.#watch?.cancel();
  }

  /** One timer for as long as appends follow each other: one for each would cost as much as the append's own bytes. */
  #watchFor(ms: number): void {
    const { clock, limits } = this.#port;
    this.#watch = deadline(clock, ms, () => {
      this.#watch = null;
      if (this.#began === null) return;
      const left = this.#began + limits.appendDeadlineMs - clock.monotonicMs();
      if (left > 0) this.#watchFor(left);
      else this.#fence(new Overdue('an append is overdue'));
    });
  }

  #fence(error: Error): void {
    if (this.#fenced) return;
    this.#fenced = true;
    this.#port.fenced(error);
  }
}

/** Beside its texts: rows of indexes, the memory of the command, the conversation's state. */
const bytesBesideText = 512;

function bytesOf({ events }: JournalEntry): number {
  let bytes = bytesBesideText;
  for (const event of events) if ('text' in event) bytes += Buffer.byteLength(event.text ?? '');
  return bytes;
}
