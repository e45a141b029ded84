/** The person's list: pages, filter, refresh, and single conversations asked for by id. */

import { sdkLimits } from '../limits.ts';
import type { Card, Person, Results } from '../wire/frames.ts';
import { type Asker, Loads } from './asker.ts';
import { ParleyError } from './failure.ts';
import { Held, type News } from './held.ts';
import { Listing, showsPerson } from './listing.ts';
import { DerivedStore, type Pulse, type Store, unlessSame } from './store.ts';
import { collapsed } from './thread.ts';
import type { ConversationView, Views } from './view.ts';

export interface SidebarView {
  /** Newest first (LIST-1). */
  readonly conversations: readonly ConversationView[];
  /** Conversations with unread messages, whatever the filter and however many are loaded (LIST-6). */
  readonly badge: number;
  /** Conversations that neither list nor badge tell of: what the server has stored of them is damaged. */
  readonly unavailable: number;
  /** Are there older ones to load? */
  readonly more: boolean;
  readonly loading: boolean;
  readonly filter: Person | null;
}

export interface Sidebar extends Store<SidebarView> {
  /**
   * LIST-2: the next page. Does nothing where there is none or one is on its way. Where the list begins afresh meanwhile, as
   * after a restore, this and the others below resolve when the new one is there.
   */
  loadOlder(): Promise<void>;
  /** LIST-5: collapses every conversation to three messages and loads the list anew; the filter stays. */
  refresh(): Promise<void>;
  /** LIST-4: only conversations whose copy shows this person; null = all. */
  filterBy(person: string | null): Promise<void>;
}

export class SidebarModel extends DerivedStore<SidebarView> implements Sidebar {
  readonly held: Held;
  readonly #asker: Asker;
  readonly #views: Views;
  readonly #pageSize: number;
  readonly #loads: Loads;
  #all = new Listing(null);
  #filtered: Listing | null = null;
  #badge = 0;
  #unavailable = 0;
  /** Counts what the server said of the badge by itself: an answer that was asked for before knows less. */
  #badgeNews = 0;
  #abort = new AbortController();
  /** The newest load of everything. */
  #loading: Promise<void> = Promise.resolve();
  readonly #wanted = new Map<string, Promise<void>>();

