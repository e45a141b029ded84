/**
 * A list that is kept as `protocol/PROTOCOL.md` says under "What a client holds", from every frame in the order in which
 * it came, answers to `list` and `get` among them, whatever happens while they are made.
 */
import { decodeServerFrame } from '../../src/wire/codec.ts';
import type { Card, Entry, ServerFrame } from '../../src/wire/frames.ts';
import type { RawClient } from '../support/raw-client.ts';

interface Held {
  card: Omit<Card, 'entries' | 'from' | 'more'>;
  from: number;
  entries: Entry[];
}

export class Follower {
  readonly held = new Map<string, Held>();
  badge = -1;
  readonly #client: RawClient;
  #read = 0;
  /** Conversations with news that do not continue what is held. */
  readonly #wanted = new Set<string>();

  constructor(client: RawClient) {
    this.#client = client;
  }

  /** Takes in everything that came, and asks for what is missing until nothing is. */
  async settle(): Promise<void> {
    do {
      await this.#client.settled();
      this.#take();
      for (const conversation of [...this.#wanted]) {
        this.#wanted.delete(conversation);
        await this.#client.ask('get', { conversation });
      }
    } while (this.#wanted.size > 0);
    await this.#client.settled();
    this.#take();
  }

  /** Conversation ids in the order of the list. */
  order(): string[] {
    const cards = [...this.held.values()].map(({ card }) => card);
    return cards.sort(newestFirst).map((card) => card.conversation);
  }

  #take(): void {
    const { messages } = this.#client;
    for (; this.#read < messages.length; this.#read += 1)
      this.#frame(decodeServerFrame(messages[this.#read] as Buffer));
  }

  #frame(frame: ServerFrame): void {
    if (frame.t === 'ok') {
      const { cards, card, next, badge } = frame.result as {
        cards?: Card[];
        card?: Card;
        next?: unknown;
        badge?: number;
      };
      if (cards !== undefined && next !== undefined && badge !== undefined) {
        this.badge = badge;
        for (const each of cards) this.#merge(each);
      } else if (card !== undefined) this.#merge(card);
    } else if (frame.t === 'welcome' || frame.t === 'live' || frame.t === 'badge') this.badge = frame.badge;
    else if (frame.t === 'card') this.#merge(frame.card);
    else if (frame.t === 'gone') this.held.delete(frame.conversation);
    else if (frame.t === 'mark') {
      const card = this.held.get(frame.conversation)?.card;
      if (card !== undefined && frame.readUpTo >= card.readUpTo)
        Object.assign(card, { readUpTo: frame.readUpTo, unread: frame.unread });
    } else if (frame.t === 'entries') this.#continue(frame.conversation, frame.entries);
  }

  #merge({ entries, from, more: _, ...card }: Card): void {
    const before = this.held.get(card.conversation);
    if (before !== undefined && (endOf(card) < endOf(before.card) || card.readUpTo < before.card.readUpTo)) return;
    const shows = (seq: number) => card.visible.some(([first, last]) => first <= seq && seq <= last);
    const continues = before !== undefined && from <= endOf(before.card) + 1;
    const kept = continues ? before.entries.filter(({ seq }) => seq < from && shows(seq)) : [];
    this.held.set(card.conversation, {
      card,
      from: continues ? Math.min(before.from, from) : from,
      entries: [...kept, ...entries],
    });
  }

  #continue(conversation: string, entries: readonly Entry[]): void {
    const held = this.held.get(conversation);
    if (held === undefined || (entries[0] as Entry).seq > endOf(held.card) + 1)
      return void this.#wanted.add(conversation);
    const { card } = held;
    for (const entry of entries) {
      if (entry.seq <= endOf(card)) continue;
      held.entries.push(entry);
      (card.visible.at(-1) as [number, number])[1] = entry.seq;
      if (entry.kind === 'joined' && !card.participants.includes(entry.who)) card.participants.push(entry.who);
      if (entry.kind === 'left') {
        if (entry.by === this.#client.person) card.standing = 'left';
        else card.participants = card.participants.filter((who) => who !== entry.by);
      }
      if (entry.kind !== 'message') continue;
      card.order = entry.at;
      if (entry.by === this.#client.person) Object.assign(card, { readUpTo: entry.seq, unread: 0 });
      else card.unread += 1;
    }
  }
}

function endOf({ visible }: Pick<Card, 'visible'>): number {
  return visible.at(-1)?.[1] ?? 0;
}

export function newestFirst(a: Pick<Card, 'order' | 'conversation'>, b: Pick<Card, 'order' | 'conversation'>): number {
  return b.order - a.order || (a.conversation > b.conversation ? -1 : 1);
}
