/**
 * One conversation in memory: the state as committed, the actor that decides ahead of it, and what no checkpoint has
 * taken over yet. `state` and `unarchived` change together, when a group is durable; everything that leaves the process
 * is made from them.
 */
import type { ConversationId } from '../conversation/commands.ts';
import { erasedBy, withoutText } from '../conversation/erasing.ts';
import type { ConversationActor } from '../conversation/machine.ts';
import type { ConversationState } from '../conversation/state.ts';
import type { ArchivedEvent, JournalEntry, Position } from '../journal/entry.ts';

export interface Resident {
  readonly id: ConversationId;
  readonly partition: number;
  /** As committed; null = there is no such conversation. */
  state: ConversationState | null;
  /** Position of the newest entry in `state`. */
  position: Position;
  /** Committed events that the archive does not hold yet, in order. */
  unarchived: ArchivedEvent[];
  /** Null until a command comes, and once none has come for a while. Its state is ahead of `state` while groups are under way. */
  actor: ConversationActor | null;
  /** Decided commands whose group is not durable yet. */
  pending: number;
  /** Commands not yet decided. They are decided one after the other, in the order in which they came. */
  waiting: number;
  tail: Promise<void>;
  /** When its deliveries so far are paid off, in monotonic milliseconds: what it costs everybody else is bounded. */
  paidOffMs: number;
  loaded: boolean;
  /** Its actor has been asked something since whoever lets actors go came by. */
  asked: boolean;
  /** Asked for again since whoever makes room came by. */
  used: boolean;
  /** Its rules threw: nothing is decided before it has been rebuilt. */
  broken: boolean;
  /** What it was last reckoned to take in memory. */
  bytes: number;
}

export function createResident(id: ConversationId, partition: number): Resident {
  return {
    id,
    partition,
    state: null,
    position: 0,
    unarchived: [],
    actor: null,
    pending: 0,
    waiting: 0,
    tail: Promise.resolve(),
    paidOffMs: 0,
    loaded: false,
    asked: false,
    used: false,
    broken: false,
    bytes: 0,
  };
}

/** Of a conversation's place in the host's maps, with its state; of an actor; of a member's stints and marks; of a notice. */
const [placeBytes, actorBytes, memberBytes, noticeBytes] = [900, 5_000, 350, 8];

/** About what the conversation takes in memory: its people and notices are what makes one larger than another. */
export function bytesOf({ state, actor }: Resident): number {
  const bytes = placeBytes + (actor === null ? 0 : actorBytes);
  return state === null ? bytes : bytes + state.members.size * memberBytes + state.notices.length * noticeBytes;
}

/** Keeps the entry's events for the next checkpoint; what they erase is in memory no longer than that. */
export function keepEvents(resident: Resident, { events, position }: JournalEntry): void {
  for (const event of events) resident.unarchived.push({ position, event });
  const erased = erasedBy(events);
  if (erased.size === 0) return;
  resident.unarchived = resident.unarchived.map((one) => ({ ...one, event: withoutText(one.event, erased) }));
}

/** Something is asked of it and not answered yet. */
export function hasWork(resident: Resident): boolean {
  return resident.waiting > 0 || resident.pending > 0;
}

/** May be dropped from memory: the archive has all of it and nobody is at work on it. */
export function isIdle(resident: Resident): boolean {
  return !hasWork(resident) && resident.unarchived.length === 0;
}

/** The next command has one made of `state`: not before all that this one has decided is committed, or thrown away. */
export function letActorGo(resident: Resident): void {
  resident.actor?.stop();
  resident.actor = null;
}
