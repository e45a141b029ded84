/**
 * Performs a history on a whole server: real sockets, frames, sessions, journal. Each person has one client, which asks,
 * and listens into a mirror; now and then it is cut off and resumes, or the server crashes and starts again.
 */

import { errorFrame } from '../../src/wire/errors.ts';
import type { Card, ListCursor, Results, ServerFrames } from '../../src/wire/frames.ts';
import { type Action, beginning, type Driver, records } from '../model/history.ts';
import * as model from '../model/model.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  startTestServer,
  type TestServer,
  type TestServerOptions,
  wholePerson,
  wholeRecord,
} from '../support/server.ts';
import type { Holdings } from './holdings.ts';
import { Mirror } from './mirror.ts';

/** A conversation as one person sees it, in the model's words. */
export interface Seen {
  readonly talk: model.Talk;
  readonly starter: model.Who;
  readonly secret: boolean;
  readonly standing: string;
  readonly names: readonly model.Who[];
  readonly unread: number;
  readonly readUpTo: number;
  /** Null = about nothing; the record's name, or its kind alone where it is restricted. */
  readonly about: string | null;
  readonly lines: readonly Omit<model.Line, 'at'>[];
}

/** `from`: the seq from which on a client has everything. */
export type Kept = Seen & { readonly from: number };

export interface Observation {
  /** Newest first. `card`: how many of the newest lines the card had. */
  readonly list: readonly (Seen & { readonly card: number })[];
  readonly badge: number;
  /** The conversations in which a filter by each other person finds something. */
  readonly filtered: readonly (readonly model.Talk[])[];
  readonly correspondents: readonly model.Who[];
  /** By record; null = no such tab. */
  readonly tabs: readonly (readonly Seen[] | null)[];
  /** What the client holds by listening alone, newest first: lines from some point on. */
  readonly mirror: {
    readonly badge: number;
    readonly list: readonly Kept[];
    readonly tabs: readonly (readonly Kept[])[];
  };
}

interface Online {
  readonly client: RawClient;
  readonly mirror: Mirror;
}

const unknownConversation = 'AAAAAAAAAAAAAAAAAAAAAA';
const page = 2;

export class ServerDriver implements Driver<Observation> {
  #server: TestServer;
  readonly #options: TestServerOptions;
  readonly #people: readonly model.Who[];
  readonly #online = new Map<model.Who, Online>();
  /** Mirrors of those who are away. */
  readonly #away = new Map<model.Who, Mirror>();
  readonly #ids = new Map<model.Talk, string>();
  readonly #talks = new Map<string, model.Talk>();
  /** The server's positions when the log was so long. */
  readonly #positions: number[][] = [];
  #count = 0;

  private constructor(server: TestServer, options: TestServerOptions, people: readonly model.Who[]) {
    this.#server = server;
    this.#options = options;
    this.#people = people;
  }

  static async start(people: readonly model.Who[], options: TestServerOptions = {}): Promise<ServerDriver> {
    const limits = { ...options.limits, commandsPerSecond: 1_000_000, commandsBurst: 1_000_000 };
    const whole = { partitions: 2, ...options, limits };
    const server = await startTestServer({ people: people.map((id) => id), ...whole });
    const driver = new ServerDriver(server, whole, people);
    await driver.#tellDirectory(beginning(people).filter((happening) => happening.what === 'secured'));
    driver.#notePositions(0);
    return driver;
  }

