/** When the archive is brought up to date: one run at a time for each partition. */
import type { ConversationId } from '../conversation/commands.ts';
import type { Archive } from '../journal/archive.ts';
import { Damaged, type Journal } from '../journal/journal.ts';
import type { Limits } from '../limits.ts';
import type { Clock } from '../runtime/clock.ts';
import { type AlertsToArchive, checkpoint, hasRows } from './checkpoint.ts';
import type { CommandMemory } from './command-memory.ts';
import type { Partition } from './partition.ts';
import type { Residents } from './residents.ts';

export interface CheckpointsPort {
  readonly journal: Journal;
  readonly archive: Archive;
  readonly clock: Clock;
  readonly limits: Limits;
  /** `waits`: has a conversation events that come with a later write? Then so do the rows that follow from them. */
  alertsToArchive(partition: number, waits: (conversation: ConversationId) => boolean): AlertsToArchive;
  /** Is there room for what a checkpoint writes? Where there is none the journal keeps it. */
  archivable(): Promise<boolean>;
  /** A write failed. */
  fenced(error: Error): void;
}

export class Checkpoints {
  readonly #port: CheckpointsPort;
  readonly #memory: CommandMemory;
  readonly #residents: Residents;
  readonly #running = new Map<number, Promise<void>>();

  constructor(port: CheckpointsPort, memory: CommandMemory, residents: Residents) {
    this.#port = port;
    this.#memory = memory;
    this.#residents = residents;
  }

  /** Takes over what is worth it, unless a run of the partition is going on. */
  run(partition: Partition): void {
    if (!this.#running.has(partition.claim.partition)) void this.#run(partition, this.#areCommandsDue(partition));
  }

  /** Takes over all that there is. */
  async runWhole(partition: Partition): Promise<void> {
    await this.#running.get(partition.claim.partition);
    await this.#run(partition, true);
  }

  /** What the journal holds now will be overwritten when it is dropped, and not removed as it is. */
  rollJournal(partition: Partition): Promise<void> {
    return partition.between(() => this.#port.journal.roll(partition.claim));
  }

  /** Takes over all that there is, and has the journal drop it, to be overwritten. False: there is no room for that now. */
  async clearJournal(partition: Partition): Promise<boolean> {
    if (partition.held !== null) throw new Damaged('the journal keeps what a damaged conversation has not taken over');
    await this.rollJournal(partition);
    const { committed } = partition;
    await this.runWhole(partition);
    await this.#port.journal.checkpoint(partition.claim, partition.covered);
    return partition.covered >= committed;
  }

  async #run(partition: Partition, commands: boolean): Promise<void> {
    const { partition: number } = partition.claim;
    const { journal, archive, limits, clock } = this.#port;
    const isDirty = (conversation: ConversationId) => this.#residents.isDirty(conversation);
    // What was mailed has to be noted also where nothing was said since.
    const nothingNew =
      partition.archived === partition.committed && !hasRows(this.#port.alertsToArchive(number, isDirty));
    if (nothingNew && !(commands && partition.covered < partition.committed)) return;
    const port = {
      journal,
      archive,
      memory: this.#memory,
      dirty: (which: number) => this.#residents.dirty(which),
      alerts: (which: number, written: ReadonlySet<ConversationId>) =>
        this.#port.alertsToArchive(which, (conversation) => isDirty(conversation) && !written.has(conversation)),
      clean: (resident: Parameters<Residents['markClean']>[0]) => this.#residents.markClean(resident),
    };
    const run = this.#port
      .archivable()
      .then(async (hasRoom) => {
        if (!hasRoom) return;
        await checkpoint(partition, port, { commands });
        await archive.forgetCommands(clock.now() - limits.commandMemoryDays * 86_400_000_000, 1_000);
      })
      .then(
        () => {},
        (error: Error) => this.#port.fenced(error),
      );
    this.#running.set(number, run);
    await run;
    this.#running.delete(number);
  }

  /**
   * The archive's index of commands is in the order of a hash: each of a few costs a page of its own, many share them. So
   * they wait in the journal for company.
   */
  #areCommandsDue(partition: Partition): boolean {
    const { checkpointCommands, commandsDelayMs } = this.#port.limits;
    const oldest = this.#memory.oldest(partition.claim.partition);
    if (oldest === null) return false;
    const gathered = this.#memory.gathered(partition.claim.partition);
    return gathered >= checkpointCommands || this.#port.clock.now() - oldest.at >= commandsDelayMs * 1_000;
  }
}
