/** The people of the logs: in the server's directory, and each with a client of their own. */
import { connect, type GetToken, type Parley } from '../../client/node.ts';
import { limits } from '../../limits.ts';
import { inParallel } from '../../runtime/in-parallel.ts';
import { type AdminClient, AdminRefused, AdminUnreachable } from '../admin-client.ts';
import { Failure } from '../exit-codes.ts';
import type { Progress } from '../progress.ts';
import type { Observer } from './observer.ts';

export interface ServerAccess {
  /** `ws://host:port/v1` */
  readonly url: string;
  readonly admin: AdminClient;
  token(person: string): Promise<string>;
}

const batchPeople = 500;
const connectingAtOnce = 64;
const firstConnectionMaxMs = 60_000;

/** People by id with the nicks that are their names; those who are there already are made active. */
export async function upsertPeople({ admin }: ServerAccess, people: ReadonlyMap<string, string>): Promise<void> {
  const all = [...people].map(([id, nick]) => ({ id, first: '', last: nameOf(nick), email: null, active: true }));
  for (let from = 0; from < all.length; from += batchPeople) {
    try {
      await admin.call('POST', '/v1/directory', { people: all.slice(from, from + batchPeople) });
    } catch (error) {
      if (error instanceof AdminUnreachable) throw new Failure('unavailable', error.message, error);
      if (error instanceof AdminRefused) throw new Failure('failed', `the directory: ${error.message}`, error);
      throw error;
    }
  }
}

function nameOf(nick: string): string {
  const shown = nick.replace(/\p{C}/gu, '?').trim();
  return shown === '' ? '?' : shown.slice(0, limits.nameMaxBytes / 4);
}

/** Clients that the observer listens to. */
export class Clients {
  /** Connections that were lost and came back. */
  reconnects = 0;
  readonly #access: ServerAccess;
  readonly #observer: Observer;
  readonly #clients = new Map<string, Parley>();

  constructor(access: ServerAccess, observer: Observer) {
    this.#access = access;
    this.#observer = observer;
  }

  async connect(people: Iterable<string>, progress: Progress): Promise<void> {
    await inParallel([...people], connectingAtOnce, async (person) => {
      const client = connect({
        url: this.#access.url,
        getToken: tokenOf(this.#access, person),
        WebSocket: this.#observer.socketFor(person),
        agent: 'parley-replay',
      });
      this.#clients.set(person, client);
      client.on('entries', ({ conversation, entries }) => this.#observer.told(person, conversation, entries));
      await online(client, person);
      client.on('state', (state) => {
        if (state === 'online') this.reconnects += 1;
      });
      progress.advance();
    });
  }

  of(person: string): Parley {
    const client = this.#clients.get(person);
    if (client === undefined) throw new Error(`${person} is nobody of this replay`);
    return client;
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
  }
}

/** A new client of the person, online. The caller closes it. */
export async function freshClient(access: ServerAccess, person: string): Promise<Parley> {
  const client = connect({
    url: access.url,
    getToken: tokenOf(access, person),
    agent: 'parley-replay-check',
    historyPageSize: limits.pageEntriesMax,
  });
  await online(client, person);
  return client;
}

function tokenOf(access: ServerAccess, person: string): GetToken {
  return () => access.token(person);
}

function online(client: Parley, person: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      leave();
      leaveErrors();
    };
    const fail = (why: string, cause?: unknown): void => {
      stop();
      client.close();
      reject(new Failure('unavailable', `${person} could not be connected: ${why}`, cause));
    };
    const timer = setTimeout(() => fail('the server does not answer'), firstConnectionMaxMs);
    const leaveErrors = client.on('error', (error) => fail(error.message, error));
    const leave = client.on('state', (state) => {
      if (state !== 'online') return;
      stop();
      resolve();
    });
    if (client.state.getSnapshot() === 'online') {
      stop();
      resolve();
    }
  });
}