  async stop(): Promise<void> {
    for (const { client } of this.#online.values()) client.socket.terminate();
    await this.#server.stop();
  }

  /** Everyone who is active comes online. */
  async everyone(log: model.Log): Promise<void> {
    for (const who of this.#people) if (model.isActive(log, who)) await this.#of(who);
  }

  /** Its id on the server. */
  conversationOf(talk: model.Talk): string | undefined {
    return this.#ids.get(talk);
  }

  /** On a client of this person, who may sign in: what the rules' histories do not have. */
  async as(who: model.Who, work: (client: RawClient) => Promise<unknown>): Promise<void> {
    await this.#on(who, work);
  }

  isOnline(who: model.Who): boolean {
    return this.#online.has(who);
  }

  async perform(action: Action, after: model.Log): Promise<string | null> {
    const answer = await this.#perform(action, after);
    this.#notePositions(after.length);
    for (const [who, online] of this.#online) {
      if (!model.isActive(after, who)) {
        const { reason } = await online.client.ended();
        if (reason !== 'deactivated') throw new Error(`the session of ${who}, deactivated, ended with ${reason}`);
        this.#leave(who);
      }
    }
    return answer;
  }

  async #perform(action: Action, after: model.Log): Promise<string | null> {
    switch (action.kind) {
      case 'ask':
        if (!model.isActive(after, action.ask.who)) return this.#refusedSignIn(action.ask.who);
        return this.#ask(action.ask);
      case 'read all':
        if (!model.isActive(after, action.who)) return this.#refusedSignIn(action.who);
        return this.#readAll(action.who, action.asOf, action.happens.length);
      case 'directory':
        await this.#tellDirectory(action.happens);
        return null;
      case 'reconnect':
        if (this.#online.has(action.who)) this.#leave(action.who);
        else if (model.isActive(after, action.who)) await this.#of(action.who);
        return null;
      case 'checkpoint':
        await this.#server.server.host.checkpoint();
        return null;
      case 'restart':
        await this.#restart(after);
        return null;
    }
  }

  // ---- doing ----------------------------------------------------------------------------------------------------------

  async #ask(ask: model.Ask): Promise<string | null> {
    const conversation = this.#ids.get(ask.talk) ?? unknownConversation;
    const id = `c${++this.#count}`;
    const answer = await this.#on(ask.who, (client) => this.#send(client, ask, conversation, id));
    if (!isError(answer)) {
      if (ask.verb === 'start') this.#know(ask.talk, (answer as Results['start']).conversation);
      return null;
    }
    const { name } = answer;
    // SEE-5: one answer for whatever is not there and whatever is not for this person.
    const bare = JSON.stringify(errorFrame('not-found', { id }));
    if (name === 'not-found' && JSON.stringify(answer) !== bare)
      throw new Error(`not found, but ${JSON.stringify(answer)}`);
    return name;
  }

  /** On the person's client; on another device of theirs every third time, and where that client is away. */
  async #on<T>(who: model.Who, work: (client: RawClient) => Promise<T>): Promise<T> {
    const online = this.#online.get(who);
    if (online !== undefined && this.#count % 3 !== 0) return work(online.client);
    const device = await RawClient.signIn(this.#server, who);
    const done = await work(device);
    await device.close();
    return done;
  }

  #send(client: RawClient, ask: model.Ask, conversation: string, id: string): Promise<object> {
    switch (ask.verb) {
      case 'start': {
        const about = ask.about === null ? {} : { about: refOf(ask.about) };
        return client.ask('start', { text: ask.text, people: [...ask.people], private: ask.secret, ...about }, id);
      }
      case 'reply':
        return client.ask('reply', { conversation, text: ask.text }, id);
      case 'read':
        return client.ask('read', { conversation, upTo: ask.upTo }, id);
      case 'invite':
        return client.ask('invite', { conversation, people: [...ask.people] }, id);
      case 'leave':
        return client.ask('leave', { conversation }, id);
      case 'delete':
        return client.ask('delete', { conversation, upTo: ask.upTo }, id);
    }
  }

  #know(talk: model.Talk, id: string): void {
    this.#ids.set(talk, id);
    this.#talks.set(id, talk);
  }

