/**
 * People at the demo's CRM, each in a browser context of their own, beside one server in a process of its own. What a
 * page complains of (errors of scripts, of the console, of the content security policy) is kept and must be none.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { connect, type Parley } from '../../src/client/node.ts';
import { launchChromium, launchDesktopChromium } from './chromium.ts';
import { type RunningServer, serveCli } from './cli.ts';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './server.ts';

export interface AtCrm {
  /** `kind/id`; Maria Keller's page where none is given. */
  readonly record?: string;
  readonly tab?: 'overview' | 'conversations' | 'activities';
  /** Is the sidebar open at first? Yes, unless told. */
  readonly sidebar?: boolean;
  /** Id of the conversation that a link leads to. */
  readonly conversation?: string;
  readonly language?: 'de';
  readonly theme?: 'light' | 'dark';
  readonly dir?: 'rtl';
  readonly context?: BrowserContextOptions;
  /** Instead of the server's own, where the way there can be cut. */
  readonly port?: number;
}

export interface NewPerson {
  readonly id: string;
  /** '' where it is left out. */
  readonly first?: string;
  readonly last: string;
  /** None where it is left out. */
  readonly email?: string | null;
}
export interface Someone extends Required<Omit<NewPerson, 'email'>> {
  /** As it is shown. */
  readonly name: string;
}

const firstNames = ['Nora', 'Emil', 'Zoë', 'Ravi', 'Lucía', 'Tom', 'Aiko'];
const lastNames = ['Adler', 'Brandt', 'Cruz', 'Dahl', 'Egede', 'Fontaine', 'Gallo', 'Hansen', 'Ito', 'Jensen'];

/** Letters that no other number's begin with, so that a search by name finds one alone. */
function letters(count: number): string {
  return [...count.toString(9).padStart(3, '0')].map((digit) => 'abcdefghi'[Number(digit)]).join('');
}

/** Attempts to connect again may lie half a minute apart. */
const connectedWithinMs = 60_000;

/** Waits until every client of the page has been told all there is, or has been refused for good. */
export async function connected(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const alerts = [...document.querySelectorAll('parley-alerts')] as unknown as readonly WithClient[];
      const states = alerts.map(({ client }) => client?.state.getSnapshot());
      return states.length > 0 && states.every((state) => state === 'online' || state === 'closed');
    },
    undefined,
    { timeout: connectedWithinMs },
  );
}

interface WithClient {
  readonly client?: { readonly state: { getSnapshot(): string } } | null;
}

export class Stage {
  readonly browser: Browser;
  server: RunningServer;
  readonly #dataDir: string;
  readonly #args: readonly string[];
  readonly #remove: () => void;
  readonly #faults: string[] = [];
  /** What closes the contexts of the test that is running. */
  #closing: (() => Promise<void>)[] = [];
  #clients: Parley[] = [];
  #outages = false;
  #people = 0;

  private constructor(
    browser: Browser,
    server: RunningServer,
    dataDir: string,
    args: readonly string[],
    end: () => void,
  ) {
    this.browser = browser;
    this.server = server;
    this.#dataDir = dataDir;
    this.#args = args;
    this.#remove = end;
  }

  /** The seeded demo, with these arguments of `parley serve` beside. */
  static async open(...args: string[]): Promise<Stage> {
    const { path, remove } = temporaryDirectory('parley-e2e-');
    const all = ['--demo', '--data-dir', path, '--port', `${await freePort()}`, ...args];
    const [browser, server] = await Promise.all([launchChromium(), serveCli(all)]);
    return new Stage(browser, server, path, all, remove);
  }

  /** Somebody opens the CRM. `id` is one of the demo's people, or one of `addPeople`. */
  async person(id: string, at: AtCrm = {}): Promise<Page> {
    const context = await this.context(at.context);
    return this.open(context, id, at);
  }

