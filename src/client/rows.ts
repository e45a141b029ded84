/**
 * What a list shows, kept from one snapshot to the next, so that a change costs the conversations that changed: their
 * places are found by halving, and the others are neither filtered nor sorted nor looked up again.
 */
import { inOrder, type Listing } from './listing.ts';
import { sameItems } from './store.ts';
import type { Thread } from './thread.ts';
import type { ConversationView, Views } from './view.ts';

/** The conversations that are held, and how one of them is shown: the identical view until something in it changes. */
interface Shown {
  readonly threads: ReadonlyMap<string, Thread>;
  view(thread: Thread, views: Views): ConversationView;
}

export class Rows {
  #listing: Listing | null = null;
  #next: Listing['next'];
  #names = -1;
  #rows: readonly ConversationView[] = [];
  readonly #shown = new Map<string, ConversationView>();
  readonly #changed = new Set<string>();

  /** Something of this conversation may be other than it was at the last snapshot. */
  changed(conversation: string): void {
    this.#changed.add(conversation);
  }

  /** Nothing is as it was. */
  reset(): void {
    this.#listing = null;
  }

  /** Newest first (LIST-1). The identical array until something in it changes. */
  of(listing: Listing, held: Shown, views: Views): readonly ConversationView[] {
    const isOther = listing !== this.#listing || listing.next !== this.#next || views.names !== this.#names;
    if (isOther) this.#fill(listing, held, views);
    else if (this.#changed.size > 0) this.#update(listing, held, views);
    this.#changed.clear();
    return this.#rows;
  }

  #fill(listing: Listing, held: Shown, views: Views): void {
    this.#listing = listing;
    this.#next = listing.next;
    this.#names = views.names;
    const rows = listing.of(held.threads).map((thread) => held.view(thread, views));
    if (sameItems(this.#rows, rows)) return;
    this.#rows = rows;
    this.#shown.clear();
    for (const row of rows) this.#shown.set(row.id, row);
  }

  #update(listing: Listing, held: Shown, views: Views): void {
    const rows = [...this.#rows];
    let isOther = false;
    for (const conversation of this.#changed) {
      const thread = held.threads.get(conversation);
      const before = this.#shown.get(conversation);
      const after = thread !== undefined && listing.includes(thread) ? held.view(thread, views) : undefined;
      if (before === after) continue;
      isOther = true;
      if (before !== undefined) rows.splice(placeOf(before, rows), 1);
      if (after === undefined) this.#shown.delete(conversation);
      else {
        rows.splice(placeOf(after, rows), 0, after);
        this.#shown.set(conversation, after);
      }
    }
    if (isOther) this.#rows = rows;
  }
}

/** Where it stands, or would. */
function placeOf(row: ConversationView, rows: readonly ConversationView[]): number {
  const place = { order: row.order, conversation: row.id };
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { order, id } = rows[middle] as ConversationView;
    if (inOrder({ order, conversation: id }, place) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