  async #readAll(who: model.Who, asOf: number, expected: number): Promise<string | null> {
    const known = this.#positions.slice(0, asOf + 1).findLast((positions) => positions !== undefined);
    const at = known ?? this.#server.server.host.positions().map(() => 0);
    const id = `c${++this.#count}`;
    const answer = await this.#on(who, (client) => client.ask('readAll', { at }, id));
    if (isError(answer)) return answer.name;
    const { conversations } = answer;
    if (conversations !== expected) throw new Error(`Mark All Read marked ${conversations}, not ${expected}`);
    return null;
  }

  #notePositions(length: number): void {
    this.#positions[length] = this.#server.server.host.positions();
  }

  async #tellDirectory(happenings: readonly model.Happening[]): Promise<void> {
    const { directory } = this.#server;
    const right = (holders: model.Holders) => (holders === 'all' ? ('everyone' as const) : holders);
    for (const h of happenings) {
      if (h.what === 'hired' || h.what === 'fired') {
        await directory.put({ people: [wholePerson({ id: h.who, active: h.what === 'hired' })] });
      } else if (h.what === 'secured') {
        const rights = { view: right(h.view), edit: right(h.edit) };
        await directory.put({ records: [wholeRecord({ ...refOf(h.rec), name: h.name, ...rights })] });
      } else if (h.what === 'erased') await directory.put({ removeRecords: [refOf(h.rec)] });
    }
  }

  // ---- coming and going -----------------------------------------------------------------------------------------------

  /** Whoever is needed comes online: resumes where they have been before. */
  async #of(who: model.Who): Promise<Online> {
    const online = this.#online.get(who);
    if (online !== undefined) return online;
    const mirror = this.#away.get(who) ?? new Mirror(who);
    this.#away.delete(who);
    const resume = mirror.badge < 0 ? undefined : mirror.resume;
    const client = await RawClient.signIn(this.#server, who, resume);
    const welcome = client.welcome as ServerFrames['welcome'];
    if (resume !== undefined && !welcome.resumed)
      throw new Error(`${who} could not resume from ${JSON.stringify(resume)}`);
    mirror.welcome(welcome);
    if (!welcome.resumed) for (const card of await this.#list(client)) mirror.sidebar.merge(card);
    const arrived = { client, mirror };
    this.#online.set(who, arrived);
    return arrived;
  }

  #leave(who: model.Who): void {
    const online = this.#online.get(who);
    if (online === undefined) return;
    online.client.socket.terminate();
    for (const frame of online.client.frames.splice(0)) if (frame.t !== 'error') online.mirror.take(frame);
    online.mirror.takePopups();
    this.#online.delete(who);
    this.#away.set(who, online.mirror);
  }

  async #refusedSignIn(who: model.Who): Promise<string> {
    const client = await RawClient.connect(this.#server.url, who);
    client.send({ t: 'hello', v: 1, token: await this.#server.token(who) });
    const { reason } = await client.ended();
    return reason === 'deactivated' ? 'person-deactivated' : `signed in, or ended with ${reason}`;
  }

  async #restart(log: model.Log): Promise<void> {
    const were = [...this.#online.keys()];
    for (const who of were) this.#leave(who);
    await this.#server.crash();
    this.#server = await startTestServer({ ...this.#options, stores: this.#server.stores });
    for (const who of were) if (model.isActive(log, who)) await this.#of(who);
  }

  // ---- seeing ---------------------------------------------------------------------------------------------------------

  /** Everything that was pushed is in the mirror afterwards. Returns the pop-ups that came along. */
  async settle(who: model.Who): Promise<string[]> {
    const { client, mirror } = this.#online.get(who) as Online;
    for (const frame of await client.settled()) mirror.take(frame);
    return mirror.takePopups().map((popup) => {
      const [id, kind] = popup.split(' ') as [string, string];
      return `${this.#talks.get(id)} ${kind}`;
    });
  }

  async observe(who: model.Who): Promise<Observation> {
    const { client, mirror } = await this.#of(who);
    const [cards, last, correspondents, filtered, tabs] = await Promise.all([
      this.#list(client),
      client.must('list', { limit: 1 }),
      client.must('correspondents', { last: '' }),
      Promise.all(this.#people.map(async (other) => (await this.#list(client, other)).map((card) => this.#talk(card)))),
      Promise.all(records.map((rec) => this.#tab(client, mirror, rec))),
    ]);
    const list = await Promise.all(
      cards.map(async (card) => {
        const lines = await this.#history(client, card.conversation, false);
        return { ...this.#seen(card, lines), card: card.entries.length };
      }),
    );
    const kept = (holdings: Holdings): Kept[] =>
      holdings.all().map(({ card, from, entries }) => ({ ...this.#seen(card, entries), from }));
    return {
      list,
      badge: last.badge,
      filtered,
      correspondents: correspondents.people.map(({ id }) => id).sort(),
      tabs,
      mirror: {
        badge: mirror.badge,
        list: kept(mirror.sidebar),
        tabs: records.flatMap((rec) => {
          const tab = mirror.tabs.get(rec);
          return tab === undefined ? [] : [kept(tab)];
        }),
      },
    };
  }

  #talk({ conversation }: { readonly conversation: string }): model.Talk {
    return this.#talks.get(conversation) ?? `unknown ${conversation}`;
  }

  #seen(card: Held, entries: Card['entries']): Seen {
    return {
      talk: this.#talk(card),
      starter: card.starter,
      secret: card.private,
      standing: card.standing,
      names: [...card.participants].sort(),
      unread: card.unread,
      readUpTo: card.readUpTo,
      about: card.about === null ? null : card.about.restricted ? card.about.kind : card.about.name,
      lines: entries.map(lineOf),
    };
  }

  async #list(client: RawClient, other?: model.Who): Promise<Card[]> {
    const cards: Card[] = [];
    for (let before: ListCursor | null = null; ; ) {
      const from: { before?: ListCursor } = before === null ? {} : { before };
      const filter = other === undefined ? {} : { with: other };
      const found: Results['list'] = await client.must('list', { limit: page, ...from, ...filter });
      cards.push(...found.cards);
      if (found.next === null) return cards;
      before = found.next;
    }
  }

  /** Opens the tab, if it is not open yet, and stays. */
  async #tab(client: RawClient, mirror: Mirror, rec: model.Rec): Promise<Seen[] | null> {
    const record = refOf(rec);
    const cards: Card[] = [];
    for (let before: ListCursor | null = null; ; ) {
      const from: { before?: ListCursor } = before === null ? {} : { before };
      const found: Results['openTab'] | ErrorFrame = await client.ask('openTab', { record, limit: page, ...from });
      if (isError(found)) {
        if (found.name !== 'not-found') throw new Error(`no tab because of ${found.name}`);
        return null;
      }
      cards.push(...found.cards);
      if (found.next === null) break;
      before = found.next;
    }
    if (!mirror.tabs.has(rec)) mirror.openTab(record, cards);
    return Promise.all(
      cards.map(async (card) => this.#seen(card, await this.#history(client, card.conversation, true))),
    );
  }

  async #history(client: RawClient, conversation: string, tab: boolean): Promise<Card['entries']> {
    const entries: Card['entries'] = [];
    for (let before = Number.MAX_SAFE_INTEGER; ; before = entries[0]?.seq ?? 1) {
      const found = await client.must('history', { conversation, before, limit: 5, tab });
      entries.unshift(...found.entries);
      if (!found.more) return entries;
      if (found.entries.length === 0) throw new Error('more, but nothing came');
    }
  }
}

type ErrorFrame = ServerFrames['error'];
function isError(answer: object): answer is ErrorFrame {
  return 't' in answer && answer.t === 'error';
}

type Held = Omit<Card, 'entries' | 'from' | 'more'>;

function refOf(rec: model.Rec): { kind: 'contact' | 'company' | 'household' | 'opportunity'; id: string } {
  const [kind, id] = rec.split(':') as ['contact', string];
  return { kind, id };
}

function lineOf(entry: Card['entries'][number]): Omit<model.Line, 'at'> {
  const { seq, by: who } = entry;
  if (entry.kind === 'joined') return { seq, kind: 'came', who, guest: entry.who };
  if (entry.kind === 'left') return { seq, kind: 'went', who };
  return { seq, kind: 'message', who, text: entry.text };
}
