/**
 * One simulated world: the whole server and the clients of a few people, on one virtual clock, with every fault that the
 * plan has in store. It ends when every client shows what the rules say, or with a complaint.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Mail, SendResult } from '../../src/alerts/mail-sender.ts';
import type { StoreWrite } from '../../src/directory/directory-store.ts';
import { isErased } from '../../src/directory/entities.ts';
import type { ErasureRequest } from '../../src/erasure/erasure-plan.ts';
import { type Action, beginning, resolve, type Step } from '../model/history.ts';
import * as model from '../model/model.ts';
import { Chance } from './chance.ts';
import { boxesOf, differences, loadAll } from './comparison.ts';
import { Device, refOf } from './device.ts';
import { type DiskFault, SimulatedDisk } from './disk.ts';
import { addressOf, lastNameOf } from './eraser.ts';
import { Network } from './network.ts';
import type { Plan, PlannedStep } from './plan.ts';
import { Scheduler, Scope } from './scheduler.ts';
import { ledgerName, ServerProcess } from './server-process.ts';
import { Truth } from './truth.ts';
import { Witness } from './witness.ts';

export interface Outcome {
  readonly seed: number;
  /** Null: nothing was wrong. */
  readonly complaint: string | null;
  /** Of everything that crossed the wire, and of every step. */
  readonly hash: string;
  readonly events: number;
  readonly counts: Readonly<Record<string, number>>;
  /** One line for each step, up to the complaint. */
  readonly trace: readonly string[];
}

/** Virtual time within which everybody has to come to rest after the faults have stopped. */
const restMs = 90_000;
const began = 1_800_000_000_000_000;
const tokenMs = 60_000;

class Complaint extends Error {}

