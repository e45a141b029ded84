/** How much of a list has been loaded, and what of the conversations held belongs to it. */
import type { ListCursor } from '../wire/frames.ts';
import { compareThreads, type Thread } from './thread.ts';

export class Listing {
  /** Where the next page begins; null = all pages are here; undefined = not even the first. */
  next: ListCursor | null | undefined = undefined;
  /** With a filter: what matches it. */
  readonly only: Set<string> | null;
  /** Person whom every conversation of the list has to show (LIST-4). */
  readonly person: string | null;

  constructor(person: string | null) {
    this.person = person;
    this.only = person === null ? null : new Set();
  }

  /**
   * In order. A conversation behind the last page loaded is held back even where it is known, or the list would have a
   * hole before it (LIST-2).
   */
  of(threads: ReadonlyMap<string, Thread>): Thread[] {
    if (this.next === undefined) return [];
    return [...threads.values()].filter((thread) => this.#includes(thread)).sort(compareThreads);
  }

  /** Is this place within the pages loaded? */
  shows({ order, conversation }: ListCursor): boolean {
    const last = this.next;
    if (last === null || last === undefined) return true;
    return order > last.order || (order === last.order && conversation >= last.conversation);
  }

  #includes({ card }: Thread): boolean {
    return (this.only === null || this.only.has(card.conversation)) && this.shows(card);
  }
}

/** Does the copy show the person? Null: what is held does not tell. */
export function showsPerson(thread: Thread, person: string): boolean | null {
  const { card, entries, from } = thread;
  if (card.participants.includes(person)) return true;
  for (const entry of entries) {
    if (entry.by === person || (entry.kind === 'joined' && entry.who === person)) return true;
  }
  // In one unbroken stretch that is held whole, nobody can have been there without a trace.
  return card.visible.length === 1 && card.visible[0]?.[0] === from ? false : null;
}
