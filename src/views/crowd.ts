/**
 * Large conversations that go on. For nearly everyone in them a message means the same, so that it is dealt with once for
 * all of them and nobody is looked at. Whoever it means something else for stands aside and is dealt with alone: its author,
 * people whose own part in the conversation has changed since the last message, and whoever cannot be among the others yet.
 * They are among them again behind the next message.
 */
import type { ConversationId, PersonId } from '../conversation/commands.ts';
import type { Replied } from '../conversation/events.ts';
import type { ConversationState, Member } from '../conversation/state.ts';
import { isParticipant, participants } from '../conversation/visibility.ts';
import type { Limits } from '../limits.ts';
import { type Change, forEachConcerned, movedIn } from './change.ts';

export interface CrowdsPort {
  readonly clock: { monotonicMs(): number };
  readonly limits: Pick<Limits, 'crowdMin' | 'crowdsMax' | 'crowdIdleMs'>;
}

/** One conversation's. Each participant who is here is in it, with what `enter` returned, or aside. */
export abstract class Crowd<Place> {
  readonly #inside = new Map<PersonId, Place>();
  readonly #aside = new Set<PersonId>();
  #state: ConversationState;

  constructor(state: ConversationState) {
    this.#state = state;
  }

  /** As of the newest change that it was told of. */
  protected get state(): ConversationState {
    return this.#state;
  }

  /** A message of `by` leads to `state`: `together` deals with everyone inside, `alone` with each of those aside. */
  protected message(
    state: ConversationState,
    by: PersonId,
    together: () => void,
    alone: (person: PersonId, member: Member) => void,
  ): void {
    this.moved(state, [by]);
    together();
    for (const person of this.#aside) {
      alone(person, state.members.get(person) as Member);
      // Dealing with them may have ended their sessions.
      if (person !== by && this.#aside.has(person)) this.#admit(person);
    }
  }

  /** Something else led to `state`, and everyone was dealt with alone. The part of these people in it is another. */
  moved(state: ConversationState, people: readonly PersonId[]): void {
    for (const person of people) this.#dismiss(person);
    this.#state = state;
    for (const person of people) this.#putAside(person);
  }

  /** The person has come, gone, or cannot be inside for now. */
  changed(person: PersonId): void {
    this.moved(this.#state, [person]);
  }

  close(): void {
    for (const person of [...this.#inside.keys()]) this.#dismiss(person);
  }

  /** Is there anything to be done for this person? */
  protected abstract isHere(person: PersonId): boolean;
  /** Null: not now. */
  protected abstract enter(person: PersonId): Place | null;
  /** `state` is still what it was while they were inside. */
  protected abstract leave(place: Place): void;

  #admit(person: PersonId): void {
    const place = this.enter(person);
    if (place === null) return;
    this.#inside.set(person, place);
    this.#aside.delete(person);
  }

  #dismiss(person: PersonId): void {
    const place = this.#inside.get(person);
    if (place === undefined) return;
    this.#inside.delete(person);
    this.leave(place);
  }

  #putAside(person: PersonId): void {
    if (isParticipant(this.#state, person) && this.isHere(person)) this.#aside.add(person);
    else this.#aside.delete(person);
  }
}

/** Those that there are. */
export class Crowds<C extends Crowd<unknown>> {
  readonly #port: CrowdsPort;
  readonly #open: (state: ConversationState) => C;
  readonly #crowds = new Map<ConversationId, { readonly crowd: C; usedMs: number }>();

  constructor(port: CrowdsPort, open: (state: ConversationState) => C) {
    this.#port = port;
    this.#open = open;
  }

  /**
   * Deals with a change: `inCrowd` with a message to a crowd; with everything else `oneByOne`, called for each person whom it
   * concerns, which says how many (sessions, lists) it dealt with. Returns what `inCrowd` does, or the sum.
   */
  dealWith<T>(
    change: Change,
    inCrowd: (crowd: C, message: Replied) => T,
    oneByOne: (person: PersonId, member: Member) => number,
  ): T | number {
    const { entry, after } = change;
    const [event] = entry.events;
    if (event === undefined || after === null) return 0;
    const known = this.#crowds.get(after.id);
    if (event.type === 'replied' && known !== undefined) {
      known.usedMs = this.#port.clock.monotonicMs();
      return inCrowd(known.crowd, event);
    }
    let count = 0;
    forEachConcerned(change, (person, member) => {
      count += oneByOne(person, member);
    });
    if (event.type === 'replied') this.#add(after, count);
    else known?.crowd.moved(after, movedIn(change));
    return count;
  }

  /** As each crowd's. */
  changed(person: PersonId): void {
    for (const { crowd } of this.#crowds.values()) crowd.changed(person);
  }

  /** A message that led to `state` was dealt with for so many one by one: are they a crowd? */
  #add(state: ConversationState, count: number): void {
    const { limits, clock } = this.#port;
    if (count < limits.crowdMin) return;
    if (this.#crowds.size >= limits.crowdsMax) this.#closeIdle();
    if (this.#crowds.size >= limits.crowdsMax) return;
    const crowd = this.#open(state);
    this.#crowds.set(state.id, { crowd, usedMs: clock.monotonicMs() });
    crowd.moved(state, participants(state));
  }

  #closeIdle(): void {
    const since = this.#port.clock.monotonicMs() - this.#port.limits.crowdIdleMs;
    for (const [conversation, { crowd, usedMs }] of this.#crowds) {
      if (usedMs > since) continue;
      crowd.close();
      this.#crowds.delete(conversation);
    }
  }
}
