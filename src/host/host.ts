/**
 * The actors in memory. A request finds its conversation (hydrating it where it is not in memory), is decided by the
 * conversation's one actor, and is answered when what it did is durable. Conversations never wait for each other but for
 * the shared commit. Everything the rest of the house learns, it learns from `committed`, in order, after the fact.
 */
import type { ConversationId, PersonId, Seq } from '../conversation/commands.ts';
import type { ConversationState } from '../conversation/state.ts';
import type { EventsSince, StoredState } from '../journal/archive.ts';
import type { Answer, ArchivedEvent, JournalEntry, Position, Remembered } from '../journal/entry.ts';
import { Damaged, type Journal, Unavailable } from '../journal/journal.ts';
import { partitionOf } from '../journal/partition-of.ts';
import type { Limits } from '../limits.ts';
import type { Timer } from '../runtime/clock.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { answerOf, withAnswer } from './answers.ts';
import type { AlertsToArchive } from './checkpoint.ts';
import { Checkpoints } from './checkpoints.ts';
import { CommandMemory } from './command-memory.ts';
import type { Committed, HostResult } from './committed.ts';
import { ConversationPace } from './conversation-pace.ts';
import { type DecidingPort, decide, rebuild } from './deciding.ts';
import { type ChooseErased, eraseIn } from './erasing.ts';
import { Partition, type Pending } from './partition.ts';
import { type ReplayPort, replay } from './replay.ts';
import { type ConversationRequest, conversationIdOf, hashBody, type Request } from './request.ts';
import { keepEvents, type Resident } from './resident.ts';
import { Residents } from './residents.ts';
import { shownAt } from './shown-at.ts';
import { assertToldArchive } from './told-archive.ts';

/** What the host needs of the house; `server.ts` provides it. */
export interface HostPort extends DecidingPort {
  readonly journal: Journal;
  readonly limits: Limits;
  /** The conversations in which the person has something unread (READ-3). */
  unreadOf(person: PersonId): Promise<ConversationId[]>;
  /** A group is durable. Called in the order of the journal, before the commands of the group are answered. */
  committed(group: readonly Committed[]): void;
  /** Runs `work`, in which a group is told and its commands are answered: then what waits for the sockets can go. */
  together(work: () => void): void;
  /** An entry that was durable before this start and is not in the archive yet. */
  replayed(entry: JournalEntry, after: ConversationState | null): void;
  alertsToArchive(partition: number, waits: (conversation: ConversationId) => boolean): AlertsToArchive;
  /** False while the disk is too full to write. */
  writable(): boolean;
  /** Is there room for what a checkpoint writes? */
  archivable(): Promise<boolean>;
  /** The journal cannot be vouched for: nothing more may be said, the process has to end. */
  fenced(error: Error): void;
  readonly metrics: Pick<Metrics, 'commit'>;
}

export class Host {
  readonly #port: HostPort;
  readonly #memory: CommandMemory;
  readonly #partitions: Partition[] = [];
  readonly #residents: Residents;
  readonly #checkpoints: Checkpoints;
  readonly #pace: ConversationPace;
  #timers: Timer[] = [];
  #stopped = false;

  private constructor(port: HostPort) {
    this.#port = port;
    this.#memory = new CommandMemory(port.archive);
    const { residentConversationsMax: conversations, residentBytesMax: bytes } = port.limits;
    this.#residents = new Residents(port.archive, port.journal.partitions, { conversations, bytes });
    this.#checkpoints = new Checkpoints(port, this.#memory, this.#residents);
    this.#pace = new ConversationPace(port.clock, port.limits);
  }