export class World {
  readonly #plan: Plan;
  readonly #scheduler = new Scheduler();
  readonly #chance: Chance;
  readonly #hash: Hash = createHash('sha256');
  readonly #trace: string[] = [];
  readonly #truth: Truth;
  readonly #witness: Witness;
  readonly #network: Network;
  readonly #scope = new Scope();
  #devices: Device[] = [];
  #disk: SimulatedDisk;
  #process: ServerProcess | null = null;
  /** The one that was told to stop. */
  #stopping: ServerProcess | null = null;
  #epoch = 'epoch-0';
  #epochs = 0;
  #wallShift = 0;
  #complaint: string | null = null;
  #canaries = 0;
  #mailIsDown = false;
  /** What the CRM waits for. */
  #pendingDirectory: { readonly happenings: readonly model.Happening[] } | null = null;
  /** Handed to the directory's store, of unknown outcome. */
  #attempted: readonly model.Happening[] | null = null;
  /** A store of the past is in place, and what the ledger knows to be erased is not erased yet. */
  #isClosedToAll = false;
  /** How many changes of the directory there had been at each of its versions. */
  #directoryLengths: number[] = [0];
  #copy: { readonly disk: SimulatedDisk } | null = null;
  readonly #mails: {
    readonly to: string;
    readonly id: string;
    readonly process: ServerProcess;
    readonly text: string;
  }[] = [];
  /** Nothing goes wrong any more. */
  #isPeace = false;
  readonly #counts: Record<string, number> = {};

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#chance = new Chance(plan.seed ^ 0x5bd1e995);
    const complain = (complaint: string): void => this.#complain(complaint);
    this.#truth = new Truth(plan.partitions, complain);
    this.#witness = new Witness(this.#truth, () => this.#epoch, complain);
    this.#scheduler.before = () => this.#witness.eventBegins();
    this.#disk = new SimulatedDisk(this.#chance.stream(1), plan.writeMs);
    this.#network = new Network({
      scheduler: this.#scheduler,
      witness: this.#witness,
      truth: this.#truth,
      latencyMs: plan.latencyMs,
      record: (what, bytes) => this.#record(what, bytes),
    });
  }

  async run(): Promise<Outcome> {
    try {
      await this.#begin();
      for (const step of this.#plan.steps) await this.#step(step);
      await this.#end();
    } catch (error) {
      if (!(error instanceof Complaint)) this.#complaint ??= `the simulation threw: ${(error as Error).stack}`;
    }
    for (const device of this.#devices) device.end();
    this.#process?.end();
    this.#count('canaries', this.#witness.seen);
    this.#count('erased', this.#truth.eraser.promises);
    for (const [answer, count] of this.#truth.answered) this.#count(`answer ${answer}`, count);
    return {
      seed: this.#plan.seed,
      complaint: this.#complaint,
      hash: this.#hash.digest('hex').slice(0, 32),
      events: this.#scheduler.events,
      counts: this.#counts,
      trace: this.#trace,
    };
  }

  /** Something in this process was thrown and not caught: it would have ended the server, or a page. */
  bug(what: string): void {
    this.#complain(what);
  }

  // ---- bookkeeping --------------------------------------------------------------------------------------------------------

  #complain(complaint: string): void {
    this.#complaint ??= `${complaint} (at ${this.#scheduler.nowMs.toFixed(2)} ms)`;
  }

  #check(): void {
    if (this.#complaint !== null) throw new Complaint();
  }

  #record(what: string, bytes?: Uint8Array): void {
    this.#hash.update(`${this.#scheduler.nowMs} ${what}\n`);
    if (bytes !== undefined) this.#hash.update(bytes);
  }

  #count(what: string, by = 1): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + by;
  }

  async #pass(ms: number, done: () => boolean = () => false): Promise<void> {
    await this.#scheduler.run(ms, () => this.#complaint !== null || done());
    this.#check();
  }

  #wall(): number {
    return began + Math.floor(this.#scheduler.nowMs * 1_000) + this.#wallShift;
  }

  // ---- the server -----------------------------------------------------------------------------------------------------------

  #startServer(): void {
    const { partitions, limits } = this.#plan;
    this.#process = new ServerProcess(
      {
        scheduler: this.#scheduler,
        network: this.#network,
        truth: this.#truth,
        chance: this.#chance.stream(2),
        limits,
        partitions,
        wall: () => this.#wall(),
        authenticator: {
          verify: async (token) => {
            const [person, expires] = token.split(' ') as [string, string];
            const expiresAt = Number(expires);
            return expiresAt <= this.#wall() ? 'token-expired' : { person, expiresAt };
          },
        },
        mailed: (mail) => this.#witness.mailed(mail.to.split('@')[0] as string, [mail.subject, mail.text]),
        sendMail: (mail, process) => this.#sendMail(mail, process),
        directory: {
          attempted: (change) => {
            this.#attempted = happeningsIn(change, this.#truth.log());
          },
          written: () => this.#directoryWritten(),
          found: (version) => this.#directoryFound(version),
        },
        isClosedToAll: () => this.#isClosedToAll,
        complain: (complaint) => this.#complain(complaint),
        fenced: (process) => this.#fenced(process),
      },
      this.#disk,
    );
    const started = this.#process;
    void started.start(this.#epoch).then(() => {
      if (started.server === null) return;
      this.#truth.isRestoring = false;
      if (this.#isClosedToAll) this.#openWhenErased(started);
    });
  }

  /** As a restore does: what the ledger names is gone before anybody is served. */
  #openWhenErased(process: ServerProcess): void {
    if (this.#process !== process) return;
    if (!this.#hasErased()) {
      this.#scheduler.after(10, process.scope, () => this.#openWhenErased(process));
      return;
    }
    this.#isClosedToAll = false;
    process.open();
  }

  #hasErased(): boolean {
    const progress = this.#process?.server?.erasures.progress;
    return progress !== undefined && progress.carriedOut === progress.erasures;
  }

  /** The supervisor starts it again. */
  #fenced(process: ServerProcess): void {
    this.#count('fenced');
    this.#record('fenced');
    this.#scheduler.after(1, this.#scope, () => {
      if (this.#process === process) this.#crash('kill', 20);
    });
  }

  #crash(how: 'kill' | 'power cut', downMs: number): void {
    this.#process?.end();
    this.#process = null;
    if (how === 'kill') this.#disk.kill();
    else this.#disk.powerCut();
    this.#record(how);
    this.#count(how);
    this.#scheduler.after(downMs, this.#scope, () => {
      if (this.#process === null) this.#startServer();
    });
  }

  #stop(): void {
    const stopping = this.#process;
    if (stopping?.server == null || stopping === this.#stopping) return;
    this.#stopping = stopping;
    stopping.server.close().then(
      () => {
        if (this.#process !== stopping) return;
        stopping.end();
        this.#process = null;
        this.#startServer();
      },
      (error: Error) => {
        if (this.#process !== stopping) return;
        if (error.name === 'Unavailable') this.#fenced(stopping);
        else this.#complain(`the server did not stop: ${error.stack}`);
      },
    );
  }

  #restore(): void {
    if (this.#copy === null) {
      this.#copy = { disk: this.#disk.copy() };
      return;
    }
    this.#process?.end();
    this.#process = null;
    this.#disk.kill();
    this.#copy.disk.keep(ledgerName, this.#disk);
    this.#disk = this.#copy.disk;
    this.#isClosedToAll = true;
    this.#copy = null;
    this.#epochs += 1;
    this.#epoch = `epoch-${this.#epochs}`;
    this.#truth.isRestoring = true;
    this.#count('restore');
    this.#startServer();
  }

  // ---- the CRM --------------------------------------------------------------------------------------------------------------

  #directoryWritten(): void {
    this.#truth.changed(...(this.#attempted ?? []));
    this.#attempted = null;
    this.#directoryLengths.push(this.#truth.now.directory);
  }

  #directoryFound(version: number): void {
    const known = this.#directoryLengths.length - 1;
    if (version === known + 1 && this.#attempted !== null) this.#directoryWritten();
    else if (version < known) {
      if (!this.#truth.isRestoring) this.#complain(`the directory is at version ${version}, and was at ${known}`);
      this.#directoryLengths.length = version + 1;
      this.#truth.directoryBackTo(this.#directoryLengths[version] as number);
    } else if (version > known) this.#complain(`the directory is at version ${version}, and was at ${known}`);
    this.#attempted = null;
    this.#pendingDirectory = null;
  }

  /** One change at a time, as a CRM that waits for the answer makes them. */
  #tellDirectory(happenings: readonly model.Happening[]): void {
    const directory = this.#process?.server?.directory;
    if (directory === undefined || this.#pendingDirectory !== null) return;
    const log = this.#truth.log();
    const people = happenings.flatMap((h) =>
      h.what === 'hired' || h.what === 'fired' ? [personOf(h.who, h.what === 'hired')] : [],
    );
    const records = happenings.flatMap((h) =>
      h.what === 'secured' ? [{ ...refOf(h.rec), name: h.name, view: rightOf(h.view), edit: rightOf(h.edit) }] : [],
    );
    const removeRecords = happenings.flatMap((h) => (h.what === 'erased' ? [refOf(h.rec)] : []));
    const pending = { happenings: happenings.filter((h) => !isNothingNew(log, h)) };
    if (pending.happenings.length === 0) return;
    this.#pendingDirectory = pending;
    const process = this.#process as ServerProcess;
    directory.put({ people, records, removeRecords }).then(
      () => {
        if (this.#pendingDirectory === pending) this.#pendingDirectory = null;
      },
      (error: Error) => {
        if (!process.scope.alive) return;
        if (this.#pendingDirectory === pending) this.#pendingDirectory = null;
        // It takes no more of them: somebody starts the server again.
        if (error.name === 'DirectoryUnavailable') this.#fenced(process);
        // ERASE-4: no import brings a name back.
        else if (error.name === 'InvalidEntity' && this.#namesForgotten(pending.happenings))
          this.#count('no name again');
        else this.#complain(`the directory took no change: ${error.stack}`);
      },
    );
  }

  #namesForgotten(happenings: readonly model.Happening[]): boolean {
    const log = this.#truth.log();
    return happenings.some((h) => h.what === 'hired' && model.isForgotten(log, h.who));
  }

  // ---- erasing --------------------------------------------------------------------------------------------------------------

  /** As whoever runs the server asks for it. */
  #erase(request: ErasureRequest): string {
    const process = this.#process;
    if (process?.server == null) return '';
    const { eraser } = this.#truth;
    eraser.asks(request);
    process.server.erasures.erase(request).then(
      () => {
        if (process.scope.alive) eraser.promised(request, this.#truth.log());
      },
      (error: Error) => {
        if (!process.scope.alive) return;
        if (error.name === 'DirectoryUnavailable') this.#fenced(process);
        else if (!/EIO|closed/.test(error.message))
          this.#complain(`[ERASE-1] ${JSON.stringify(request)}: ${error.stack}`);
      },
    );
    return JSON.stringify(request);
  }

  #eraseMessages(step: Step, chance: Chance): string {
    const talk = this.#talk(step.talk);
    if (talk === undefined) return '';
    const messages = model.linesOf(this.#truth.log(), talk).filter(({ kind }) => kind === 'message');
    const seqs = messages.filter(() => chance.is(0.4)).map(({ seq }) => seq);
    return seqs.length === 0 ? '' : this.#erase({ conversation: talk, seqs });
  }

  #sendMail(mail: Mail, process: ServerProcess): SendResult {
    const person = mail.to.split('@')[0] as string;
    this.#record(`mail ${mail.to} ${mail.messageId}`, Buffer.from(mail.text));
    if (this.#mailIsDown && !this.#isPeace) return { is: 'down', cause: 'connection', code: 'ECONNREFUSED' };
    if (this.#mails.some((sent) => sent.id === mail.messageId && sent.process === process))
      this.#complain(`[ALERT-3] ${person} was mailed twice: ${mail.messageId}`);
    this.#mails.push({ to: person, id: mail.messageId, process, text: mail.text });
    this.#count('mails');
    return { is: 'sent' };
  }

  // ---- steps ------------------------------------------------------------------------------------------------------------------

  async #begin(): Promise<void> {
    const { people, devices } = this.#plan;
    this.#startServer();
    await this.#pass(5_000, () => this.#process?.server != null);
    const crew = beginning(people).filter((h) => h.what !== 'hired' || people.includes(h.who));
    this.#tellDirectory(crew.map((h) => (h.what === 'secured' ? { ...h, name: this.#canary('name') } : h)));
    await this.#pass(5_000, () => this.#pendingDirectory === null && this.#truth.now.directory > 0);
    this.#devices = devices.map(
      (person, nth) =>
        new Device(`${person}-${nth}`, person, this.#chance.stream(100 + nth), {
          scheduler: this.#scheduler,
          network: this.#network,
          token: (who) => `${who} ${this.#wall() + tokenMs * 1_000}`,
          complain: (complaint) => this.#complain(complaint),
        }),
    );
    await this.#pass(50);
  }

  async #step(planned: PlannedStep): Promise<void> {
    const line = `${planned.nth} ${planned.move}`;
    this.#trace.push(line);
    this.#record(line);
    this.#count(planned.move);
    const told = this.#perform(planned);
    if (told !== '') this.#trace[this.#trace.length - 1] = `${line} ${told}`;
    this.#check();
    await this.#pass(planned.waitMs);
    this.#checkQuietDevices();
    if (planned.isCalm) await this.#rest(false);
  }

  /** What came of it, for the trace. */
  #perform(planned: PlannedStep): string {
    const { step, move } = planned;
    const device = this.#devices[Math.floor(planned.device * this.#devices.length)] as Device;
    const chance = new Chance(step.pick * 31 + step.who * 7 + planned.nth);
    switch (move) {
      case 'setAlerts': {
        const box = () => ({ conversations: chance.is(0.7), messages: chance.is(0.7) });
        device.wait(device.parley.setAlerts({ email: box(), popup: box() }));
        return device.name;
      }
      case 'openTab':
        device.openTab(this.#recordAt(step.talk));
        return device.name;
      case 'closeTab':
        device.closeTab(this.#recordAt(step.talk));
        return device.name;
      case 'more': {
        const view = this.#viewOf(device, step.talk);
        if (view !== undefined) device.wait(device.parley.conversation(view).more());
        return device.name;
      }
      case 'loadOlder':
        device.wait(device.parley.sidebar.loadOlder());
        return device.name;
      case 'refresh':
        device.wait(device.parley.sidebar.refresh());
        return device.name;
      case 'filter':
        device.filterBy(
          device.filter === null ? chance.pick(this.#plan.people.filter((id) => id !== device.person)) : null,
        );
        return `${device.name} ${device.filter}`;
      case 'question': {
        const talk = this.#talk(step.talk);
        const questions = [
          () => device.parley.correspondents(''),
          () => device.parley.records(''),
          () => device.parley.people('', talk === undefined || chance.is(0.3) ? {} : { conversation: talk }),
          () => device.parley.conversation(talk ?? 'AAAAAAAAAAAAAAAAAAAAAA').load(),
          () => device.parley.alerts(),
        ];
        device.wait((questions[step.pick % questions.length] as () => Promise<unknown>)());
        return device.name;
      }
      case 'reload':
        device.reload();
        return device.name;
      case 'cut':
        for (const link of this.#network.linksOf(device)) link.cut();
        return device.name;
      case 'stall':
        for (const link of this.#network.linksOf(device)) link.stall(chance.between(10, 4_000));
        return device.name;
      case 'silent':
        for (const link of this.#network.linksOf(device)) link.fallSilent();
        return device.name;
      case 'offline':
        device.setOnline(false);
        this.#scheduler.after(chance.between(10, 3_000), this.#scope, () => device.setOnline(true));
        return device.name;
      case 'duplicate':
        return this.#network.duplicate(chance);
      case 'writeFails':
      case 'commitFails':
      case 'writeStalls':
      case 'commitStalls':
        this.#disk.faults.push(faults[move]);
        return '';
      case 'kill':
      case 'powerCut': {
        const crash = () => this.#crash(move === 'kill' ? 'kill' : 'power cut', chance.between(1, 300));
        if (chance.is(0.5)) crash();
        else this.#disk.inTheMidst = crash;
        return '';
      }
      case 'stop':
        this.#stop();
        return '';
      case 'checkpoint':
        void this.#process?.server?.host.checkpoint();
        return '';
      case 'eraseMessages':
        return this.#eraseMessages(step, chance);
      case 'erasePerson':
        return this.#erase({ person: this.#plan.people[step.who % this.#plan.people.length] as string });
      case 'copy':
      case 'restore':
        this.#restore();
        return this.#epoch;
      case 'wait':
        return '';
      case 'jump':
        this.#wallShift += Math.round(chance.between(-3_000_000, 5_000_000));
        return '';
      case 'skew':
        device.skewMs += Math.round(chance.between(-20_000, 20_000));
        return device.name;
      case 'mailDown':
        this.#mailIsDown = !this.#mailIsDown;
        return '';
      default:
        return this.#act(planned, device);
    }
  }

  /** A step of the model's histories, as it stands against what is durable now. */
  #act({ step, nth }: PlannedStep, device: Device): string {
    const action: Action = resolve(this.#truth.log(), this.#plan.people, step, nth + 1, 'new');
    if (action.kind === 'directory') {
      this.#tellDirectory(action.happens.map((h) => (h.what === 'secured' ? { ...h, name: this.#canary('name') } : h)));
      return JSON.stringify(action.happens);
    }
    if (action.kind === 'read all') {
      const by = this.#deviceOf(action.who, device);
      by.wait(by.parley.readAll());
      return by.name;
    }
    if (action.kind !== 'ask') return '';
    const { ask } = action;
    const by = this.#deviceOf(ask.who, device);
    if ('people' in ask && ask.people.length > 20) return '';
    const isPlain = 'text' in ask && ask.text.startsWith('text ');
    const talk = ask.talk === 'no-such-talk' ? 'AAAAAAAAAAAAAAAAAAAAAA' : ask.talk;
    by.ask(isPlain ? { ...ask, talk, text: this.#canary('text') } : { ...ask, talk });
    return `${by.name} ${JSON.stringify(ask).slice(0, 200)}`;
  }

  #deviceOf(who: string, usual: Device): Device {
    const own = this.#devices.filter((device) => device.person === who);
    const device = own.includes(usual) ? usual : (own[own.length - 1] ?? usual);
    this.#comeBack(device);
    return device;
  }

  /** Whoever was deactivated and is back has to load the page again. */
  #comeBack(device: Device): void {
    const isClosed = device.parley.state.getSnapshot() === 'closed';
    if (isClosed && model.isActive(this.#truth.log(), device.person)) device.reload();
  }

  #viewOf(device: Device, nth: number): string | undefined {
    const rows = device.parley.sidebar.getSnapshot().conversations;
    return rows[nth % Math.max(1, rows.length)]?.id;
  }

  #talk(nth: number): string | undefined {
    const talks = model.talksOf(this.#truth.log());
    return talks[nth % Math.max(1, talks.length)];
  }

  #recordAt(nth: number): model.Rec {
    return (['contact:ann', 'company:acme', 'opportunity:big'] as const)[nth % 3] as model.Rec;
  }

  #canary(kind: 'text' | 'name'): string {
    this.#canaries += 1;
    return `${kind}-${this.#canaries}.`;
  }

  // ---- what has to hold ---------------------------------------------------------------------------------------------------------

  /** LIST-6: a client to which nothing is on its way shows a badge that equals its list. */
  #checkQuietDevices(): void {
    for (const device of this.#devices) {
      const { parley } = device;
      if (parley.state.getSnapshot() !== 'online' || !this.#network.isQuiet(device)) continue;
      const { conversations, badge, more, loading, filter } = parley.sidebar.getSnapshot();
      if (more || loading || filter !== null || device.waiting > 0) continue;
      const unread = conversations.filter((view) => view.unread > 0).length;
      if (unread !== badge) this.#complain(`[LIST-6] ${device.name} shows badge ${badge} and ${unread} unread`);
    }
    this.#check();
  }

  #isAtRest(): boolean {
    return (
      this.#process?.server != null &&
      this.#pendingDirectory === null &&
      !this.#isClosedToAll &&
      this.#hasErased() &&
      this.#network.isQuiet() &&
      this.#devices.every((device) => {
        if (!model.isActive(this.#truth.log(), device.person)) return true;
        const { parley } = device;
        return (
          parley.state.getSnapshot() === 'online' &&
          device.waiting === 0 &&
          !parley.sidebar.getSnapshot().loading &&
          parley.outbox.getSnapshot().every(({ status }) => status === 'failed')
        );
      })
    );
  }

  /** Everybody comes to rest, and then shows what the rules say. */
  async #rest(isEnd: boolean): Promise<void> {
    const { faults, inTheMidst } = this.#disk;
    Object.assign(this.#disk, { faults: [], inTheMidst: null });
    this.#isPeace = true;
    const since = this.#scheduler.nowMs;
    while (!(await this.#isCalm())) {
      if (this.#scheduler.nowMs - since > restMs) {
        this.#complain(`nobody comes to rest: ${this.#unrest()}`);
        this.#check();
      }
    }
    await this.#compare(isEnd);
    this.#isPeace = false;
    Object.assign(this.#disk, { faults, inTheMidst });
  }

  /** What keeps the world from coming to rest. */
  #unrest(): string {
    const devices = this.#devices.map(({ name, parley, waiting }) => {
      const { loading } = parley.sidebar.getSnapshot();
      const unanswered = parley.outbox.getSnapshot().filter(({ status }) => status !== 'failed').length;
      return `${name} is ${parley.state.getSnapshot()}, waits for ${waiting}, ${unanswered} unanswered${loading ? ', loads' : ''}`;
    });
    const server = this.#process?.server == null ? 'no server runs' : 'a server runs';
    const erasing = `erasing ${JSON.stringify(this.#process?.server?.erasures.progress)}`;
    return [server, `directory ${JSON.stringify(this.#pendingDirectory)}`, erasing, ...devices].join('; ');
  }

  async #isCalm(): Promise<boolean> {
    for (const device of this.#devices) this.#comeBack(device);
    const process = this.#process;
    // It goes on at the next start.
    if (process?.server?.erasures.progress.failure != null) this.#fenced(process);
    await this.#pass(500, () => this.#isAtRest());
    if (!this.#isAtRest()) return false;
    // What a client asks for by itself is on its way within a moment.
    await this.#pass(60);
    return this.#isAtRest();
  }

  async #compare(isEnd: boolean): Promise<void> {
    const there = this.#devices.filter((device) => device.parley.state.getSnapshot() === 'online');
    if (isEnd) {
      for (const device of there) {
        if (device.filter !== null) device.filterBy(null);
        // A tab that was refused stays so until it is opened again.
        for (const rec of device.openTabs) device.openTab(rec);
      }
      await this.#pass(restMs, () => there.every((device) => device.waiting === 0));
      for (const device of there) {
        device.wait(loadAll(device.parley, device.openTabs));
      }
      await this.#pass(restMs, () => there.every((device) => device.waiting === 0));
    }
    for (const device of there) {
      for (const difference of differences(device, this.#truth, isEnd)) this.#complain(difference);
    }
    for (const difference of this.#truth.eraser.differences(this.#truth.log(), this.#disk)) this.#complain(difference);
    this.#count('compared', there.length);
    this.#check();
  }

  async #end(): Promise<void> {
    this.#mailIsDown = false;
    for (const device of this.#devices) if (!device.online()) device.setOnline(true);
    await this.#rest(true);
    await this.#endMails();
    if (this.#chance.is(0.3)) {
      this.#crash(this.#chance.is(0.5) ? 'kill' : 'power cut', 10);
      await this.#pass(100);
      await this.#rest(true);
    }
  }

  /** ALERT-3: what is still unread when the wait ends has been mailed. */
  async #endMails(): Promise<void> {
    const { limits, people } = this.#plan;
    await this.#pass(limits.mailWaitMs + 12_000);
    const log = this.#truth.log();
    for (const person of people) {
      const { email } = boxesOf(this.#truth, person);
      const always = this.#truth.boxesSince(person, 0).every(({ email: then }) => then.conversations && then.messages);
      const fired = log.some((h) => (h.what === 'fired' || h.what === 'forgotten') && h.who === person);
      if (!email.messages || !always || fired) continue;
      for (const talk of model.talksOf(log)) {
        const { unread, copy } = model.holdingOf(log, talk, person);
        for (const seq of unread) {
          const text = copy.find((line) => line.seq === seq)?.text ?? '';
          // Of others a mail says less, or nothing of what cannot be printed.
          if (text.startsWith('text-') && !this.#mails.some((mail) => mail.to === person && mail.text.includes(text)))
            this.#complain(`[ALERT-3] ${person} was never mailed ${text}, unread at ${seq} of ${talk}`);
        }
      }
    }
    this.#check();
  }
}

const faults: Readonly<Record<'writeFails' | 'commitFails' | 'writeStalls' | 'commitStalls', DiskFault>> = {
  writeFails: 'write fails',
  commitFails: 'commit fails',
  writeStalls: 'write stalls',
  commitStalls: 'commit stalls',
};

function personOf(id: string, active: boolean) {
  return { id, first: id, last: lastNameOf(id), email: addressOf(id), active };
}

/** What a write of the directory makes happen. */
function happeningsIn({ people, records }: StoreWrite, log: model.Log): model.Happening[] {
  const holders = (right: 'everyone' | readonly string[]) => (right === 'everyone' ? 'all' : right);
  return [
    ...people.map((person): model.Happening => {
      if (isErased(person)) return { what: 'forgotten', who: person.id };
      return { what: person.active ? 'hired' : 'fired', who: person.id };
    }),
    ...records.map(({ key, record }): model.Happening => {
      const rec = `${key.kind}:${key.id}`;
      if (record === null) return { what: 'erased', rec };
      return { what: 'secured', rec, name: record.name, view: holders(record.view), edit: holders(record.edit) };
    }),
  ].filter((h) => !isNothingNew(log, h));
}

function rightOf(holders: model.Holders): 'everyone' | readonly string[] {
  return holders === 'all' ? 'everyone' : holders;
}

/** The directory takes no notice of what is so already. */
function isNothingNew(log: model.Log, h: model.Happening): boolean {
  if (h.what === 'hired') return model.isActive(log, h.who);
  if (h.what === 'fired') return !model.isActive(log, h.who);
  return h.what === 'erased' && !log.some((before) => before.what === 'secured' && before.rec === h.rec);
}
