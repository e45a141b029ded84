/**
 * Conversations held for one list: the sidebar's, or one tab's. Applies what the server sends, reveals older entries
 * (More) and hides them again (Less).
 */

import { sdkLimits } from '../limits.ts';
import type { Card, Entry, ServerFrames } from '../wire/frames.ts';
import type { Asker } from './asker.ts';
import { Rows } from './rows.ts';
import {
  collapsed,
  expanded,
  hasOlder,
  headOf,
  isOlder,
  isShort,
  shownFrom,
  type Thread,
  threadOf,
  withCard,
  withEntries,
  withErased,
  withHistory,
  withMark,
} from './thread.ts';
import type { ConversationView, Views } from './view.ts';

/** News of one conversation. */
export type News =
  | { readonly kind: 'card'; readonly card: Card }
  | { readonly kind: 'entries'; readonly entries: readonly Entry[] }
  | { readonly kind: 'mark'; readonly readUpTo: number; readonly unread: number }
  | { readonly kind: 'erased'; readonly seqs: readonly number[] }
  | { readonly kind: 'about'; readonly about: ServerFrames['about']['about'] }
  | { readonly kind: 'gone' };

export class Held {
  threads = new Map<string, Thread>();
  readonly rows = new Rows();
  readonly #asker: Asker;
  readonly #tab: boolean;
  readonly #pageEntries: number;
  /** A conversation that is not held, or not up to where its news begin, has to be asked for. */
  readonly #missing: (conversation: string) => void;
  /** What came while answers with cards were under way: such a card may be older than the news. */
  readonly #meanwhile = new Map<string, News[]>();
  #underWay = 0;
  #round = 0;
  readonly #loading = new Map<string, Promise<void>>();

  constructor(asker: Asker, tab: boolean, pageEntries: number, missing: (conversation: string) => void) {
    this.#asker = asker;
    this.#tab = tab;
    this.#pageEntries = pageEntries;
    this.#missing = missing;
  }

