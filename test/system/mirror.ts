/**
 * What a client holds of its sidebar that does no more than `protocol/PROTOCOL.md` says, under "What a client holds".
 * Throws where pushed news come twice, out of order, or about something that is not held: with one server and no
 * questions under way none of that may happen (CMD-3).
 */
import type { Card, Entry, Resume, ServerFrame, ServerFrames } from '../../src/wire/frames.ts';

export interface Held {
  card: Omit<Card, 'entries' | 'from' | 'more'>;
  /** Everything visible from this seq on is in `entries`. */
  from: number;
  entries: Entry[];
}

export class Mirror {
  readonly person: string;
  readonly held = new Map<string, Held>();
  badge = -1;
  #epoch = '';
  #at: number[] = [];
  #directory = 0;
  #resuming = false;
  /** Conversation and kind of the pop-ups since they were taken last. */
  #popups: string[] = [];

  constructor(person: string) {
    this.person = person;
  }

  get resume(): Resume {
    return { epoch: this.#epoch, at: [...this.#at], directory: this.#directory };
  }

  takePopups(): string[] {
    return this.#popups.splice(0).sort();
  }

  welcome(frame: ServerFrames['welcome']): void {
    this.#epoch = frame.epoch;
    this.#resuming = frame.resumed;
    if (frame.resumed) return;
    this.held.clear();
    this.#greeted(frame);
  }

  /** A card of an answer. */
  put(card: Card): void {
    this.#merge(card);
  }

  /** A frame that the server sent by itself. */
  take(frame: ServerFrame): void {
    this.#position(frame);
    if ('popup' in frame && frame.popup !== undefined) {
      const conversation = frame.t === 'card' ? frame.card.conversation : frame.conversation;
      this.#popups.push(`${conversation} ${frame.popup}`);
    }
    if (frame.t === 'card') this.#merge(frame.card);
    else if (frame.t === 'entries') this.#continue(frame);
    else if (frame.t === 'mark') {
      const { card } = this.#of(frame.conversation);
      if (frame.readUpTo < card.readUpTo) throw new Error('a read mark went back');
      Object.assign(card, { readUpTo: frame.readUpTo, unread: frame.unread });
    } else if (frame.t === 'gone') {
      // A resume says so too of what left the sidebar before: the server does not know what a client holds.
      const held = this.held.delete(frame.conversation);
      if (!held && !this.#resuming) throw new Error(`gone, but not held: ${frame.conversation}`);
    } else if (frame.t === 'about') {
      this.#of(frame.conversation).card.about = frame.about;
      this.#directory = frame.directory;
    } else if (frame.t === 'person') this.#directory = frame.directory;
    else if (frame.t === 'badge') this.badge = frame.badge;
    else if (frame.t === 'live') {
      this.#greeted(frame);
      this.#resuming = false;
    }
  }

  #greeted({ at, badge, directory }: ServerFrames['welcome'] | ServerFrames['live']): void {
    this.#at = [...at];
    this.badge = badge;
    this.#directory = directory;
  }

  #position(frame: ServerFrame): void {
    if (!('at' in frame) || frame.at === undefined || frame.t === 'live' || frame.t === 'welcome') return;
    const [partition, position] = frame.at;
    if (position <= (this.#at[partition] ?? 0)) throw new Error(`${frame.t} at ${frame.at} when at ${this.#at}`);
    this.#at[partition] = position;
  }

  #of(conversation: string): Held {
    const held = this.held.get(conversation);
    if (held === undefined) throw new Error(`news of what is not held: ${conversation}`);
    return held;
  }

  #merge({ entries, from, more: _, ...card }: Card): void {
    const shows = (seq: number) => card.visible.some(([first, last]) => first <= seq && seq <= last);
    if (entries.some(({ seq }) => !shows(seq))) throw new Error('a card has entries outside of what it calls visible');
    const before = this.held.get(card.conversation);
    const continues = before !== undefined && from <= endOf(before) + 1;
    const kept = continues ? before.entries.filter(({ seq }) => seq < from && shows(seq)) : [];
    this.held.set(card.conversation, {
      card: structuredClone(card),
      from: continues ? Math.min(before.from, from) : from,
      entries: [...kept, ...entries],
    });
  }

  #continue({ conversation, entries }: ServerFrames['entries']): void {
    const held = this.#of(conversation);
    const { card } = held;
    for (const entry of entries) {
      if (entry.seq !== endOf(held) + 1) throw new Error(`seq ${entry.seq} after ${endOf(held)}`);
      held.entries.push(entry);
      (card.visible.at(-1) as [number, number])[1] = entry.seq;
      if (entry.kind === 'message') {
        card.order = entry.at;
        if (entry.by === this.person) Object.assign(card, { readUpTo: entry.seq, unread: 0 });
        else card.unread += 1;
      } else if (entry.kind === 'joined') {
        if (!card.participants.includes(entry.who)) card.participants.push(entry.who);
      } else if (entry.by === this.person) card.standing = 'left';
      else card.participants = card.participants.filter((who) => who !== entry.by);
    }
  }
}

function endOf({ card }: Held): number {
  return card.visible.at(-1)?.[1] ?? 0;
}