  /** Claims every partition and replays what no checkpoint covers. Throws what the journal's port throws. */
  static async open(port: HostPort): Promise<Host> {
    const host = new Host(port);
    port.clock.raiseFloor(await port.archive.newestAt());
    for (let number = 0; number < port.journal.partitions; number += 1) await host.#recover(number);
    host.#timers = [
      port.clock.every(port.limits.checkpointIntervalMs, () => {
        for (const partition of host.#partitions) host.#checkpoints.run(partition);
      }),
      port.clock.every(port.limits.actorIdleMs, () => host.#residents.rest()),
    ];
    return host;
  }

  /** Conversations in memory. */
  get residents(): number {
    return this.#residents.size;
  }

  /** Those of them that have an actor, because something was asked of them not long ago. */
  get awake(): number {
    return this.#residents.awake;
  }

  /** Committed entries that no checkpoint covers yet: what a start would replay. */
  get tail(): number {
    return this.#partitions.reduce((sum, partition) => sum + partition.committed - partition.covered, 0);
  }

  /** Bytes of entries decided since the start; and of those, what the archive does not have yet. */
  get decidedBytes(): number {
    return this.#partitions.reduce((sum, partition) => sum + partition.decidedBytes, 0);
  }
  get waitingBytes(): number {
    return this.#partitions.reduce((sum, { decidedBytes, archivedBytes }) => sum + decidedBytes - archivedBytes, 0);
  }

  /** Up to where everything is durable and told, for each partition. */
  positions(): Position[] {
    return this.#partitions.map((partition) => partition.committed);
  }

  /**
   * Does what the person asks. `done` is called once: with the answer, after it is durable; with the first answer, for an
   * id that was used before; or with a fault. After a fence it is never called.
   */
  request(person: PersonId, id: string, request: Request, done: (result: HostResult) => void): void {
    const command = { person, id, bodyHash: hashBody(request) };
    const finish = this.#memory.claim(person, id, command.bodyHash, done);
    if (finish === null) return;
    if (request.type === 'readAll') void this.#readAll(command, request.at, finish);
    else if (request.type === 'setAlerts') {
      void this.#whenNew(command, finish, () => {
        const preferences = { person, boxes: request.preferences };
        this.#record(this.#partitionFor(person), command, { ok: {} }, finish, { preferences });
      });
    } else {
      const conversation = request.type === 'start' ? conversationIdOf(person, id) : request.conversation;
      const failed = (fault: HostResult) => void this.#whenNew(command, finish, () => finish(fault));
      this.#inTurn(conversation, failed, (resident) =>
        this.#whenNew(command, finish, () => this.#decide(resident, person, request, command, finish)),
      );
    }
  }

  /** The conversation as committed, null if there is none. */
  state(conversation: ConversationId): Promise<StoredState | null> {
    return this.#residents.state(conversation);
  }

  /** Timeline events with `from` ≤ seq ≤ `to`, ascending, the newest `limit` of them; committed ones. */
  timeline(conversation: ConversationId, from: Seq, to: Seq, limit: number): Promise<ArchivedEvent[]> {
    return this.#residents.timeline(conversation, from, to, limit);
  }

  /** What came after `position`; null if it is more than `limit` events. */
  eventsSince(conversation: ConversationId, position: Position, limit: number): Promise<EventsSince | null> {
    return this.#residents.eventsSince(conversation, position, limit);
  }

  /** Conversations that the archive's indexes may not know of yet. */
  unarchivedStates(): Iterable<StoredState> {
    return this.#residents.unarchivedStates();
  }

  /** Damaged conversations of which no index says that they are the person's. */
  lostOf(person: PersonId): Iterable<ConversationId> {
    return this.#residents.lostOf(person);
  }

  /** Brings the archive up to date, with all that there is. */
  async checkpoint(): Promise<void> {
    for (const partition of this.#partitions) await this.#checkpoints.runWhole(partition);
  }

  /** Every committed event in order of `v`, marks included. */
  events(conversation: ConversationId): AsyncIterable<ArchivedEvent> {
    return this.#residents.events(conversation);
  }

  /** ERASE-1: erases the messages of a conversation that `choose` names; resolves when that is durable and told. */
  erase(conversation: ConversationId, choose: ChooseErased): Promise<void> {
    const [partition, events] = [this.#partitionFor(conversation), this.events(conversation)];
    return new Promise((resolve, reject) => {
      const failed = () => reject(new Unavailable(`conversation ${conversation} cannot be erased in`));
      const work = (resident: Resident) => eraseIn(resident, partition, this.#port.clock, () => choose(events));
      this.#inTurn(conversation, failed, (resident) => work(resident).then(resolve));
    });
  }

  /** What the journal's files hold now is overwritten once the archive has it, whoever makes the checkpoint. */
  async rollJournal(): Promise<void> {
    for (const partition of this.#partitions) await this.#checkpoints.rollJournal(partition);
  }

  /** Everything durable goes to the archive, and the journal's files keep no byte of it. False: there is no room for it now. */
  async clearJournal(): Promise<boolean> {
    let isClear = true;
    for (const partition of this.#partitions) isClear = (await this.#checkpoints.clearJournal(partition)) && isClear;
    return isClear;
  }

  /** Takes no more requests, waits for what is under way, checkpoints and releases the partitions. */
  async close(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    while (this.#partitions.some((partition) => partition.backlog > 0) || this.#residents.busy) {
      await new Promise<void>((resolve) => void this.#port.clock.after(5, resolve));
    }
    await this.checkpoint();
    for (const partition of this.#partitions) {
      partition.close();
      await this.#port.journal.release(partition.claim);
    }
  }

  /** Of a store that cannot be vouched for: takes no more requests, and writes nothing more, no checkpoint and no release. */
  abandon(): void {
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    for (const partition of this.#partitions) partition.close();
  }

  #partitionFor(id: string): Partition {
    return this.#partitions[partitionOf(id, this.#partitions.length)] as Partition;
  }

  // ---- deciding -------------------------------------------------------------------------------------------------------

  /** Runs `work` when everything asked of this conversation before has been decided. `finish` hears of a failure. */
  #inTurn(
    conversation: ConversationId,
    finish: (result: HostResult) => void,
    work: (resident: Resident) => Promise<void> | void,
  ): void {
    const resident = this.#residents.obtain(conversation);
    resident.waiting += 1;
    resident.tail = resident.tail.then(async () => {
      try {
        await this.#residents.load(resident);
        if (resident.broken) await rebuild(this.#port, resident, this.#partitions[resident.partition] as Partition);
        await work(resident);
      } catch (error) {
        this.#port.log.error({ conversation, error: (error as Error).stack }, 'a conversation is unavailable');
        finish({ fault: error instanceof Damaged ? 'damaged' : 'unavailable' });
      } finally {
        resident.waiting -= 1;
        this.#residents.forgetIfNothing(resident);
      }
    });
  }

  /** CMD-1: `work` unless the id was answered before; a fault where nothing can be taken on. */
  async #whenNew(
    command: Omit<Remembered, 'answer'>,
    finish: (result: HostResult) => void,
    work: () => void,
  ): Promise<void> {
    try {
      const known = await this.#memory.recall(command.person, command.id, command.bodyHash);
      if (known !== null) return finish(known);
      if (this.#stopped) return finish({ fault: 'unavailable' });
      if (!this.#port.writable()) return finish({ fault: 'read-only' });
      const { pendingEntriesMax, replayEntriesMax } = this.#port.limits;
      const backlog = this.#partitions.reduce((most, partition) => Math.max(most, partition.backlog), 0);
      if (backlog >= pendingEntriesMax || this.tail >= replayEntriesMax) return finish({ fault: 'busy' });
      work();
    } catch (error) {
      this.#port.log.error({ person: command.person, error: (error as Error).stack }, 'a command failed');
      finish({ fault: error instanceof Damaged ? 'damaged' : 'internal' });
    }
  }

  #decide(
    resident: Resident,
    by: PersonId,
    request: ConversationRequest,
    command: Omit<Remembered, 'answer'> | null,
    finish: (result: HostResult) => void,
  ): void {
    const partition = this.#partitions[resident.partition] as Partition;
    const retryAfterMs = this.#pace.waitMs(resident, request, by);
    if (retryAfterMs > 0) return finish({ fault: 'conversation-limited', retryAfterMs });
    const decision = decide(this.#port, resident, request, by);
    if (decision === null) return finish({ fault: 'internal' });
    this.#residents.asked(resident);
    const { outcome } = decision;
    if ('refusal' in outcome) {
      const refused = { refused: outcome.refusal.name };
      // Decided on what may not be durable yet, and told by an entry that may be in another partition (law 1).
      if (command === null) return partition.afterBacklog(() => finish(refused));
      return this.#record(partition, command, refused, finish);
    }
    const after = decision.after as ConversationState;
    this.#pace.decided(resident, request, after);
    const answer = answerOf(outcome.events, after);
    const entry: JournalEntry = {
      position: partition.nextPosition,
      at: (outcome.events[0] as { at: number }).at,
      conversation: resident.id,
      events: outcome.events,
      preferences: null,
      command: command === null ? null : withAnswer(command, answer),
    };
    resident.pending += 1;
    partition.enqueue({ entry, resident, after, done: () => finish(answer) });
  }

  /** READ-3: every conversation with something unread, each up to what stands at these positions. */
  async #readAll(
    command: Omit<Remembered, 'answer'>,
    at: readonly Position[],
    finish: (result: HostResult) => void,
  ): Promise<void> {
    const { person } = command;
    await this.#whenNew(command, finish, () => {
      void (async () => {
        let marked = 0;
        for (const conversation of await this.#port.unreadOf(person)) {
          const position = at[partitionOf(conversation, this.#partitions.length)] ?? 0;
          const upTo = await shownAt(this, conversation, position, person);
          if (upTo > 0 && 'ok' in (await this.#read(conversation, person, upTo))) marked += 1;
        }
        const answer: Answer = marked === 0 ? { refused: 'read-nothing-unread' } : { ok: { conversations: marked } };
        this.#record(this.#partitionFor(person), command, answer, finish);
      })().catch((error: Error) => {
        this.#port.log.error({ person, error: error.stack }, 'Mark All Read failed');
        finish({ fault: 'internal' });
      });
    });
  }

  #read(conversation: ConversationId, person: PersonId, upTo: Seq): Promise<HostResult> {
    return new Promise((resolve) => {
      this.#inTurn(conversation, resolve, (resident) =>
        this.#decide(resident, person, { type: 'read', conversation, upTo }, null, resolve),
      );
    });
  }

  /** An entry without events: a refusal, preferences, the end of Mark All Read. */
  #record(
    partition: Partition,
    command: Omit<Remembered, 'answer'>,
    answer: Answer,
    finish: (result: HostResult) => void,
    extra: Partial<Pick<JournalEntry, 'preferences'>> = {},
  ): void {
    const entry: JournalEntry = {
      position: partition.nextPosition,
      at: this.#port.clock.tick(),
      conversation: null,
      events: [],
      preferences: null,
      ...extra,
      command: withAnswer(command, answer),
    };
    partition.enqueue({ entry, resident: null, after: null, done: () => finish(answer) });
  }

  // ---- behind the commit ----------------------------------------------------------------------------------------------

  #released(partition: Partition, group: readonly Pending[], ms: number): void {
    const committed: Committed[] = [];
    for (const { entry, resident, after } of group) {
      const before = resident?.state ?? null;
      if (resident !== null) resident.pending -= 1;
      this.#keep(partition, entry, resident, after);
      committed.push({ partition: partition.claim.partition, entry, before, after });
    }
    this.#port.metrics.commit(ms, group.length);
    this.#port.together(() => {
      this.#port.committed(committed);
      for (const { done } of group) done();
    });
    if (partition.committed - partition.archived >= this.#port.limits.checkpointEntries)
      this.#checkpoints.run(partition);
  }

  /** Notes a durable entry: the conversation's state moves on, and a checkpoint will take it over. */
  #keep(partition: Partition, entry: JournalEntry, resident: Resident | null, after: ConversationState | null): void {
    if (entry.command !== null)
      this.#memory.remember(partition.claim.partition, entry.position, entry.at, entry.command);
    if (resident === null || after === null) return;
    resident.state = after;
    resident.position = entry.position;
    keepEvents(resident, entry);
    this.#residents.markDirty(resident);
  }

  async #recover(number: number): Promise<void> {
    const { journal, clock, limits, log, replayed } = this.#port;
    const claim = await journal.claim(number);
    await assertToldArchive(this.#port.archive, claim);
    const partition = new Partition(claim, {
      journal,
      clock,
      limits,
      released: (which, group, ms) => this.#released(which, group, ms),
      fenced: (error) => this.#port.fenced(error),
    });
    this.#partitions.push(partition);
    const replaying: ReplayPort = { residents: this.#residents, log, replayed, keep: (...what) => this.#keep(...what) };
    for await (const entry of journal.replay(claim)) {
      clock.raiseFloor(entry.at);
      await replay(replaying, partition, entry);
    }
  }
}
