/**
 * One person's list: every conversation they ever were a member of, with what its place and the badge need. A row is
 * computed from the committed state by the same functions that the rules use; the badge is a count over the rows
 * (LIST-6).
 */
import type { ConversationId, Micros, PersonId, RecordRef } from '../conversation/commands.ts';
import type { ConversationState, Member } from '../conversation/state.ts';
import { listOrderOf, unreadBy } from '../conversation/visibility.ts';
import type { Position } from '../journal/entry.ts';

export interface Row {
  readonly conversation: ConversationId;
  readonly about: RecordRef | null;
  /** Null = the person has no copy: not in the list. */
  readonly order: Micros | null;
  readonly unread: number;
  /** Position of the newest entry that concerned this person; of a row that was loaded, of the newest entry at all. */
  readonly position: Position;
}

/** A place in a list: that of a conversation which stands there, or did when a page was asked for. */
export interface Cursor {
  readonly order: Micros;
  readonly conversation: ConversationId;
}

/** Rows that many lists have in common bring themselves up to date when somebody looks. */
export interface Shared {
  into(list: Sidebar): void;
}

/** A row of the list. */
type Listed = Row & Cursor;

export class Sidebar {
  readonly person: PersonId;
  /** Resolves when every conversation of the archive is in; changes meanwhile are in already. */
  ready: Promise<void> = Promise.resolve();
  /** Is every conversation in? Until then the badge counts a part of the list and is nobody's to be told. */
  complete = false;
  #rows = new Map<ConversationId, Row>();
  /** Kept in order from the first time that somebody asks; only order and conversation of its rows are up to date. */
  #sorted: Listed[] | null = null;
  readonly #shared = new Set<Shared>();
  #badge = 0;
  /** What is stored of these conversations is damaged, so that neither list nor badge can tell of them. */
  #unavailable = 0;

  constructor(person: PersonId) {
    this.person = person;
  }

  get badge(): number {
    return this.#badge;
  }

  /** How many of the person's conversations are neither in the list nor in the badge, because they cannot be told. */
  get unavailable(): number {
    return this.#unavailable;
  }

  /** One more of those. */
  lacksOne(): void {
    this.#unavailable += 1;
  }

  rows(): Iterable<Row> {
    this.#lookUpShared();
    return this.#rows.values();
  }

  /** From now on the row brings what it says into the list, none of which concerns the badge. */
  share(row: Shared): void {
    this.#shared.add(row);
  }
  /** Not any more, behind the last time. */
  unshare(row: Shared): void {
    row.into(this);
    this.#shared.delete(row);
  }

  /** Takes the state over, unless a newer one is in already. `member`: this person, in that state. True: the badge is another. */
  update(
    state: ConversationState,
    position: Position,
    member: Member | undefined = state.members.get(this.person),
  ): boolean {
    const before = this.#rows.get(state.id);
    if (before !== undefined && before.position > position) return false;
    const row: Row = {
      conversation: state.id,
      about: state.about,
      order: member === undefined ? null : listOrderOf(state, member),
      unread: member === undefined ? 0 : unreadBy(state, member),
      position,
    };
    const step = counts(row) - counts(before);
    this.#badge += step;
    this.#rows.set(state.id, row);
    if (this.#sorted !== null && row.order !== before?.order) move(this.#sorted, before, row);
    return step !== 0;
  }

  /** The list as it is now, newest first, behind `before`; what is deleted while it is walked is left out. */
  *after(before: Cursor | null): Iterable<Listed> {
    this.#lookUpShared();
    this.#sorted ??= [...this.#rows.values()].filter(isListed).sort(inOrder);
    const start = before === null ? 0 : firstBehind(this.#sorted, before);
    for (const row of this.#sorted.slice(start)) {
      if (this.#rows.get(row.conversation)?.order !== null) yield row;
    }
  }

  #lookUpShared(): void {
    for (const row of this.#shared) row.into(this);
  }
}

/** The order of lists and tabs, newest first (LIST-1). Negative: `a` stands before `b`. */
export function inOrder(a: Cursor, b: Cursor): number {
  if (a.order !== b.order) return b.order - a.order;
  return a.conversation > b.conversation ? -1 : a.conversation < b.conversation ? 1 : 0;
}

function isListed(row: Row): row is Listed {
  return row.order !== null;
}

function counts(row: Row | undefined): number {
  return row !== undefined && isListed(row) && row.unread > 0 ? 1 : 0;
}

/** A message moves one row of ten thousand: finding its places is cheap, sorting anew is not. */
function move(sorted: Listed[], before: Row | undefined, row: Row): void {
  if (before !== undefined && isListed(before)) sorted.splice(firstBehind(sorted, before) - 1, 1);
  if (isListed(row)) sorted.splice(firstBehind(sorted, row), 0, row);
}

function firstBehind(sorted: readonly Listed[], cursor: Cursor): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (inOrder(sorted[middle] as Listed, cursor) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
