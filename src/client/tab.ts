/** The tab of a CRM record: the conversations about it, live while open (SEE-2, SEE-3). */

import { sdkLimits } from '../limits.ts';
import type { Card, CrmRecord, ListCursor, RecordRef, Results } from '../wire/frames.ts';
import { type Asker, Loads } from './asker.ts';
import { ParleyError } from './failure.ts';
import { Held, type News } from './held.ts';
import { Listing } from './listing.ts';
import { DerivedStore, type Pulse, type Store, unlessSame } from './store.ts';
import type { Thread } from './thread.ts';
import type { ConversationView, Views } from './view.ts';

export interface TabView {
  /** `refused`: there is no such record, or it is not for this person (SEE-5), or no longer (SEE-6). */
  readonly state: 'closed' | 'loading' | 'open' | 'refused';
  /** Null until it is open; its name is null where this person may not see it (SEE-4). */
  readonly record: CrmRecord | null;
  readonly conversations: readonly ConversationView[];
  readonly more: boolean;
  readonly loading: boolean;
}

export interface Tab extends Store<TabView> {
  /**
   * Loads and follows the tab, over reconnects too, until `close`, which rejects what is still loading with an `AbortError`.
   * Rejects with `not-found` or `too-many-tabs`.
   */
  open(): Promise<void>;
  close(): void;
  /** One more shows it, until the answer is called; the last one to go closes it. `open` is still the caller's. */
  hold(): () => void;
  /** The next page. Does nothing where there is none or one is on its way. Loaded anew meanwhile, it resolves with that. */
  loadOlder(): Promise<void>;
  /** LIST-3, as in the sidebar. */
  more(conversation: string): Promise<void>;
  less(conversation: string): void;
}

export class TabModel extends DerivedStore<TabView> implements Tab {
  readonly #asker: Asker;
  readonly #views: Views;
  readonly #ref: RecordRef;
  readonly #pageSize: number;
  readonly #loads: Loads;
  readonly #held: Held;
  #state: TabView['state'] = 'closed';
  #record: CrmRecord | null = null;
  #listing = new Listing(null);
  /** Those that show it, as `hold` knows of them. */
  #holders = 0;
  #finding: Promise<void> = Promise.resolve();
  /** Counts what the server said of the record by itself: an answer that was asked for before knows less. */
  #recordNews = 0;
  #abort = new AbortController();
  #loading: Promise<void> = Promise.resolve();

