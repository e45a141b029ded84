/**
 * From the server's frames to what the stores show, and where the client is (CMD-3): it resumes from there, or loads
 * everything afresh when the server says that this cannot be.
 */
import type { Entry, RecordRef, Resume, ServerFrame, ServerFrames } from '../wire/frames.ts';
import type { Events } from './events.ts';
import type { SidebarModel } from './sidebar.ts';
import type { Pulse } from './store.ts';
import type { TabModel } from './tab.ts';
import type { Views } from './view.ts';

export class Sync {
  readonly #sidebar: SidebarModel;
  readonly #tabs: Map<string, TabModel>;
  readonly #views: Views;
  readonly #pulse: Pulse;
  readonly #events: Events;
  /** Everything shown is up to date again. */
  readonly #settled: () => void;
  readonly #changedShown: (conversation: string) => void;
  #epoch: string | null = null;
  #at: number[] = [];
  /** Of the last welcome or end of a catch-up: news of one version may come before those of an earlier one are all told. */
  #directory = 0;
  /** Has everything up to `at` been taken in? Only then is it a place to resume from. */
  #whole = false;
  /** Between `welcome` and `live`: frames come out of order of positions, and nothing of it is shown yet. */
  #catchingUp = false;

  constructor(options: {
    readonly sidebar: SidebarModel;
    readonly tabs: Map<string, TabModel>;
    readonly views: Views;
    readonly pulse: Pulse;
    readonly events: Events;
    readonly settled: () => void;
    readonly changedShown: (conversation: string) => void;
  }) {
    this.#sidebar = options.sidebar;
    this.#tabs = options.tabs;
    this.#views = options.views;
    this.#pulse = options.pulse;
    this.#events = options.events;
    this.#settled = options.settled;
    this.#changedShown = options.changedShown;
  }

  resume(): Resume | undefined {
    if (!this.#whole || this.#epoch === null) return undefined;
    return { epoch: this.#epoch, at: [...this.#at], directory: this.#directory };
  }

  /** Up to where the person has been shown everything; null = nothing has been loaded yet. */
  positions(): number[] | null {
    return this.#whole ? [...this.#at] : null;
  }

  welcome(frame: ServerFrames['welcome']): void {
    if (frame.resumed) {
      this.#catchingUp = true;
      this.#pulse.hold();
      this.#sidebar.badge(frame.badge);
      return;
    }
    this.#epoch = frame.epoch;
    this.#at = [...frame.at];
    this.#directory = frame.directory;
    this.#whole = false;
    this.#sidebar.reset();
    this.#views.forgetTold();
    this.#sidebar.badge(frame.badge);
    void this.#loadAfresh();
  }

  down(): void {
    this.#endCatchUp();
  }

  frame(frame: ServerFrame): void {
    switch (frame.t) {
      case 'live':
        this.#at = [...frame.at];
        this.#directory = frame.directory;
        this.#sidebar.badge(frame.badge);
        this.#openTabs();
        this.#endCatchUp();
        this.#settled();
        return;
      case 'entries':
      case 'card':
        this.#copy(frame);
        break;
      case 'mark':
        this.#sidebar.news(frame.conversation, { kind: 'mark', readUpTo: frame.readUpTo, unread: frame.unread });
        break;
      case 'erased':
        this.#sidebar.news(frame.conversation, { kind: 'erased', seqs: frame.seqs });
        this.#events.emit('erased', { conversation: frame.conversation, seqs: frame.seqs });
        this.#changedShown(frame.conversation);
        break;
      case 'gone':
        this.#sidebar.news(frame.conversation, { kind: 'gone' });
        this.#events.emit('gone', { conversation: frame.conversation });
        this.#changedShown(frame.conversation);
        break;
      case 'badge':
        this.#sidebar.badge(frame.badge);
        break;
      case 'about':
        this.#sidebar.news(frame.conversation, { kind: 'about', about: frame.about });
        break;
      case 'person':
        this.#views.tell(frame.person);
        this.#pulse.beat();
        break;
      case 'alerts':
        this.#events.emit('alerts', frame.preferences);
        break;
      case 'tabEntries':
      case 'tabCard':
      case 'tabErased':
      case 'tabGone':
      case 'tabRecord':
      case 'tabClosed':
        this.#tab(frame);
        break;
      default:
        // A newer server may say more than this client knows of.
        return;
    }
    if ('at' in frame && frame.at !== undefined) this.#advance(frame.at);
  }

  #copy(frame: ServerFrames['entries'] | ServerFrames['card']): void {
    this.#views.learn(frame.people);
    const conversation = frame.t === 'card' ? frame.card.conversation : frame.conversation;
    const fresh =
      frame.t === 'card'
        ? (this.#sidebar.news(conversation, { kind: 'card', card: frame.card }) ?? [])
        : (this.#sidebar.news(conversation, { kind: 'entries', entries: frame.entries }) ?? frame.entries);
    this.#changedShown(conversation);
    if (fresh.length > 0) this.#events.emit('entries', { conversation, entries: fresh });
    if (frame.popup !== undefined)
      this.#popup(frame.popup, conversation, frame.t === 'card' ? frame.card.entries : frame.entries);
  }

  /** A pop-up names people and record, so it waits for the conversation where that is not held. */
  #popup(kind: 'conversation' | 'message', conversation: string, entries: readonly Entry[]): void {
    if (!this.#events.hears('popup')) return;
    const tell = () => {
      const thread = this.#sidebar.held.threads.get(conversation);
      if (thread === undefined) return;
      this.#events.emit('popup', { kind, conversation: this.#views.view(thread, false), entries });
    };
    if (this.#sidebar.held.threads.has(conversation)) tell();
    else this.#sidebar.want(conversation).then(tell, () => {});
  }

  #tab(frame: Extract<ServerFrame, { t: `tab${string}` }>): void {
    const tab = this.#tabs.get(tabKey(frame.record));
    if (tab === undefined) return;
    switch (frame.t) {
      case 'tabEntries':
        this.#views.learn(frame.people);
        tab.news(frame.conversation, { kind: 'entries', entries: frame.entries });
        break;
      case 'tabCard':
        this.#views.learn(frame.people);
        tab.news(frame.card.conversation, { kind: 'card', card: frame.card });
        break;
      case 'tabErased':
        tab.news(frame.conversation, { kind: 'erased', seqs: frame.seqs });
        break;
      case 'tabGone':
        tab.news(frame.conversation, { kind: 'gone' });
        break;
      case 'tabRecord':
        tab.record(frame.record);
        break;
      case 'tabClosed':
        tab.refuse('refused');
        break;
    }
  }

  /** Retried by the requests themselves; ends early only with the connection, and then a new welcome decides. */
  async #loadAfresh(): Promise<void> {
    this.#openTabs();
    try {
      await this.#sidebar.load(false);
    } catch {
      return;
    }
    this.#whole = true;
    this.#settled();
  }

  #openTabs(): void {
    for (const tab of this.#tabs.values()) if (tab.wanted) tab.load().catch(() => {});
  }

  #endCatchUp(): void {
    if (!this.#catchingUp) return;
    this.#catchingUp = false;
    this.#pulse.release();
  }

  #advance([partition, position]: readonly [number, number]): void {
    if (this.#catchingUp || position <= (this.#at[partition] ?? 0)) return;
    this.#at[partition] = position;
  }
}

export function tabKey({ kind, id }: RecordRef): string {
  return `${kind} ${id}`;
}
