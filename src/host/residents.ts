/**
 * The conversations in memory, and reading them: as committed, whether a checkpoint has taken them over or not. One that
 * is not here is wholly in the archive, because only what is behind a checkpoint is passivated.
 */
import type { ConversationId, PersonId, Seq } from '../conversation/commands.ts';
import { erasedBy, withoutText } from '../conversation/erasing.ts';
import { type ConversationEvent, isTimelineEvent } from '../conversation/events.ts';
import type { Archive, EventsSince, StoredState } from '../journal/archive.ts';
import type { ArchivedEvent, Position } from '../journal/entry.ts';
import type { Damaged } from '../journal/journal.ts';
import { partitionOf } from '../journal/partition-of.ts';
import { Awake } from './awake.ts';
import { bytesOf, createResident, hasWork, isIdle, letActorGo, type Resident } from './resident.ts';

/** How many are looked at for one that comes: what is in use, or in no archive yet, is passed over time and again. */
const looksMax = 1_000;

interface Lost {
  readonly damaged: Damaged;
  readonly people: Set<PersonId>;
}

/** What may be kept in memory; more only where no checkpoint has taken it over. */
export interface ResidentBudget {
  readonly conversations: number;
  readonly bytes: number;
}

export class Residents {
  readonly #archive: Archive;
  readonly #partitions: number;
  readonly #budget: ResidentBudget;
  #bytes = 0;
  readonly #all = new Map<ConversationId, Resident>();
  /** Those of which the archive's part and the journal's do not come together, and why. */
  readonly #lost = new Map<ConversationId, Lost>();
  /**
   * Goes round, and drops what has not been asked for since it came by last: the CLOCK algorithm. Keeping an exact order of
   * last use would take an entry out of a map and put it in again for every command.
   */
  #hand: Iterator<Resident> = this.#all.values();
  readonly #awake = new Awake();
  /** Those with events that the archive lacks, for each partition. */
  readonly #dirty: Set<Resident>[];

  constructor(archive: Archive, partitions: number, budget: ResidentBudget) {
    this.#archive = archive;
    this.#partitions = partitions;
    this.#budget = budget;
    this.#dirty = Array.from({ length: partitions }, () => new Set<Resident>());
  }

  get size(): number {
    return this.#all.size;
  }

  /** How many of them have an actor. */
  get awake(): number {
    return this.#awake.size;
  }

