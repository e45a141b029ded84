/** A real server in this process, on a real port, and real clients on real sockets that a test can cut. */
import { WebSocket } from 'ws';
import type { SocketConstructor } from '../../src/client/environment.ts';
import { connect, type Parley, type ParleyOptions } from '../../src/client/node.ts';
import type { CrmRecord, Person } from '../../src/directory/entities.ts';
import { limits } from '../../src/limits.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLog } from '../../src/runtime/log.ts';
import { type Server, startServer } from '../../src/server.ts';
import { createJwtAuthenticator } from '../../src/session/authenticator-jwt.ts';
import { issueToken } from '../../src/session/token-issuer.ts';
import { memoryStores, type Stores } from '../../src/stores.ts';
import { freePort } from '../support/free-port.ts';

const secret = 'a secret of the tests, thirty-two bytes and more';
const jwt = { audience: 'parley', issuer: 'crm' };

export interface Client {
  readonly parley: Parley;
  readonly person: string;
  /** Every socket it ever opened. */
  readonly sockets: WebSocket[];
  readonly reasons: string[];
  /** Cuts the connection without a word, as a train does in a tunnel. */
  cut(): void;
}

export const person = (id: string, last = id): Person => ({
  id,
  first: `First-${id}`,
  last,
  email: null,
  active: true,
});
export const company = (id: string, change: Partial<CrmRecord> = {}): CrmRecord => ({
  kind: 'company',
  id,
  name: `Company ${id}`,
  view: 'everyone',
  edit: 'everyone',
  ...change,
});

export class RealServer {
  readonly #stores: () => Promise<Stores>;
  readonly #clients: Parley[] = [];
  #server: Server | null = null;
  #port = 0;

  private constructor(stores: () => Promise<Stores>) {
    this.#stores = stores;
  }

  /** `people` by id; the stores live in memory and outlive a restart. */
  static async start(people: readonly string[], stores?: () => Promise<Stores>): Promise<RealServer> {
    const memory = memoryStores();
    const real = new RealServer(stores ?? (async () => memory.open()));
    await real.up();
    await real.server.directory.put({ people: people.map((id) => person(id)) });
    return real;
  }

  get server(): Server {
    if (this.#server === null) throw new Error('the server is down');
    return this.#server;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/v1`;
  }

  /** Each time on the same port. */
  async up(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    for (let attempt = 1; ; attempt++) {
      try {
        this.#server = await this.#listen();
        return;
      } catch (error) {
        if (attempt === 40) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async #listen(): Promise<Server> {
    const clock = systemClock();
    return startServer({
      stores: await this.#stores(),
      authenticator: await createJwtAuthenticator({ keys: { secret }, ...jwt }, clock),
      log: createLog('silent'),
      host: '127.0.0.1',
      port: this.#port,
      transport: 'auto',
      allowedOrigins: [],
      admin: null,
      limits: { ...limits, drainSpreadMs: 300 } as unknown as typeof limits,
      onFenced: (error) => {
        throw error;
      },
    });
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    await server?.close();
  }

  token(id: string, ttlSeconds = 3_600): Promise<string> {
    return issueToken({ secret, person: id, ttlSeconds, ...jwt });
  }

  client(id: string, options: Partial<ParleyOptions> = {}): Client {
    const sockets: WebSocket[] = [];
    const reasons: string[] = [];
    class Recorded extends WebSocket {
      constructor(url: string, protocols: string | string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    }
    const parley = connect({
      url: this.url,
      getToken: ({ reason }) => {
        reasons.push(reason);
        return this.token(id);
      },
      WebSocket: Recorded as unknown as SocketConstructor,
      random: () => Math.random() * 0.1,
      ...options,
    });
    this.#clients.push(parley);
    return { parley, person: id, sockets, reasons, cut: () => sockets.at(-1)?.terminate() };
  }

  /** A client that is online. */
  async online(id: string, options: Partial<ParleyOptions> = {}): Promise<Client> {
    const client = this.client(id, options);
    await until(() => client.parley.state.getSnapshot() === 'online', `${id} online`);
    return client;
  }

  async close(): Promise<void> {
    for (const parley of this.#clients) parley.close();
    await this.down();
  }
}

/** Waits for a condition; fails with its name when it does not come. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a person sees of their list, without what is a matter of this client alone. */
export function picture(parley: Parley) {
  const { conversations, badge, more } = parley.sidebar.getSnapshot();
  return {
    badge,
    more,
    conversations: conversations.map(({ loading: _, expanded: __, ...view }) => view),
  };
}

export const texts = (parley: Parley, id: string): string[] =>
  (parley.conversation(id).getSnapshot()?.entries ?? []).map((entry) =>
    entry.kind === 'message' ? entry.text : `${entry.by.id} ${entry.kind}`,
  );
