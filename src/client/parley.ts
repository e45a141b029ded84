/** The client as applications see it: commands, stores, questions and events over one connection. */

import { sdkLimits } from '../limits.ts';
import type { AlertPreferences, CrmRecord, Person, RecordRef, Results, ServerFrame } from '../wire/frames.ts';
import { Credentials, type GetToken } from './credentials.ts';
import {
  type ClientClock,
  type Network,
  newId,
  type SocketConstructor,
  systemClock,
  systemNetwork,
} from './environment.ts';
import { Events, type ParleyEvent, type ParleyEventName, type ParleyEvents } from './events.ts';
import { closedBecause, localFault, ParleyError } from './failure.ts';
import { type ConnectionState, Link } from './link.ts';
import { CommandOutbox, type Outbox } from './outbox.ts';
import type { OutboxStorage } from './outbox-storage.ts';
import { type Question, Requests } from './requests.ts';
import { type Sidebar, SidebarModel } from './sidebar.ts';
import { callSafely, DerivedStore, Pulse, type Store } from './store.ts';
import { Sync, tabKey } from './sync.ts';
import { type Tab, TabModel } from './tab.ts';
import { headOf, type Thread } from './thread.ts';
import { type ConversationView, Views } from './view.ts';

export interface ParleyOptions {
  /** `wss://host/v1`. The token never goes into it. */
  readonly url: string;
  /** Called for the first connection, before the token expires, and when the server does not take it. */
  readonly getToken: GetToken;
  /** Where there is no global one (Node 20). */
  readonly WebSocket?: SocketConstructor;
  /** Keeps typed messages over a reload, for example `localStorage`. */
  readonly storage?: OutboxStorage;
  /** Name and version of the application, for the server's log; at most 64 characters. */
  readonly agent?: string;
  /** 0 ≤ x < 1, for the jitter of reconnects. */
  readonly random?: () => number;
  readonly clock?: ClientClock;
  readonly network?: Network;
  /** Aborting it is `close()`. */
  readonly signal?: AbortSignal;
  /** Conversations a page, at most 50; entries a page of More, at most 200. */
  readonly pageSize?: number;
  readonly historyPageSize?: number;
}

/** Aborting before the command is on the wire means it never happens; afterwards it may have happened. */
export interface CommandOptions {
  readonly signal?: AbortSignal;
}

export interface StartOptions {
  readonly text: string;
  /** Ids of the others. */
  readonly people: readonly string[];
  readonly about?: RecordRef;
  readonly private?: boolean;
}

/** One conversation of the person's sidebar; null = not held. Subscribing asks the server for it where it is not. */
export interface Conversation extends Store<ConversationView | null> {
  /** Rejects with `not-found` where there is no copy of it. */
  load(): Promise<void>;
  more(): Promise<void>;
  less(): void;
}

export class Parley {
  readonly state: Store<ConnectionState>;
  /** Who is signed in; null before the first connection. */
  readonly me: Store<Person | null>;
  readonly sidebar: Sidebar;
  readonly outbox: Outbox;

  readonly #pulse = new Pulse();
  /** Beats at once, also while a catch-up holds the other. */
  readonly #statePulse = new Pulse();
  readonly #events = new Events();
  readonly #views = new Views();
  readonly #tabs = new Map<string, TabModel>();
  readonly #page: { readonly conversations: number; readonly entries: number };
  readonly #requests: Requests;
  readonly #sidebar: SidebarModel;
  readonly #outbox: CommandOutbox;
  readonly #sync: Sync;
  readonly #link: Link;
  readonly #onSettled = new Set<() => void>();
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => this.close();
  #closed: ParleyError | null = null;
  #textMaxBytes: number = sdkLimits.textMaxBytes;

