/** One device of a person: the real client on a simulated network and clock, and what its user does with it. */
import type { ClientClock } from '../../src/client/environment.ts';
import { connect, type Parley, ParleyError } from '../../src/client/index.ts';
import type { RecordRef } from '../../src/wire/frames.ts';
import type { Ask, Rec } from '../model/model.ts';
import type { Chance } from './chance.ts';
import type { Network, Peer } from './network.ts';
import { type Scheduler, Scope } from './scheduler.ts';

export interface DevicePort {
  readonly scheduler: Scheduler;
  readonly network: Network;
  /** A new token, from the CRM; null: it cannot be had just now. */
  token(person: string): string | null;
  complain(complaint: string): void;
}

export class Device implements Peer {
  readonly name: string;
  readonly person: string;
  readonly chance: Chance;
  readonly #port: DevicePort;
  scope = new Scope();
  parley: Parley;
  /** Of its wall clock against the world's. */
  skewMs: number;
  #isOnline = true;
  #networkChanged: () => void = () => {};
  readonly #kept = new Map<string, string>();
  /** What its user waits for. */
  waiting = 0;
  readonly openTabs = new Set<Rec>();
  /** Bytes of the commands it sent, newest last. */
  filter: string | null = null;

  constructor(name: string, person: string, chance: Chance, port: DevicePort) {
    this.name = name;
    this.person = person;
    this.chance = chance;
    this.#port = port;
    this.skewMs = Math.round(chance.between(-5_000, 5_000));
    this.parley = this.#start();
  }

  online(): boolean {
    return this.#isOnline;
  }

  setOnline(online: boolean): void {
    this.#isOnline = online;
    if (!online) for (const link of this.#port.network.linksOf(this)) link.cut();
    this.#networkChanged();
  }

  /** The page is loaded again: what was typed and not answered is in the browser's storage. */
  reload(): void {
    this.parley.close();
    this.scope.alive = false;
    this.scope = new Scope();
    this.waiting = 0;
    this.openTabs.clear();
    this.filter = null;
    this.parley = this.#start();
  }

  /** Nothing more comes of it. */
  end(): void {
    this.parley.close();
    this.scope.alive = false;
  }

  ask(ask: Ask): void {
    const { parley } = this;
    switch (ask.verb) {
      case 'start': {
        const about = ask.about === null ? {} : { about: refOf(ask.about) };
        return this.wait(parley.start({ text: ask.text, people: ask.people, private: ask.secret, ...about }));
      }
      case 'reply':
        return this.wait(parley.reply(ask.talk, ask.text));
      case 'read':
        return this.wait(parley.read(ask.talk, ask.upTo));
      case 'invite':
        return this.wait(parley.invite(ask.talk, ask.people));
      case 'leave':
        return this.wait(parley.leave(ask.talk));
      case 'delete':
        return this.wait(parley.delete(ask.talk, ask.upTo));
    }
  }

  openTab(rec: Rec): void {
    this.openTabs.add(rec);
    this.wait(this.parley.tab(refOf(rec)).open());
  }

  closeTab(rec: Rec): void {
    this.openTabs.delete(rec);
    this.parley.tab(refOf(rec)).close();
  }

  filterBy(person: string | null): void {
    this.filter = person;
    this.wait(this.parley.sidebar.filterBy(person));
  }

  /** A refusal is an answer; anything else that is thrown is a bug. */
  wait(promise: Promise<unknown>): void {
    const { scope } = this;
    this.waiting += 1;
    const done = () => {
      if (this.scope === scope) this.waiting -= 1;
    };
    promise.then(done, (error: unknown) => {
      done();
      const isAnswer = error instanceof ParleyError || (error instanceof DOMException && error.name === 'AbortError');
      if (!isAnswer) this.#port.complain(`the client of ${this.name} threw ${String(error)}`);
    });
  }

  #start(): Parley {
    const { scheduler, network } = this.#port;
    const { scope } = this;
    const clock: ClientClock = {
      now: () => 1_800_000_000_000 + Math.round(scheduler.nowMs) + this.skewMs,
      after: (ms, run) => {
        const timer = scheduler.after(ms, scope, run);
        return () => timer.cancel();
      },
    };
    return connect({
      url: 'ws://parley.test/v1',
      getToken: () =>
        new Promise((resolve, reject) => {
          scheduler.after(this.chance.between(0, 5), scope, () => {
            const token = this.chance.is(0.05) ? null : this.#port.token(this.person);
            if (token === null) reject(new Error('the CRM is away'));
            else resolve(token);
          });
        }),
      WebSocket: network.socketsOf(this),
      storage: {
        getItem: (key) => this.#kept.get(key) ?? null,
        setItem: (key, value) => this.#kept.set(key, value),
      },
      random: () => this.chance.fraction(),
      clock,
      network: {
        online: () => this.#isOnline,
        subscribe: (listener) => {
          this.#networkChanged = listener;
          return () => {
            if (this.#networkChanged === listener) this.#networkChanged = () => {};
          };
        },
      },
      pageSize: 3,
      historyPageSize: 5,
    });
  }
}

export function refOf(rec: Rec): RecordRef {
  const [kind, id] = rec.split(':') as [RecordRef['kind'], string];
  return { kind, id };
}