  constructor(
    asker: Asker,
    views: Views,
    pulse: Pulse,
    page: { readonly conversations: number; readonly entries: number },
  ) {
    super(pulse, (before) => this.#snapshot(before));
    this.#asker = asker;
    this.#views = views;
    this.#loads = new Loads(asker);
    this.#pageSize = Math.min(page.conversations, sdkLimits.pageConversationsMax);
    this.held = new Held(asker, false, page.entries, (conversation) => void this.want(conversation).catch(() => {}));
  }

  badge(count: number): void {
    this.#badgeNews += 1;
    if (count === this.#badge) return;
    this.#badge = count;
    this.#asker.changed();
  }

  news(conversation: string, news: News): ReturnType<Held['news']> {
    const entries = this.held.news(conversation, news);
    this.#refilter(conversation, news.kind === 'card');
    return entries;
  }

  /** What is under way belongs to a history that cannot be resumed: `load` follows. */
  reset(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#wanted.clear();
    this.held.reset();
  }

  /** Every page that was loaded, anew; what is shown stays until they are all here. Rejects where `reset` cuts it short. */
  load(collapse: boolean): Promise<void> {
    this.#loading = this.#everything(collapse);
    return this.#loading;
  }

  async #everything(collapse: boolean): Promise<void> {
    const isFirst = this.#all.next === undefined;
    const listings = [new Listing(null)];
    if (this.#filtered !== null) listings.push(new Listing(this.#filtered.person));
    const shown = [this.#all, this.#filtered].map((one) => one?.of(this.held.threads).length ?? 0);
    await this.#loads.during(() =>
      this.held.during(
        async () => {
          const cards: Card[] = [];
          for (const [i, listing] of listings.entries()) cards.push(...(await this.#pages(listing, shown[i] ?? 0)));
          return cards;
        },
        (cards) => {
          const before = this.#filtered;
          this.#all = listings[0] as Listing;
          if (before !== null && listings[1]?.person === before.person) this.#filtered = listings[1];
          this.held.replace(cards, collapse);
          // What came to match while the pages were under way stands in none of them.
          for (const conversation of before?.only ?? []) this.#refilter(conversation);
        },
      ),
    );
    // A filter that was set before there was a list has waited for it.
    const filtered = this.#filtered;
    if (isFirst && filtered !== null && filtered.next === undefined) await this.#next(filtered, null);
  }

  async refresh(): Promise<void> {
    for (const thread of [...this.held.threads.values()]) {
      if (thread.floor !== null) this.held.set(collapsed(thread));
    }
    if (this.#all.next !== undefined) await this.#orAfresh(this.load(true));
  }

  async loadOlder(): Promise<void> {
    const listing = this.#filtered ?? this.#all;
    if (this.#loads.any || !listing.next) return;
    await this.#orAfresh(this.#next(listing, listing.next));
  }

  async filterBy(person: string | null): Promise<void> {
    if ((this.#filtered?.person ?? null) === person) return;
    this.#filtered = person === null ? null : new Listing(person);
    this.#asker.changed();
    if (this.#filtered !== null && this.#all.next !== undefined) {
      await this.#orAfresh(this.#next(this.#filtered, null));
    }
  }

  /** Asks for one conversation, unless it is being asked for. Rejects with `not-found` where there is no copy of it. */
  want(conversation: string): Promise<void> {
    const under = this.#wanted.get(conversation);
    if (under !== undefined) return under;
    const { signal } = this.#abort;
    const before = this.held.threads.get(conversation);
    const work = this.held
      .during(
        () => this.#asker.ask({ t: 'get', conversation }, signal),
        ({ card }) => {
          this.held.answered(card);
          this.#refilter(conversation, true);
        },
      )
      .catch((error: unknown) => {
        // What was under way when the list was reset is asked for again, in the history that holds now.
        if (signal.aborted) return this.want(conversation);
        // Not where a card has come since, which is newer than the answer.
        const isGone = before !== undefined && this.held.threads.get(conversation) === before;
        if (isGone && error instanceof ParleyError && error.name === 'not-found') {
          this.news(conversation, { kind: 'gone' });
        }
        throw error;
      })
      .finally(() => {
        if (this.#wanted.get(conversation) === work) this.#wanted.delete(conversation);
      });
    this.#wanted.set(conversation, work);
    return work;
  }

  /** Whoever waits for what `reset` has cut short waits for the list that takes its place. */
  async #orAfresh(work: Promise<void>): Promise<void> {
    const { signal } = this.#abort;
    try {
      await work;
    } catch (error) {
      if (!signal.aborted) throw error;
      await this.#orAfresh(this.#loading);
    }
  }

  /** Adds the page that begins with `before`; null = the first. */
  async #next(listing: Listing, before: Results['list']['next']): Promise<void> {
    await this.#loads.during(() =>
      this.held.during(
        () => this.#page(listing, before),
        (page) => this.#take(listing, page),
      ),
    );
  }

  async #pages(listing: Listing, atLeast: number): Promise<Card[]> {
    const cards: Card[] = [];
    do {
      const page = await this.#page(listing, listing.next ?? null);
      listing.next = page.next;
      for (const card of page.cards) listing.only?.add(card.conversation);
      cards.push(...page.cards);
    } while (cards.length < atLeast && listing.next !== null);
    return cards;
  }

  async #page(listing: Listing, before: Results['list']['next']): Promise<Results['list']> {
    const news = this.#badgeNews;
    const page = await this.#asker.ask(
      {
        t: 'list',
        limit: this.#pageSize,
        before: before ?? undefined,
        with: listing.person ?? undefined,
      },
      this.#abort.signal,
    );
    if (news === this.#badgeNews) this.badge(page.badge);
    this.#unavailable = page.unavailable ?? 0;
    return page;
  }

  #take(listing: Listing, page: Results['list']): void {
    listing.next = page.next;
    for (const card of page.cards) {
      listing.only?.add(card.conversation);
      this.held.answered(card);
    }
    this.#asker.changed();
  }

  /** Does what changed match the filter? Where only the server can tell, it is asked; of a match, where its copy may have shrunk. */
  #refilter(conversation: string, mayHaveShrunk = false): void {
    const listing = this.#filtered;
    if (listing === null || listing.only === null || listing.person === null) return;
    const thread = this.held.threads.get(conversation);
    const before = listing.only.has(conversation);
    const shows = thread === undefined ? false : showsPerson(thread, listing.person);
    if (shows === true) listing.only.add(conversation);
    else if (shows === false) listing.only.delete(conversation);
    else if (!before || mayHaveShrunk)
      void this.#recheck(listing, conversation, thread?.card.order ?? 0).catch(() => {});
    if (listing.only.has(conversation) !== before) this.held.changed(conversation);
  }

  /** The page of one that begins with this conversation, if it matches. */
  async #recheck(listing: Listing, conversation: string, order: number): Promise<void> {
    await this.held.during(
      () =>
        this.#asker.ask(
          { t: 'list', limit: 1, before: { order: order + 1, conversation }, with: listing.person as string },
          this.#abort.signal,
        ),
      ({ cards }) => {
        const [card] = cards;
        if (card?.conversation === conversation) {
          listing.only?.add(conversation);
          this.held.answered(card);
          // At another place now, and so not what was asked about.
        } else if (this.held.threads.get(conversation)?.card.order !== order) return this.#refilter(conversation, true);
        else listing.only?.delete(conversation);
        this.held.changed(conversation);
      },
    );
  }

  #snapshot(before: SidebarView | undefined): SidebarView {
    const listing = this.#filtered ?? this.#all;
    const after: SidebarView = {
      conversations: this.held.rows.of(listing, this.held, this.#views),
      badge: this.#badge,
      unavailable: this.#unavailable,
      more: listing.next !== null && listing.next !== undefined,
      loading: this.#loads.any || listing.next === undefined,
      filter: listing.person === null ? null : this.#views.person(listing.person),
    };
    return unlessSame(before, after);
  }
}