  /** Something is asked of a conversation and not answered yet. */
  get busy(): boolean {
    for (const resident of this.#all.values()) if (hasWork(resident)) return true;
    return false;
  }

  /** The conversation's place in memory, whether it exists or not; `load` before it is used. */
  obtain(conversation: ConversationId): Resident {
    let resident = this.#all.get(conversation);
    if (resident === undefined) {
      this.#passivate(this.#budget.conversations - 1);
      resident = createResident(conversation, partitionOf(conversation, this.#partitions));
      this.#all.set(conversation, resident);
    } else resident.used = true;
    return resident;
  }

  /**
   * Nothing is told of the conversation, and nothing decided in it, until it has been restored. `events`: of the journal,
   * which no index knows of. False: it was lost already.
   */
  lose(conversation: ConversationId, damaged: Damaged, events: readonly ConversationEvent[]): boolean {
    const before = this.#lost.get(conversation);
    const lost = before ?? { damaged, people: new Set() };
    for (const event of events) for (const person of comingIn(event)) lost.people.add(person);
    this.#lost.set(conversation, lost);
    return before === undefined;
  }

  /** Those of the lost ones that a person came into with what is in the journal alone. */
  *lostOf(person: PersonId): Iterable<ConversationId> {
    for (const [conversation, { people }] of this.#lost) if (people.has(person)) yield conversation;
  }

  /** Throws `Damaged`, as every read does. */
  async load(resident: Resident): Promise<void> {
    this.#expectNotLost(resident.id);
    if (resident.loaded) return;
    const stored = await this.#archive.newestState(resident.id);
    resident.state = stored?.state ?? null;
    resident.position = stored?.position ?? 0;
    resident.loaded = true;
    this.#weigh(resident);
  }

  /** Nobody has to remember a conversation that does not exist. */
  forgetIfNothing(resident: Resident): void {
    if (resident.state === null && isIdle(resident)) this.#drop(resident);
  }

  /** Its actor was asked something. */
  asked(resident: Resident): void {
    if (this.#awake.asked(resident)) this.#weigh(resident);
  }

  /** Lets the actors go of which nothing was asked since this was called last. */
  rest(): void {
    this.#awake.rest((resident) => this.#weigh(resident));
  }

  /** Its state has moved on. */
  markDirty(resident: Resident): void {
    this.dirty(resident.partition).add(resident);
    this.#weigh(resident);
  }
  markClean(resident: Resident): void {
    this.dirty(resident.partition).delete(resident);
    this.#passivate(this.#budget.conversations);
  }
  /** Has it events that the archive lacks? */
  isDirty(conversation: ConversationId): boolean {
    const resident = this.#all.get(conversation);
    return resident !== undefined && this.dirty(resident.partition).has(resident);
  }
  dirty(partition: number): Set<Resident> {
    return this.#dirty[partition] as Set<Resident>;
  }

  // ---- reading --------------------------------------------------------------------------------------------------------

  async state(conversation: ConversationId): Promise<StoredState | null> {
    this.#expectNotLost(conversation);
    const resident = this.#all.get(conversation);
    if (!resident?.loaded) return this.#archive.state(conversation);
    return resident.state === null ? null : { state: resident.state, position: resident.position };
  }

  async timeline(conversation: ConversationId, from: Seq, to: Seq, limit: number): Promise<ArchivedEvent[]> {
    this.#expectNotLost(conversation);
    // Taken before the archive is asked: a checkpoint may move them there meanwhile.
    const erased = this.#erased(conversation);
    const fresh = this.#unarchived(conversation, isTimelineEvent).filter(
      ({ event }) => 'seq' in event && event.seq >= from && event.seq <= to,
    );
    if (fresh.length >= limit) return fresh.slice(-limit);
    const older = await this.#archive.timeline(conversation, from, to, limit);
    return this.#asErased(conversation, joined(older, fresh), erased).slice(-limit);
  }

  /** What came after `position`; null if it is more than `limit` events. */
  async eventsSince(conversation: ConversationId, position: Position, limit: number): Promise<EventsSince | null> {
    this.#expectNotLost(conversation);
    // Taken before the archive is asked: a checkpoint may move them there meanwhile.
    const erased = this.#erased(conversation);
    const unarchived = this.#unarchived(conversation, () => true);
    const fresh = unarchived.filter((event) => event.position > position);
    const older = await this.#archive.eventsSince(conversation, position, limit);
    if (older === null) return null;
    const events = this.#asErased(conversation, joined(older.events, fresh), erased);
    const after = Math.max(older.after, unarchived[unarchived.length - fresh.length - 1]?.event.v ?? 0);
    return events.length > limit ? null : { after, events };
  }

  /** Every event in order of `v`, marks included. */
  async *events(conversation: ConversationId): AsyncIterable<ArchivedEvent> {
    this.#expectNotLost(conversation);
    const erased = this.#erased(conversation);
    const fresh = this.#unarchived(conversation, () => true);
    const first = fresh[0]?.event.v ?? Number.POSITIVE_INFINITY;
    for await (const archived of this.#archive.events(conversation)) {
      if (archived.event.v >= first) break;
      yield* this.#asErased(conversation, [archived], erased);
    }
    yield* this.#asErased(conversation, fresh, erased);
  }

  *unarchivedStates(): Iterable<StoredState> {
    for (const dirty of this.#dirty) {
      for (const { state, position } of dirty) if (state !== null) yield { state, position };
    }
  }

  #expectNotLost(conversation: ConversationId): void {
    const lost = this.#lost.get(conversation);
    if (lost !== undefined) throw lost.damaged;
  }

  #unarchived(conversation: ConversationId, which: (event: ConversationEvent) => boolean): ArchivedEvent[] {
    return this.#all.get(conversation)?.unarchived.filter(({ event }) => which(event)) ?? [];
  }

  /** ERASE-1: messages whose erasure no checkpoint has taken over: the archive still has their text. */
  #erased(conversation: ConversationId): Set<Seq> {
    return erasedBy(this.#unarchived(conversation, isMark).map(({ event }) => event));
  }

  /** Without the text of what was erased before it was read (`erased`), or while it was. */
  #asErased(conversation: ConversationId, events: ArchivedEvent[], erased: Set<Seq>): ArchivedEvent[] {
    for (const seq of this.#erased(conversation)) erased.add(seq);
    return erased.size === 0 ? events : events.map((one) => ({ ...one, event: withoutText(one.event, erased) }));
  }

  /** Drops conversations that have been idle for long, beyond the budget; the archive has all of them. */
  #passivate(conversations: number): void {
    for (let looks = 0; looks < looksMax; looks += 1) {
      if (this.#all.size <= conversations && this.#bytes <= this.#budget.bytes) return;
      const { done, value: resident } = this.#hand.next();
      if (done) this.#hand = this.#all.values();
      else if (resident.used) resident.used = false;
      else if (isIdle(resident)) this.#drop(resident);
    }
  }

  #drop(resident: Resident): void {
    letActorGo(resident);
    this.#all.delete(resident.id);
    this.#bytes -= resident.bytes;
  }

  #weigh(resident: Resident): void {
    const bytes = bytesOf(resident);
    this.#bytes += bytes - resident.bytes;
    resident.bytes = bytes;
  }
}

/** Archived and fresh events of one conversation: a checkpoint may just have moved some from here to there. */
function joined(older: readonly ArchivedEvent[], fresh: readonly ArchivedEvent[]): ArchivedEvent[] {
  const seen = older[older.length - 1]?.event.v ?? 0;
  return [...older, ...fresh.filter(({ event }) => event.v > seen)];
}

function comingIn(event: ConversationEvent): readonly PersonId[] {
  if (event.type === 'started') return [event.by, ...event.people];
  return event.type === 'joined' ? [event.who] : [];
}

function isMark(event: ConversationEvent): boolean {
  return !isTimelineEvent(event);
}