  constructor(options: ParleyOptions & { readonly WebSocket: SocketConstructor }) {
    const clock = options.clock ?? systemClock;
    const random = options.random ?? Math.random;
    this.#page = {
      conversations: Math.max(1, options.pageSize ?? 20),
      entries: Math.min(Math.max(1, options.historyPageSize ?? 20), sdkLimits.pageEntriesMax),
    };
    this.#requests = new Requests(clock, random, (bytes) => this.#link.send(bytes));
    const asker = this.#asker();
    this.#sidebar = new SidebarModel(asker, this.#views, this.#pulse, this.#page);
    this.#outbox = new CommandOutbox({
      requests: this.#requests,
      clock,
      storage: options.storage ?? null,
      fault: (error) => this.#events.emit('error', error),
      shownUpTo: (conversation) => {
        const held = this.#sidebar.held.threads.get(conversation);
        return held === undefined ? null : headOf(held);
      },
    });
    this.#sync = new Sync({
      sidebar: this.#sidebar,
      tabs: this.#tabs,
      views: this.#views,
      pulse: this.#pulse,
      events: this.#events,
      settled: () => this.#settled(),
      changedShown: (conversation) => this.#outbox.shown(conversation),
    });
    this.#link = new Link(
      {
        url: options.url,
        WebSocket: options.WebSocket,
        credentials: new Credentials(options.getToken, clock),
        clock,
        network: options.network ?? systemNetwork,
        random,
        agent: options.agent ?? 'parley-client',
      },
      {
        resume: () => this.#sync.resume(),
        welcome: (frame) => {
          if (this.#signedIn(frame.person)) {
            this.#textMaxBytes = frame.textMaxBytes;
            this.#requests.up();
            this.#sync.welcome(frame);
          }
        },
        frame: (frame) => this.#frame(frame),
        down: () => {
          this.#requests.down();
          this.#sync.down();
        },
        state: (state) => this.#stateChanged(state),
        fault: (error) => this.#events.emit('error', error),
        drain: (reconnectWithinMs) => this.#events.emit('drain', { reconnectWithinMs }),
        stopped: (error) => this.#stop(error),
      },
    );
    this.state = new DerivedStore(this.#statePulse, () => this.#link.state);
    this.me = new DerivedStore(this.#pulse, () => this.#views.me);
    this.sidebar = this.#sidebar;
    this.outbox = this.#outbox;
    this.#signal = options.signal;
    if (this.#signal?.aborted) this.close();
    else {
      this.#signal?.addEventListener('abort', this.#abort);
      this.#link.open();
    }
  }

  /** UTF-8 bytes a message may have (REPLY-1). */
  get textMaxBytes(): number {
    return this.#textMaxBytes;
  }

  // ---- commands: each resolves when it is durable, or rejects with the rule that refused it ---------------------------

  async start(what: StartOptions, options: CommandOptions = {}): Promise<Results['start']> {
    const result = await this.#outbox.add(
      {
        t: 'start',
        text: what.text,
        people: [...what.people],
        about: what.about && { kind: what.about.kind, id: what.about.id },
        private: what.private,
      },
      options,
    );
    // Whoever goes on to show it finds it.
    if (!this.#sidebar.held.threads.has(result.conversation)) {
      await this.#sidebar.want(result.conversation).catch(() => {});
    }
    return result;
  }

  reply(conversation: string, text: string, options: CommandOptions = {}): Promise<Results['reply']> {
    return this.#outbox.add({ t: 'reply', conversation, text }, options);
  }

  /** READ-1: up to what has been shown, unless `upTo` says otherwise. */
  async read(conversation: string, upTo?: number, options: CommandOptions = {}): Promise<Results['read']> {
    const seq = upTo ?? this.#shownUpTo(conversation);
    return this.#outbox.add({ t: 'read', conversation, upTo: seq }, options);
  }

  /** READ-3. Waits for the first load, because it covers what this client has been sent. */
  async readAll(options: CommandOptions = {}): Promise<Results['readAll']> {
    const at = this.#sync.positions() ?? (await this.#firstPositions(options.signal));
    return this.#outbox.add({ t: 'readAll', at }, options);
  }

  invite(conversation: string, people: readonly string[], options: CommandOptions = {}): Promise<Results['invite']> {
    return this.#outbox.add({ t: 'invite', conversation, people: [...people] }, options);
  }

  leave(conversation: string, options: CommandOptions = {}): Promise<Results['leave']> {
    return this.#outbox.add({ t: 'leave', conversation }, options);
  }

  /** DELETE-6: up to what has been shown, unless `upTo` says otherwise; what came later stays. */
  async delete(conversation: string, upTo?: number, options: CommandOptions = {}): Promise<Results['delete']> {
    const seq = upTo ?? this.#shownUpTo(conversation);
    return this.#outbox.add({ t: 'delete', conversation, upTo: seq }, options);
  }

  async setAlerts(preferences: AlertPreferences, options: CommandOptions = {}): Promise<void> {
    await this.#outbox.add({ t: 'setAlerts', preferences }, options);
  }

  // ---- stores -----------------------------------------------------------------------------------------------------------

  conversation(id: string): Conversation {
    const { held } = this.#sidebar;
    const store = new DerivedStore<ConversationView | null>(this.#pulse, () => {
      const thread = held.threads.get(id);
      return thread === undefined ? null : held.view(thread, this.#views);
    });
    return {
      getSnapshot: () => store.getSnapshot(),
      subscribe: (listener) => {
        if (!held.threads.has(id)) this.#sidebar.want(id).catch(() => {});
        return store.subscribe(listener);
      },
      load: async () => {
        if (!held.threads.has(id)) await this.#sidebar.want(id);
      },
      more: () => held.more(id),
      less: () => held.less(id),
    };
  }

  /** One and the same for one record. */
  tab(record: RecordRef): Tab {
    const key = tabKey(record);
    let tab = this.#tabs.get(key);
    if (tab === undefined) {
      const ref = { kind: record.kind, id: record.id };
      tab = new TabModel(this.#asker(), this.#views, this.#pulse, this.#page, ref);
      this.#tabs.set(key, tab);
    }
    return tab;
  }

  // ---- questions --------------------------------------------------------------------------------------------------------

  /** INVITE-1: active people by the beginning of their last name; those of `conversation` are left out. */
  async people(
    last: string,
    options: CommandOptions & { readonly conversation?: string } = {},
  ): Promise<readonly Person[]> {
    const { conversation, signal } = options;
    return (await this.#ask({ t: 'people', last, conversation }, signal)).people;
  }

  /** LIST-4: people of one's own conversations, for the filter. */
  async correspondents(last: string, options: CommandOptions = {}): Promise<readonly Person[]> {
    return (await this.#ask({ t: 'correspondents', last }, options.signal)).people;
  }

  /** START-2: records one may view, by the beginning of their name. */
  async records(name: string, kind?: CrmRecord['kind'], options: CommandOptions = {}): Promise<readonly CrmRecord[]> {
    return (await this.#ask({ t: 'records', name, kind }, options.signal)).records;
  }

  async alerts(options: CommandOptions = {}): Promise<AlertPreferences> {
    return (await this.#ask({ t: 'alerts' }, options.signal)).preferences;
  }

  // ---- events -----------------------------------------------------------------------------------------------------------

  on<N extends ParleyEventName>(name: N, listener: (detail: ParleyEvents[N]) => void): () => void {
    return this.#events.on(name, listener);
  }

  /** `for await (const event of parley.events({ signal }))`: everything from now on, until the client is closed. */
  events(options: CommandOptions = {}): AsyncIterableIterator<ParleyEvent> {
    return this.#events.stream(options.signal);
  }

  /** Ends the connection for good. What is under way or comes later rejects with `closed`; unanswered texts stay in `storage`. */
  close(): void {
    this.#stop(localFault('closed', 'The client was closed.'));
  }

  // ---- inside -----------------------------------------------------------------------------------------------------------

  #asker() {
    return {
      ask: <Q extends Question>(question: Q, signal?: AbortSignal) => this.#ask(question, signal),
      changed: () => this.#pulse.beat(),
      me: () => this.#views.me?.id ?? '',
    };
  }

  async #ask<Q extends Question>(question: Q, signal?: AbortSignal): Promise<Results[Q['t']]> {
    const since = this.#views.told;
    const result: Results[Q['t']] = await this.#requests.ask({ id: newId(), ...question } as never, signal);
    this.#views.learn((result as Partial<Results['people']>).people ?? [], since);
    // What was aborted in the very moment of its answer is aborted.
    signal?.throwIfAborted();
    return result;
  }

  #frame(frame: ServerFrame): void {
    if (frame.t !== 'ok' && frame.t !== 'error') this.#sync.frame(frame);
    else if (frame.id !== undefined) this.#requests.answer(frame);
    // A faulty frame without an id closes the connection; the close code says what to do about it.
    else this.#events.emit('error', new ParleyError(frame as Extract<ServerFrame, { t: 'error' }>));
  }

  /** False: a token of another person came; what is shown and what waits is not theirs. */
  #signedIn(person: Person): boolean {
    const before = this.#views.me;
    if (before !== null && before.id !== person.id) {
      const message = 'The new token is for another person.';
      this.#stop(new ParleyError({ code: 1009, name: 'token-other-person', message }));
      return false;
    }
    this.#views.learn([person]);
    this.#views.me ??= person;
    this.#outbox.signedIn(person.id);
    this.#pulse.beat();
    return true;
  }

  #settled(): void {
    this.#link.settled();
    for (const run of [...this.#onSettled]) run();
    for (const item of this.#outbox.getSnapshot())
      if (item.conversation !== null) this.#outbox.shown(item.conversation);
  }

  #firstPositions(signal?: AbortSignal): Promise<number[]> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#closed !== null) throw this.#closed;
      const check = () => {
        const at = this.#sync.positions();
        if (at === null && this.#closed === null && !signal?.aborted) return;
        this.#onSettled.delete(check);
        signal?.removeEventListener('abort', check);
        if (at !== null) resolve(at);
        else reject(signal?.aborted ? signal.reason : this.#closed);
      };
      this.#onSettled.add(check);
      signal?.addEventListener('abort', check);
    });
  }

  /** From what stores show, not from what a catch-up has already brought behind them. */
  #shownUpTo(conversation: string): number {
    const shown = this.#sidebar.getSnapshot().conversations.find((view) => view.id === conversation)?.head;
    if (shown !== undefined) return shown;
    const lists: ReadonlyMap<string, Thread>[] = [this.#sidebar.held.threads];
    for (const tab of this.#tabs.values()) lists.push(tab.threads);
    for (const threads of lists) {
      const thread = threads.get(conversation);
      if (thread !== undefined) return headOf(thread);
    }
    throw localFault('not-loaded', 'The conversation is not held: say up to which seq.');
  }

  #stateChanged(state: ConnectionState): void {
    callSafely(() => this.#statePulse.beat());
    this.#events.emit('state', state);
  }

  /** The first end is the one that holds. */
  #stop(error: ParleyError): void {
    if (this.#closed !== null) return;
    this.#closed = closedBecause(error);
    this.#link.close();
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#sync.down();
    this.#outbox.close(error);
    this.#requests.close(error);
    for (const run of [...this.#onSettled]) run();
    if (error.name !== 'closed') this.#events.emit('error', error);
    this.#events.end();
  }
}
