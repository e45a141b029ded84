/** How much of a list has been loaded, and what of the conversations held belongs to it. */
import type { ListCursor } from '../wire/frames.ts';
import type { Thread } from './thread.ts';

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
    return [...threads.values()].filter((thread) => this.includes(thread)).sort((a, b) => inOrder(a.card, b.card));
  }

  /** Is this place within the pages loaded? */
  shows(place: ListCursor): boolean {
    const last = this.next;
    return last === null || last === undefined || inOrder(place, last) <= 0;
  }

  includes({ card }: Thread): boolean {
    return (this.only === null || this.only.has(card.conversation)) && this.shows(card);
  }
}

/** Order of lists (LIST-1): newest first, then the higher id first. */
export function inOrder(a: ListCursor, b: ListCursor): number {
  if (a.order !== b.order) return b.order - a.order;
  if (a.conversation === b.conversation) return 0;
  return a.conversation < b.conversation ? 1 : -1;
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
