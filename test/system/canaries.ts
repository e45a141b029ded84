/**
 * Random histories in which every message and every name of a CRM record is a canary, on a whole server; everything that
 * anybody's sockets and mailbox receive is scanned, and a canary that the model of the rules does not allow that person at that
 * moment is a complaint. What happened is learned from the journal, so that commands may race each other.
 *
 * Some of them are played on disk. There a snapshot of the running server is taken, and what `parley export` makes of it
 * elsewhere for each person is scanned as well.
 */
import { join } from 'node:path';
import type { Mail } from '../../src/alerts/mail-sender.ts';
import type { Mailing } from '../../src/alerts/mailer.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import type { JournalEntry } from '../../src/journal/entry.ts';
import type { Journal } from '../../src/journal/journal.ts';
import type { Log } from '../../src/runtime/log.ts';
import { memoryStores, openStores } from '../../src/stores.ts';
import { decodeServerFrame } from '../../src/wire/codec.ts';
import type { ClientFrame, Resume } from '../../src/wire/frames.ts';
import { happeningOf } from '../model/happening.ts';
import * as model from '../model/model.ts';
import { noMailServer } from '../support/no-mail-server.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  type OpenableStores,
  startTestServer,
  type TestServer,
  temporaryDirectory,
  wholePerson,
  wholeRecord,
} from '../support/server.ts';
import { slowReads } from '../views/slow-archive.ts';
import { seeded } from '../wire/mutate.ts';
import { carryAway } from './carried-away.ts';

export interface Outcome {
  readonly complaints: string[];
  /** Canaries that were received and allowed. */
  seen: number;
  mails: number;
  /** Views of one person, exported from a snapshot. */
  exports: number;
  /** With which each person signed in. */
  readonly tokens: Map<string, string>;
}

const kinds = ['contact', 'company', 'opportunity'] as const;
const recs = kinds.map((kind) => `${kind}:r`);
const refOf = (rec: string) => ({ kind: rec.split(':')[0] as (typeof kinds)[number], id: 'r' });
const quick = { commandsPerSecond: 1_000_000, commandsBurst: 1_000_000, mailWaitMs: 2, outboxSweepMs: 2 };
/** Who has a part in nothing, and hears of their own name alone. */
const stranger = 'zed';
const limits = { ...quick, residentConversationsMax: 3, cardScanMax: 20 };

/** `isOnDisk`: then a snapshot is taken behind the last step. */
export async function playHistory(seed: number, steps: number, log: Log, isOnDisk: boolean): Promise<Outcome> {
  const play = new Play(seed, log, isOnDisk);
  try {
    await play.begin();
    for (let step = 1; step <= steps && play.outcome.complaints.length === 0; step += 1) await play.step();
    if (isOnDisk && play.outcome.complaints.length === 0) await play.carryAway();
    await play.settle();
  } finally {
    await play.end();
  }
  return play.outcome;
}

class Play {
  readonly outcome: Outcome = { complaints: [], seen: 0, mails: 0, exports: 0, tokens: new Map() };
  readonly #random: () => number;
  readonly #log: Log;
  readonly #people: string[];
  readonly #happened: model.Happening[] = [];
  /** How much had happened when the entry at this position was durable. */
  readonly #lengths = new Map<number, number>();
  readonly #prefixes = new Map<number, model.Log>();
  /** Where each canary stands. */
  readonly #lines = new Map<string, { talk: string; seq: number }>();
  readonly #names = new Map<string, string>();
  readonly #stores: OpenableStores;
  /** Null: in memory. */
  readonly #disk: ReturnType<typeof temporaryDirectory> | null;
  #server: TestServer | null = null;
  #clients: { client: RawClient; read: number }[] = [];
  #stranger: RawClient | null = null;
  /** Places from which somebody may come back. */
  readonly #places: Resume[] = [];
  readonly #pending: Promise<unknown>[] = [];
  /** How much had happened at the beginning of the step before the last one: a mail may have been begun then. */
  #mailedFrom = [0, 0];
  #count = 0;

  constructor(seed: number, log: Log, isOnDisk: boolean) {
    this.#random = seeded(seed);
    this.#log = log;
    this.#people = ['ann', 'bob', 'cid', 'dora', 'eve', 'fay'].slice(0, 4 + this.#below(3));
    // Half of them on an archive that takes its time, so that news come in between.
    const inMemory = this.#random() < 0.5 ? memoryStores() : slowReads(this.#random, 2);
    this.#disk = isOnDisk ? temporaryDirectory('parley-canaries-') : null;
    this.#stores = {
      open: async () => {
        const stores = this.#disk === null ? inMemory.open() : await openStores(this.#dataDir);
        return { ...stores, journal: this.#overheard(stores.journal) };
      },
    };
  }

