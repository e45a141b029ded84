/**
 * One stretch of load by virtual users. A post leaves when it is due, whatever became of the one before; latency counts from
 * that moment to the moment the bytes were read.
 */
import { Failure } from '../src/admin/exit-codes.ts';
import { histogram, type Percentiles, percentilesOf, record } from '../src/admin/replay/latencies.ts';
import { decodeServerFrame } from '../src/wire/codec.ts';
import type { Seat } from './dialects/dialect.ts';
import { dialectOf } from './dialects/dialect-of.ts';
import { Pacer } from './pacer.ts';
import { acknowledged, numberOf, PostFrame, refused } from './post-frame.ts';
import { cpuSeconds, cpuTickSeconds, residentBytes } from './processes.ts';
import type { Line } from './raw-socket.ts';
import { type Faults, Tally } from './tally.ts';
import { type Second, Timeline } from './timeline.ts';
import type { VirtualUsers } from './virtual-users.ts';

export interface Stretch {
  readonly perSecond: number;
  /** Load before anything is measured. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Number of its first message in each conversation: no other stretch of the same users may use it or one above it. */
  readonly firstNumber: number;
  /** Past what the server can do: refusals, closed connections and missing messages are figures, not errors. */
  readonly overload: boolean;
}
export interface Measured extends Faults {
  readonly sent: number;
  /** All of the stretch, warm-up included. */
  readonly deliveries: number;
  /** Milliseconds from due to received, of every delivery of the measured time. */
  readonly delivery: Percentiles;
  /** Milliseconds from due to the durable acknowledgement; where posts are not acknowledged, none. */
  readonly acknowledgement: Percentiles;
  /** Milliseconds from due to sent: how late the generator itself was. */
  readonly lateness: Percentiles;
  /** Microseconds of the server's processor time for each delivery. */
  readonly cpuMicrosPerDelivery: number;
  /** Processor seconds in the measured time. */
  readonly cpu: { readonly server: number; readonly generator: number; readonly wall: number };
  readonly residentBytes: number;
  readonly timeline: readonly Second[];
  /** Posts answered with an error, by its name; `unsent`: their author’s connection was closed. */
  readonly refused: Readonly<Record<string, number>>;
  readonly closed: number;
}

/** Nothing more comes when nothing came for so long. */
const quietMs = 5_000;
/** A moment longer, so that what comes twice at the very end is seen too. */
const settleMs = 200;
const lookEveryMs = 20;

interface Cpu {
  readonly server: number;
  readonly generator: number;
  readonly at: number;
  readonly deliveries: number;
}

export class LoadRun {
  readonly finished: Promise<Measured>;
  readonly #users: VirtualUsers;
  readonly #stretch: Stretch;
  readonly #posts: PostFrame[];
  readonly #tally: Tally;
  readonly #total: number;
  readonly #firstMeasured: number;
  readonly #intervalMs: number;
  readonly #acknowledges: boolean;
  readonly #delivery = histogram();
  readonly #acknowledgement = histogram();
  readonly #lateness = histogram();
  readonly #timeline = new Timeline();
  readonly #began = performance.now() + 200;
  readonly #refused: Record<string, number> = {};
  /** By conversation: posts that were refused, of which nobody expects a delivery. */
  readonly #refusedIn: Int32Array;
  #sent = 0;
  #deliveries = 0;
  #answered = 0;
  readonly #closed = new Set<Line>();
  #lastNewsAt = performance.now();
  #before: Cpu | null = null;
  #after: Cpu | null = null;
  #done!: (measured: Measured) => void;
  #failed!: (error: Error) => void;

