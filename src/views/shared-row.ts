/**
 * The row of a large conversation in the lists of everyone who has unread messages of it: one more changes neither their
 * badge nor anything that the state does not say, so their lists look it up when somebody asks for them.
 */
import type { PersonId } from '../conversation/commands.ts';
import type { ConversationState, Member } from '../conversation/state.ts';
import type { Position } from '../journal/entry.ts';
import { Crowd } from './crowd.ts';
import type { Sidebar } from './sidebar.ts';

export class SharedRow extends Crowd<Sidebar> {
  readonly #lists: ReadonlyMap<PersonId, Sidebar>;
  /** Of the newest message. */
  #position: Position = 0;

  /** `lists`: of those that are in memory. */
  constructor(lists: ReadonlyMap<PersonId, Sidebar>, state: ConversationState) {
    super(state);
    this.#lists = lists;
  }

  /** A message of `by` leads to `state`; `update` brings it into one person's list. */
  replied(
    state: ConversationState,
    position: Position,
    by: PersonId,
    update: (person: PersonId, member: Member) => void,
  ): void {
    this.message(
      state,
      by,
      () => {
        this.#position = position;
      },
      update,
    );
  }

  /** Brings one list up to date. Nobody's badge becomes another one by that. */
  into(list: Sidebar): void {
    list.update(this.state, this.#position);
  }

  protected isHere(person: PersonId): boolean {
    return this.#lists.has(person);
  }

  /** Whoever is in, and has been told of the last message, which another one wrote, has something unread. */
  protected enter(person: PersonId): Sidebar | null {
    const list = this.#lists.get(person) ?? null;
    list?.share(this);
    return list;
  }

  protected leave(list: Sidebar): void {
    list.unshare(this);
  }
}