  /** The same browser context again: another tab of one browser. It is connected: what is sent from here on reaches it. */
  async open(context: BrowserContext, id: string, at: AtCrm = {}): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(this.address(id, at));
    await connected(page);
    return page;
  }

  async context(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.browser.newContext({
      locale: 'en-GB',
      viewport: { width: 1280, height: 800 },
      ...options,
    });
    this.#closing.push(() => context.close());
    await this.#watch(context);
    return context;
  }

  /** A browser of somebody's own, in which only the tab in front is in sight. Lives until the test ends. */
  async desktop(): Promise<BrowserContext> {
    const { context, close } = await launchDesktopChromium();
    this.#closing.push(close);
    await this.#watch(context);
    return context;
  }

  async #watch(context: BrowserContext): Promise<void> {
    context.on('weberror', (error) => this.#faults.push(`error: ${error.error().stack ?? error.error().message}`));
    context.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      if (this.#outages && /ERR_|WebSocket connection to .* failed|Failed to load resource/.test(message.text()))
        return;
      this.#faults.push(`console ${message.type()}: ${message.text()}`);
    });
    await context.exposeBinding('parleyTestFault', (_source, said: string) => void this.#faults.push(said));
    await context.addInitScript(() => {
      const tell = (globalThis as unknown as { parleyTestFault(said: string): void }).parleyTestFault;
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        tell(`policy violated: ${violatedDirective} ${blockedURI}`),
      );
    });
  }

  address(id: string, { record, tab, sidebar = true, conversation, language, theme, dir, port }: AtCrm = {}): string {
    const hash = new URLSearchParams({ as: id });
    if (record !== undefined) hash.set('record', record);
    if (tab !== undefined) hash.set('tab', tab);
    if (sidebar) hash.set('sidebar', '1');
    if (conversation !== undefined) hash.set('conversation', conversation);
    if (language !== undefined) hash.set('lang', language);
    if (theme !== undefined) hash.set('theme', theme);
    if (dir !== undefined) hash.set('dir', dir);
    return `http://127.0.0.1:${port ?? this.server.port}/#${hash}`;
  }

  /** From here on this test cuts connections: that browsers complain of them is no fault. */
  expectOutages(): void {
    this.#outages = true;
  }

  async addPeople(people: readonly NewPerson[]): Promise<void> {
    const whole = people.map(({ id, first = '', last, email = null }) => ({ id, first, last, email, active: true }));
    await this.admin('/v1/directory', { people: whole });
  }

  /** Active people nobody has talked to yet. Each last name is one alone. `emailOf`: without it they have no address. */
  async newPeople(count: number, emailOf: (id: string) => string | null = () => null): Promise<Someone[]> {
    const people = Array.from({ length: count }, () => {
      this.#people += 1;
      const first = firstNames[this.#people % firstNames.length] as string;
      const last = `${lastNames[this.#people % lastNames.length]}${letters(this.#people)}`;
      return { id: `p-${this.#people}`, first, last, name: `${first} ${last}` };
    });
    await this.addPeople(people.map(({ id, first, last }) => ({ id, first, last, email: emailOf(id) })));
    return people;
  }

  /** Somebody at another device, to have conversations made that a test begins with. Lives until the test ends. */
  client(id: string): Parley {
    const client = connect({ url: this.server.url, getToken: () => this.tokenOf(id) });
    this.#clients.push(client);
    return client;
  }

  async addRecords(
    records: readonly { readonly kind: string; readonly id: string; readonly name: string }[],
  ): Promise<void> {
    const rights = { view: 'everyone', edit: 'everyone' };
    await this.admin('/v1/directory', { records: records.map((record) => ({ ...record, ...rights })) });
  }

  async admin(path: string, body: object, method = 'POST'): Promise<void> {
    const token = readFileSync(join(this.#dataDir, 'admin-token'), 'utf8').trim();
    const response = await fetch(`${this.server.adminUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }

  /** For clients outside the browser. */
  async tokenOf(person: string): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${this.server.port}/demo/token?person=${encodeURIComponent(person)}`);
    return ((await answer.json()) as { token: string }).token;
  }

  /** As when the machine loses power; nobody says goodbye. */
  async kill(): Promise<void> {
    this.server.child.kill('SIGKILL');
    await this.server.exited;
  }

  /** Again on the same port and data directory. */
  async start(): Promise<void> {
    this.server = await serveCli(this.#args);
  }

  /** After each test: closes its pages and tells what they complained of. */
  async clear(): Promise<readonly string[]> {
    for (const client of this.#clients.splice(0)) client.close();
    await Promise.all(this.#closing.splice(0).map((close) => close()));
    this.#outages = false;
    return this.#faults.splice(0);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.kill();
    this.#remove();
  }
}