  get #dataDir(): string {
    return join(this.#disk?.path ?? '', 'data');
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }
  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }
  #some(): string[] {
    return this.#people.filter(() => this.#random() < 0.5);
  }
  #canary(kind: string): string {
    this.#count += 1;
    return `canary-${kind}-${this.#count}-`;
  }

  // ---- what happened --------------------------------------------------------------------------------------------------

  #overheard(journal: Journal): Journal {
    return new Proxy(journal, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (name !== 'append') return value.bind(target);
        return async (claim: Parameters<Journal['append']>[0], entries: readonly JournalEntry[]) => {
          await target.append(claim, entries);
          for (const entry of entries) {
            for (const event of entry.events) this.#hear(entry.conversation as string, event);
            this.#lengths.set(entry.position, this.#happened.length);
          }
        };
      },
    });
  }

  #hear(talk: string, event: ConversationEvent): void {
    if ('text' in event && event.text !== null) this.#lines.set(event.text, { talk, seq: event.seq });
    this.#happened.push(happeningOf(talk, event));
  }

  #prefix(length: number): model.Log {
    let prefix = this.#prefixes.get(length);
    if (prefix === undefined) {
      prefix = this.#happened.slice(0, length);
      this.#prefixes.set(length, prefix);
    }
    return prefix;
  }

  #mayKnow(length: number, who: string, canary: string): boolean {
    const log = this.#prefix(length);
    const rec = this.#names.get(canary);
    if (rec !== undefined) return model.nameOf(log, who, rec) === canary;
    const line = this.#lines.get(canary);
    if (line === undefined) return false;
    const inCopy = copyOf(log, line.talk, who).some(({ seq }) => seq === line.seq);
    return inCopy || (model.tabLines(log, line.talk, who)?.some(({ seq }) => seq === line.seq) ?? false);
  }

  // ---- the server and its clients -------------------------------------------------------------------------------------

  async begin(): Promise<void> {
    this.#server = await startTestServer({
      stores: this.#stores,
      people: [...this.#people, stranger],
      limits,
      log: this.#log,
      mail: this.#mailing(),
    });
    this.#stranger = await RawClient.signIn(this.#server, stranger);
    for (const who of this.#people) this.#happened.push({ what: 'hired', who });
    for (const rec of recs) await this.#secure(rec);
    for (const who of this.#people) await this.#signIn(who);
  }

  async end(): Promise<void> {
    for (const { client } of this.#clients) client.socket.terminate();
    this.#stranger?.socket.terminate();
    await this.#server?.stop();
    this.#disk?.remove();
  }

  get #running(): TestServer {
    return this.#server as TestServer;
  }

  async #signIn(who: string): Promise<void> {
    const { tokens } = this.outcome;
    const token = tokens.get(who) ?? (await this.#running.token(who));
    tokens.set(who, token);
    const client = await RawClient.connect(this.#running.url, who);
    const resume = this.#places.length > 0 && this.#random() < 0.7 ? this.#pick(this.#places) : undefined;
    client.send({ t: 'hello', v: 1, token, ...(resume === undefined ? {} : { resume }) });
    client.welcome = await client.next('welcome');
    this.#clients.push({ client, read: 0 });
  }

  /** What has arrived is held against what each may know. `from`: how much had happened before this step. */
  #scan(from: number): void {
    const to = this.#happened.length;
    for (const each of this.#clients) {
      const { client } = each;
      for (; each.read < client.messages.length; each.read += 1) {
        const bytes = client.messages[each.read] as Buffer;
        if (bytes.includes('canary-')) this.#hold(client.person, bytes, from, to);
      }
    }
    this.#clients = this.#clients.filter(({ client }) => client.closed === null);
    const { epoch } = this.#clients[0]?.client.welcome ?? {};
    if (epoch === undefined) return;
    this.#places.push({ epoch, at: this.#running.server.host.positions(), directory: this.#running.directory.version });
  }

  /** Takes every mail, and looks at it as at a frame. */
  #mailing(): Mailing {
    const send = async ({ to, subject, text, html }: Mail) => {
      this.outcome.mails += 1;
      const [from = 0] = this.#mailedFrom;
      this.#judge(to.replace(/@.*/, ''), `${subject}\n${text}\n${html}`, from, this.#happened.length, 'a mail');
      return { is: 'sent' } as const;
    };
    return { sender: { send, close() {} }, settings: { ...noMailServer.settings, includeText: true } };
  }

  #hold(who: string, bytes: Buffer, from: number, to: number): void {
    const frame = decodeServerFrame(bytes);
    // News of one entry are held against the moment of that entry, anything else against each moment of this step.
    const told = (frame.t === 'entries' || frame.t === 'card') && frame.at ? this.#lengths.get(frame.at[1]) : undefined;
    this.#judge(who, bytes.toString('latin1'), told ?? from, told ?? to, frame.t);
  }

  /** `from`, `to`: the moments at which it may have been allowed. */
  #judge(who: string, said: string, from: number, to: number, where: string): void {
    for (const canary of new Set(said.match(/canary-[a-z]+-\d+-/g) ?? [])) {
      let allowed = false;
      for (let length = to; length >= from && !allowed; length -= 1) allowed = this.#mayKnow(length, who, canary);
      if (allowed) this.outcome.seen += 1;
      else this.outcome.complaints.push(`${who} was told ${canary} in ${where}: ${said.slice(0, 600)}`);
    }
  }

  // ---- what can be carried away ---------------------------------------------------------------------------------------

  /** While people go on writing. */
  async carryAway(): Promise<void> {
    const from = this.#happened.length;
    const { head, exports, log } = await carryAway({
      dataDir: this.#dataDir,
      into: join(this.#disk?.path ?? '', 'carried-away'),
      people: this.#people,
      meanwhile: () => this.#burst().then(() => this.#burst()),
    });
    const moment = Math.max(from, this.#lengths.get(head) ?? 0);
    for (const [who, view] of exports) this.#judgeExport(who, view, this.#prefix(moment));
    if (log.includes('canary-')) this.outcome.complaints.push(`a command that carries away logged ${log}`);
    await this.settle(from);
  }

  /** Every text of their copies is there, and nothing of the tabs is. */
  #judgeExport(who: string, view: string, log: model.Log): void {
    this.outcome.exports += 1;
    const texts = model.talksOf(log).flatMap((talk) => copyOf(log, talk, who).flatMap(({ text }) => text ?? []));
    const exported = new Set(view.match(/canary-[a-z]+-\d+-/g) ?? []);
    for (const canary of exported) {
      const rec = this.#names.get(canary);
      const allowed = rec === undefined ? texts.includes(canary) : model.nameOf(log, who, rec) === canary;
      if (allowed) this.outcome.seen += 1;
      else this.outcome.complaints.push(`an export for ${who} holds ${canary}: ${view.slice(0, 600)}`);
    }
    const missing = texts.filter((text) => !exported.has(text));
    if (missing.length > 0) this.outcome.complaints.push(`an export for ${who} lacks ${missing}`);
  }

  // ---- steps ----------------------------------------------------------------------------------------------------------

  async step(): Promise<void> {
    const from = this.#happened.length;
    this.#mailedFrom = [this.#mailedFrom[1] ?? 0, from];
    const dice = this.#below(20);
    if (dice < 14) await this.#burst();
    else if (dice === 14) await this.#deactivate();
    else if (dice === 15) await this.#reconnect();
    else if (dice === 16) await this.#restart();
    else await this.#secure(this.#pick(recs));
    // A change of rights holds from the moment of the change: what comes behind it is not excused by what was before.
    await this.settle(dice < 14 ? from : this.#happened.length);
    if (this.#random() < 0.2) await this.#running.server.host.checkpoint();
    for (const { client } of this.#clients) if (this.#random() < 0.4) this.#question(client);
    await this.#answered();
    this.#scan(this.#happened.length);
  }

  /** Sends a request; whoever comes to `#answered` waits for its answer. */
  #send(client: RawClient, frame: object): void {
    const id = `r${++this.#count}`;
    client.send({ id, ...frame } as unknown as ClientFrame);
    this.#pending.push(client.until((answer) => (answer.t === 'ok' || answer.t === 'error') && answer.id === id));
  }

  /** Several people at once. */
  async #burst(): Promise<void> {
    for (let n = 1 + this.#below(4); n > 0; n -= 1) this.#command(this.#pick(this.#clients).client);
    if (this.#random() < 0.3) this.#question(this.#pick(this.#clients).client);
    await this.#answered();
  }

  async #answered(): Promise<void> {
    await Promise.all(this.#pending.splice(0));
  }

  /** Whatever was sent to anybody so far has arrived, and is looked at. */
  async settle(from = this.#happened.length): Promise<void> {
    await this.#answered();
    await Promise.all(this.#clients.map(({ client }) => client.settled()));
    this.#scan(from);
  }

  #command(client: RawClient): void {
    const conversation = this.#conversation();
    const others = this.#some();
    const upTo = 1 + this.#below(10);
    const dice = conversation === null ? 0 : this.#below(20);
    const about = this.#random() < 0.7 ? { about: refOf(this.#pick(recs)) } : {};
    const send = (frame: object) => this.#send(client, frame);
    if (dice < 3)
      send({ t: 'start', text: this.#canary('text'), people: others, private: this.#random() < 0.4, ...about });
    else if (dice < 10) send({ t: 'reply', conversation, text: this.#canary('text') });
    else if (dice < 11) send({ t: 'read', conversation, upTo });
    else if (dice < 14) send({ t: 'invite', conversation, people: others.slice(0, 2) });
    else if (dice < 17) send({ t: 'leave', conversation });
    else send({ t: 'delete', conversation, upTo });
  }

  #question(client: RawClient): void {
    const conversation = this.#conversation() ?? 'AAAAAAAAAAAAAAAAAAAAAA';
    const send = (frame: object) => this.#send(client, frame);
    const before = 1 + this.#below(20);
    const questions: (() => void)[] = [
      () => send({ t: 'list', limit: 50 }),
      () => send({ t: 'list', limit: 3, with: this.#pick(this.#people) }),
      () => send({ t: 'get', conversation }),
      () => send({ t: 'history', conversation, before: 1_000, limit: 200 }),
      () => send({ t: 'history', conversation, before, limit: 3 }),
      () => send({ t: 'history', conversation, before: 1_000, limit: 200, tab: true }),
      () => send({ t: 'openTab', record: refOf(this.#pick(recs)), limit: 50 }),
      () => send({ t: 'closeTab', record: refOf(this.#pick(recs)) }),
      () => send({ t: 'records', name: this.#pick(['', 'canary', 'canary-name']) }),
      () => send({ t: 'people', last: '', conversation }),
      () => send({ t: 'correspondents', last: '' }),
    ];
    this.#pick(questions)();
  }

  #conversation(): string | null {
    const talks = model.talksOf(this.#happened);
    return talks.length === 0 ? null : this.#pick(talks.slice(-4));
  }

  async #secure(rec: string): Promise<void> {
    const name = this.#canary('name');
    this.#names.set(name, rec);
    const right = () => (this.#random() < 0.4 ? ('all' as const) : this.#some());
    const [view, edit] = [right(), right()];
    const of = (holders: model.Holders) => (holders === 'all' ? ('everyone' as const) : holders);
    await this.#newsTold();
    await this.settle();
    await this.#running.directory.put({
      records: [wholeRecord({ ...refOf(rec), name, view: of(view), edit: of(edit) })],
    });
    this.#happened.push({ what: 'secured', rec, name, view, edit });
  }

  /**
   * Changes of the directory are told one after the other, so that all before this one have been told when it is. What was
   * told while a right was held is not held against its end.
   */
  async #newsTold(): Promise<void> {
    const last = `Change ${++this.#count}`;
    await this.#running.directory.put({ people: [wholePerson({ id: stranger, last })] });
    await this.#stranger?.until((news) => news.t === 'person' && news.person.last === last);
  }

  async #deactivate(): Promise<void> {
    const who = this.#pick(this.#people);
    await this.#running.directory.put({ people: [wholePerson({ id: who, active: false })] });
    for (const { client } of this.#clients) if (client.person === who) await client.ended();
    this.#scan(this.#happened.length);
    await this.#running.directory.put({ people: [wholePerson(who)] });
    await this.#signIn(who);
  }

  async #reconnect(): Promise<void> {
    const who = this.#pick(this.#people);
    const there = this.#clients.filter(({ client }) => client.person === who);
    if (there.length > 1 || this.#random() < 0.7) await there[0]?.client.close();
    this.#scan(this.#happened.length);
    await this.#signIn(who);
  }

  async #restart(): Promise<void> {
    for (const { client } of this.#clients) await client.close();
    this.#scan(this.#happened.length);
    await this.#running.crash();
    this.#server = await startTestServer({ stores: this.#stores, limits, log: this.#log, mail: this.#mailing() });
    this.#stranger = await RawClient.signIn(this.#server, stranger);
    for (const who of this.#people) await this.#signIn(who);
  }
}

function copyOf(log: model.Log, talk: string, who: string): readonly model.Line[] {
  const mine = model.holdingOf(log, talk, who);
  return mine.listed ? mine.copy : [];
}