  constructor(users: VirtualUsers, stretch: Stretch) {
    const { conversations, people } = users.shape;
    const dialect = dialectOf(users.target.kind);
    this.#users = users;
    this.#stretch = stretch;
    this.#acknowledges = dialect.acknowledges;
    this.#posts = users.seats.map(
      ({ conversation }) =>
        new PostFrame((text, id) => dialect.post(users.conversationIds[conversation] as string, text, id)),
    );
    this.#intervalMs = 1000 / stretch.perSecond;
    this.#firstMeasured = Math.round(stretch.warmUpSeconds * stretch.perSecond);
    this.#total = this.#firstMeasured + Math.round(stretch.seconds * stretch.perSecond);
    this.#tally = new Tally(conversations, people, Math.ceil(this.#total / conversations));
    this.#refusedIn = new Int32Array(conversations);
    this.finished = new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
    });
    for (const seat of users.seats) {
      seat.line.onFrame = (bytes, start, end) => this.#frame(seat, bytes, start, end);
      seat.line.onClose = (code) => this.#close(seat, code);
    }
    const pacer = new Pacer({ began: this.#began, intervalMs: this.#intervalMs, total: this.#total }, this.#turn);
    const look = setInterval(this.#look, lookEveryMs);
    const stop = (): void => {
      clearInterval(look);
      void pacer.stop();
    };
    this.finished.then(stop, stop);
  }

  /** Of the message of all messages that is number `number` of its conversation in this stretch. */
  #messageOf(conversation: number, number: number): number {
    return number * this.#users.shape.conversations + conversation;
  }

  #dueOf(message: number): number {
    return this.#began + message * this.#intervalMs;
  }

  readonly #turn = (): void => {
    const now = performance.now();
    while (this.#sent < this.#total && this.#dueOf(this.#sent) <= now) this.#post(now);
    if (this.#before === null && this.#sent >= this.#firstMeasured) this.#before = this.#cpu();
  };

  readonly #look = (): void => {
    this.#turn();
    if (this.#sent < this.#total) return;
    const now = performance.now();
    const refusals = this.#refusedIn.reduce((sum, count) => sum + count, 0);
    const delivered = this.#deliveries >= (this.#total - refusals) * this.#users.shape.people;
    const all = delivered && (!this.#acknowledges || this.#answered >= this.#total);
    if (all) this.#after ??= this.#cpu();
    if (now - this.#lastNewsAt > (all ? settleMs : quietMs)) this.#finish();
  };

  #post(now: number): void {
    const { conversations, people } = this.#users.shape;
    const message = this.#sent;
    const conversation = message % conversations;
    const number = Math.floor(message / conversations);
    const author = conversation * people + (number % people);
    const { line } = this.#users.seats[author] as Seat;
    const { overload, firstNumber } = this.#stretch;
    if (this.#closed.has(line)) {
      this.#sent += 1;
      return this.#refusal(conversation, 'unsent');
    }
    if (!line.idle && !overload) {
      this.#failed(new Failure('failed', 'an author’s last post has not left yet: the server reads nothing any more'));
    }
    if (message >= this.#firstMeasured) record(this.#lateness, now - this.#dueOf(message));
    const bytes = (this.#posts[author] as PostFrame).numbered(firstNumber + number);
    line.send(line.idle ? bytes : Buffer.from(bytes));
    this.#sent += 1;
    this.#lastNewsAt = now;
  }

  #frame({ conversation, index }: Seat, bytes: Buffer, start: number, end: number): void {
    let number = this.#acknowledges ? acknowledged(bytes, start, end) : -1;
    const isAnswer = number !== -1;
    if (!isAnswer) number = numberOf(bytes, start, end);
    if (number === -1) {
      if (this.#acknowledges && refused(bytes, start, end) !== -1) {
        const frame = decodeServerFrame(bytes.subarray(start, end));
        this.#refusal(conversation, frame.t === 'error' ? frame.name : frame.t);
      }
      return;
    }
    number -= this.#stretch.firstNumber;
    // What a stretch before this one still had under way when it was given up.
    if (number < 0) return;
    const now = performance.now();
    const message = this.#messageOf(conversation, number);
    const counts = message >= this.#firstMeasured;
    const due = this.#dueOf(message);
    this.#lastNewsAt = now;
    if (isAnswer) {
      this.#answered += 1;
      if (counts) record(this.#acknowledgement, now - due);
    } else if (this.#tally.received(conversation, index, number)) {
      this.#deliveries += 1;
      if (!counts) return;
      record(this.#delivery, now - due);
      this.#timeline.record(due - this.#dueOf(this.#firstMeasured), now - due);
    }
  }

  #refusal(conversation: number, name: string): void {
    if (!this.#stretch.overload) this.#failed(new Failure('failed', `a post was refused: ${name}`));
    this.#refused[name] = (this.#refused[name] ?? 0) + 1;
    this.#refusedIn[conversation] = (this.#refusedIn[conversation] as number) + 1;
    this.#answered += 1;
    this.#lastNewsAt = performance.now();
  }

  /** Those that the server has closed so far, after the end of the stretch as well. */
  get closed(): ReadonlySet<Line> {
    return this.#closed;
  }

  #close({ conversation, index, line }: Seat, code: number): void {
    if (!this.#stretch.overload) this.#failed(new Failure('failed', `the server closed a connection with ${code}`));
    this.#closed.add(line);
    this.#tally.gone(conversation, index);
  }

  #cpu(): Cpu {
    const { user, system } = process.cpuUsage();
    return {
      server: cpuSeconds(this.#users.target.pid),
      generator: (user + system) / 1e6,
      at: performance.now(),
      deliveries: this.#deliveries,
    };
  }

  #finish(): void {
    const { conversations } = this.#users.shape;
    const after = this.#after ?? this.#cpu();
    const before = this.#before ?? after;
    const taken = Array.from({ length: conversations }, (_, conversation) => {
      const sent = Math.ceil((this.#total - conversation) / conversations);
      return sent - (this.#refusedIn[conversation] as number);
    });
    this.#done({
      sent: this.#total,
      deliveries: this.#deliveries,
      delivery: percentilesOf(this.#delivery),
      acknowledgement: percentilesOf(this.#acknowledgement),
      lateness: percentilesOf(this.#lateness),
      // What took less than the system counts in is taken for that: nothing can be compared with nothing.
      cpuMicrosPerDelivery:
        (Math.max(after.server - before.server, cpuTickSeconds) * 1e6) / (after.deliveries - before.deliveries),
      cpu: {
        server: after.server - before.server,
        generator: after.generator - before.generator,
        wall: (after.at - before.at) / 1000,
      },
      residentBytes: residentBytes(this.#users.target.pid).total,
      timeline: this.#timeline.seconds(),
      refused: this.#refused,
      closed: this.#closed.size,
      ...this.#tally.faults(taken),
    });
  }
}