  view(thread: Thread, views: Views): ConversationView {
    return views.view(thread, this.#loading.has(thread.card.conversation));
  }

  /** Runs a request whose answer holds cards. News of the meantime are applied after those that `take` puts in. */
  async during<T>(request: () => Promise<T>, take: (answer: T) => void): Promise<void> {
    const round = this.#round;
    this.#underWay += 1;
    try {
      take(await request());
    } finally {
      if (round === this.#round) {
        this.#underWay -= 1;
        if (this.#underWay === 0) this.#settle();
      }
    }
  }

  /** What is under way concerns nobody any more. */
  reset(): void {
    this.#round += 1;
    this.#underWay = 0;
    this.#meanwhile.clear();
  }

  /** A card out of an answer. */
  answered(card: Card): void {
    const held = this.threads.get(card.conversation);
    if (held === undefined || !isOlder(card, held)) this.#put(card);
    for (const news of this.#meanwhile.get(card.conversation) ?? []) this.#apply(card.conversation, news);
  }

  /** Everything afresh: cards out of answers take the place of whatever is held. */
  replace(cards: readonly Card[], collapse: boolean): void {
    const before = this.threads;
    this.threads = new Map();
    this.rows.reset();
    for (const card of cards) {
      const twice = this.threads.get(card.conversation);
      if (twice !== undefined && isOlder(card, twice)) continue;
      const floor = collapse ? null : (before.get(card.conversation)?.floor ?? null);
      this.threads.set(card.conversation, threadOf(card, floor));
    }
    for (const [conversation, log] of this.#meanwhile) {
      for (const news of log) this.#apply(conversation, news);
    }
    this.#asker.changed();
    for (const conversation of this.threads.keys()) this.#fillQuietly(conversation);
  }

  /**
   * Something the server sent by itself. Returns the entries that were new; null: the conversation is not held, and
   * asked for where entries came.
   */
  news(conversation: string, news: News): Entry[] | null {
    if (this.#underWay > 0) {
      const log = news.kind === 'card' ? undefined : this.#meanwhile.get(conversation);
      if (log === undefined) this.#meanwhile.set(conversation, [news]);
      else log.push(news);
    }
    return this.#apply(conversation, news);
  }

  set(thread: Thread): void {
    this.threads.set(thread.card.conversation, thread);
    this.changed(thread.card.conversation);
  }

  changed(conversation: string): void {
    this.rows.changed(conversation);
    this.#asker.changed();
  }

  /** LIST-3: older entries, a page at a time. */
  async more(conversation: string): Promise<void> {
    const held = this.threads.get(conversation);
    if (held === undefined) return;
    if (shownFrom(held) < this.#pageEntries && hasOlder(held)) await this.#older(conversation, this.#pageEntries);
    const now = this.threads.get(conversation);
    if (now !== undefined) this.set(expanded(now, this.#pageEntries));
  }

  less(conversation: string): void {
    const held = this.threads.get(conversation);
    if (held !== undefined && held.floor !== null) this.set(collapsed(held));
  }

  /** Gets what is missing of what is to be shown; news come with new entries only. */
  async #fill(conversation: string): Promise<void> {
    for (;;) {
      const held = this.threads.get(conversation);
      if (held === undefined || !isShort(held)) return;
      await this.#older(conversation, held.floor === null ? this.#pageEntries : sdkLimits.pageEntriesMax);
      if (this.threads.get(conversation)?.from === held.from) return;
    }
  }

  #put(card: Card): void {
    const held = this.threads.get(card.conversation);
    this.set(held === undefined ? threadOf(card) : withCard(held, card));
    this.#fillQuietly(card.conversation);
  }

  /** A fill that fails leaves fewer entries shown, and More gets them. */
  #fillQuietly(conversation: string): void {
    void this.#fill(conversation).catch(() => {});
  }

  /** What no answer brought is asked for. */
  #settle(): void {
    const logs = [...this.#meanwhile];
    this.#meanwhile.clear();
    for (const [conversation, log] of logs) {
      const came = log.slice(log.findLastIndex((news) => news.kind === 'gone') + 1);
      const isMissing = !this.threads.has(conversation) && came.some((news) => news.kind === 'entries');
      if (isMissing) this.#missing(conversation);
    }
  }

  #apply(conversation: string, news: News): Entry[] | null {
    const held = this.threads.get(conversation);
    if (news.kind === 'card') {
      const head = held === undefined ? 0 : headOf(held);
      if (held === undefined || !isOlder(news.card, held)) this.#put(news.card);
      return news.card.entries.filter((entry) => entry.seq > head);
    }
    if (held === undefined) {
      if (news.kind === 'entries' && this.#underWay === 0) this.#missing(conversation);
      return null;
    }
    switch (news.kind) {
      case 'entries': {
        const next = withEntries(held, news.entries, this.#asker.me());
        if (next === null) {
          this.#missing(conversation);
          return null;
        }
        const head = headOf(held);
        if (next !== held) this.set(next);
        return news.entries.filter((entry) => entry.seq > head);
      }
      case 'mark': {
        const next = withMark(held, news.readUpTo, news.unread);
        if (next !== held) this.set(next);
        break;
      }
      case 'erased':
        this.set(withErased(held, news.seqs));
        break;
      case 'about':
        this.set({ ...held, card: { ...held.card, about: news.about } });
        break;
      case 'gone':
        this.threads.delete(conversation);
        this.changed(conversation);
        break;
    }
    return [];
  }

  /** One request at a time for a conversation; a second caller waits for the same. */
  #older(conversation: string, limit: number): Promise<void> {
    const under = this.#loading.get(conversation);
    if (under !== undefined) return under;
    const work = this.#fetchOlder(conversation, limit).finally(() => {
      this.#loading.delete(conversation);
      this.changed(conversation);
    });
    this.#loading.set(conversation, work);
    this.changed(conversation);
    return work;
  }

  async #fetchOlder(conversation: string, limit: number): Promise<void> {
    const before = this.threads.get(conversation)?.from;
    if (before === undefined) return;
    const page = await this.#asker.ask({ t: 'history', conversation, before, limit, tab: this.#tab || undefined });
    const held = this.threads.get(conversation);
    if (held !== undefined && held.from === before) this.set(withHistory(held, page.entries, page.more));
  }
}
