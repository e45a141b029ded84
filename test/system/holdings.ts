/** Conversations as a client holds them in one view, kept up to date by the rules of `protocol/PROTOCOL.md`. */
import type { Card, Entry } from '../../src/wire/frames.ts';

export interface Held {
  card: Omit<Card, 'entries' | 'from' | 'more'>;
  /** Everything visible from this seq on is in `entries`. */
  from: number;
  entries: Entry[];
}

export class Holdings {
  readonly #reader: string;
  readonly #view: 'sidebar' | 'tab';
  readonly #held = new Map<string, Held>();

  constructor(reader: string, view: 'sidebar' | 'tab') {
    this.#reader = reader;
    this.#view = view;
  }

  /** Newest first. */
  all(): Held[] {
    return [...this.#held.values()].sort((a, b) => b.card.order - a.card.order);
  }

  clear(): void {
    this.#held.clear();
  }

  /** False: it was not held. */
  drop(conversation: string): boolean {
    return this.#held.delete(conversation);
  }

  of(conversation: string): Held {
    const held = this.#held.get(conversation);
    if (held === undefined) throw new Error(`news of what is not held: ${conversation}`);
    return held;
  }

  /** "Merging a card." */
  merge({ entries, from, more: _, ...card }: Card): void {
    const shows = (seq: number) => card.visible.some(([first, last]) => first <= seq && seq <= last);
    if (entries.some(({ seq }) => !shows(seq))) throw new Error('a card has entries outside of what it calls visible');
    const before = this.#held.get(card.conversation);
    const continues = before !== undefined && from <= endOf(before) + 1;
    const kept = continues ? before.entries.filter(({ seq }) => seq < from && shows(seq)) : [];
    this.#held.set(card.conversation, {
      card: structuredClone(card),
      from: continues ? Math.min(before.from, from) : from,
      entries: [...kept, ...entries],
    });
  }

  /** "New entries." Nothing is under way that could explain a gap or a repetition, so either is an error. */
  continue(conversation: string, entries: readonly Entry[]): void {
    const held = this.of(conversation);
    const { card } = held;
    for (const entry of entries) {
      if (entry.seq !== endOf(held) + 1) throw new Error(`seq ${entry.seq} after ${endOf(held)}`);
      held.entries.push(entry);
      (card.visible.at(-1) as [number, number])[1] = entry.seq;
      if (entry.kind === 'message') {
        card.order = entry.at;
        if (entry.by === this.#reader) Object.assign(card, { readUpTo: entry.seq, unread: 0 });
        else if (this.#view === 'sidebar' || card.standing === 'participant') card.unread += 1;
      } else if (entry.kind === 'joined') {
        if (!card.participants.includes(entry.who)) card.participants.push(entry.who);
      } else if (entry.by === this.#reader && this.#view === 'sidebar') card.standing = 'left';
      else card.participants = card.participants.filter((who) => who !== entry.by);
    }
  }
}

function endOf({ card }: Held): number {
  return card.visible.at(-1)?.[1] ?? 0;
}