  constructor(
    asker: Asker,
    views: Views,
    pulse: Pulse,
    page: { readonly conversations: number; readonly entries: number },
    ref: RecordRef,
  ) {
    super(pulse, (before) => this.#snapshot(before));
    this.#asker = asker;
    this.#views = views;
    this.#ref = ref;
    this.#loads = new Loads(asker);
    this.#pageSize = Math.min(page.conversations, sdkLimits.pageConversationsMax);
    this.#held = new Held(asker, true, page.entries, (conversation) => {
      // One after the other: what one brings, the next need not ask for.
      this.#finding = this.#find(conversation).catch(() => {});
    });
  }

  /** Is it to be opened again on a new connection? */
  get wanted(): boolean {
    return this.#state === 'loading' || this.#state === 'open';
  }

  get threads(): ReadonlyMap<string, Thread> {
    return this.#held.threads;
  }

  open(): Promise<void> {
    return this.wanted ? this.#loading : this.load();
  }

  /** Every page that was loaded, anew. A new connection begins with it: tabs are not resumed. */
  load(): Promise<void> {
    this.#loading = this.#pages();
    return this.#loading;
  }

  async #pages(): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#held.reset();
    if (this.#state !== 'open') this.#become('loading');
    const shown = this.#listing.of(this.#held.threads).length;
    const listing = new Listing(null);
    try {
      await this.#loads.during(() =>
        this.#held.during(
          async () => {
            const cards: Card[] = [];
            do {
              const page = await this.#page(listing.next ?? null);
              listing.next = page.next;
              cards.push(...page.cards);
            } while (cards.length < shown && listing.next !== null);
            return cards;
          },
          (cards) => {
            this.#listing = listing;
            this.#held.replace(cards, false);
            this.#name();
            this.#become('open');
          },
        ),
      );
    } catch (error) {
      if (error instanceof ParleyError) this.refuse(error.name === 'not-found' ? 'refused' : 'closed');
      // Loaded anew since: whoever waits for this waits for that.
      if (this.wanted && error === signal.reason) return this.#loading;
      throw error;
    }
  }

  close(): void {
    if (!this.wanted) return;
    this.refuse('closed');
    // Whatever the answer, nobody waits for it.
    this.#asker.ask({ t: 'closeTab', record: this.#ref }).catch(() => {});
  }

  hold(): () => void {
    let held = true;
    this.#holders += 1;
    return () => {
      if (!held) return;
      held = false;
      this.#holders -= 1;
      if (this.#holders === 0) this.close();
    };
  }

  /** Nothing of it is kept: what may not be seen any more is not shown any more (SEE-6). */
  refuse(state: 'closed' | 'refused'): void {
    this.#abort.abort(new DOMException('The tab was closed.', 'AbortError'));
    this.#held.reset();
    this.#held.threads.clear();
    this.#record = null;
    this.#listing = new Listing(null);
    this.#become(state);
  }

  async loadOlder(): Promise<void> {
    const { next } = this.#listing;
    if (this.#loads.any || !next) return;
    const { signal } = this.#abort;
    try {
      await this.#loads.during(() =>
        this.#held.during(
          () => this.#page(next),
          (page) => {
            this.#listing.next = page.next;
            for (const card of page.cards) this.#held.answered(card);
            this.#name();
          },
        ),
      );
    } catch (error) {
      if (!this.wanted || !signal.aborted) throw error;
      await this.#loading;
    }
  }

  more(conversation: string): Promise<void> {
    return this.#held.more(conversation);
  }

  less(conversation: string): void {
    this.#held.less(conversation);
  }

  record(record: CrmRecord): void {
    if (!this.wanted) return;
    this.#recordNews += 1;
    this.#record = record;
    this.#name();
    this.#asker.changed();
  }

  /** Every conversation here is about this record, and names it as the tab does (SEE-4). */
  #name(): void {
    if (this.#record === null) return;
    const { kind, id, name } = this.#record;
    const restricted = name === null;
    for (const [conversation, { card }] of this.#held.threads) {
      const before = card.about;
      if (before !== null && before.restricted === restricted && (before.restricted || before.name === name)) continue;
      const about = restricted ? ({ kind, restricted } as const) : ({ kind, id, name, restricted } as const);
      this.#held.news(conversation, { kind: 'about', about });
    }
  }

  news(conversation: string, news: News): void {
    if (this.wanted) this.#held.news(conversation, news);
  }

  #become(state: TabView['state']): void {
    this.#state = state;
    this.#asker.changed();
  }

  /**
   * Something came of a conversation that is not held: looks for it from the newest down to the last page loaded.
   * Further down it is not shown anyway.
   */
  async #find(conversation: string): Promise<void> {
    await this.#finding;
    let before: ListCursor | null = null;
    do {
      if (!this.wanted || this.#held.threads.has(conversation)) return;
      await this.#held.during(
        () => this.#page(before),
        (page) => {
          before = page.next;
          for (const card of page.cards) this.#held.answered(card);
          this.#name();
        },
      );
    } while (before !== null && this.#listing.shows(before));
  }

  async #page(before: Results['openTab']['next']): Promise<Results['openTab']> {
    const news = this.#recordNews;
    const page = await this.#asker.ask(
      { t: 'openTab', record: this.#ref, limit: this.#pageSize, before: before ?? undefined },
      this.#abort.signal,
    );
    if (news === this.#recordNews) this.#record = page.record;
    return page;
  }

  #snapshot(before: TabView | undefined): TabView {
    const after: TabView = {
      state: this.#state,
      record: this.#record,
      conversations: this.#held.rows.of(this.#listing, this.#held, this.#views),
      more: this.#listing.next !== null && this.#listing.next !== undefined,
      loading: this.#loads.any,
    };
    return unlessSame(before, after);
  }
}
