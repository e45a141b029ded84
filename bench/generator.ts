/**
 * The load, in a process of its own. Spins instead of sleeping, so that a post leaves when it is due; latency counts from
 * that moment to the moment the bytes were read, whatever became of the post before it.
 */
import { readFileSync } from 'node:fs';
import { histogram, type Percentiles, percentilesOf, record } from '../src/admin/replay/latencies.ts';
import { type Crowd, gather, type Seat } from './crowd.ts';
import { acknowledged, numberOf, PostFrame } from './post-frame.ts';
import { type Faults, Tally } from './tally.ts';
import type { Target, Workload } from './workload.ts';

export interface Order {
  readonly target: Target;
  readonly workload: Workload;
  /** Load before anything is measured. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
}
export interface Measured extends Faults {
  readonly sent: number;
  /** All of the run, warm-up included. */
  readonly deliveries: number;
  /** Milliseconds from due to received, of every delivery of the measured time. */
  readonly delivery: Percentiles;
  /** Milliseconds from due to the durable acknowledgement; of the relay none. */
  readonly acknowledgement: Percentiles;
  /** Milliseconds from due to sent: how late the generator itself was. */
  readonly lateness: Percentiles;
  /** Microseconds of the server's processor time for each delivery. */
  readonly cpuMicrosPerDelivery: number;
}

/** Nothing more comes when nothing came for so long. */
const quietMs = 5_000;
const ticksPerSecond = 100;

export async function measure(order: Order): Promise<Measured> {
  const crowd = await gather(order.target, order.workload);
  const run = new Run(order, crowd);
  const measured = await run.finished;
  for (const { socket } of crowd.seats) socket.destroy();
  return measured;
}

class Run {
  readonly finished: Promise<Measured>;
  readonly #order: Order;
  readonly #posts: PostFrame[];
  readonly #seats: readonly Seat[];
  readonly #tally: Tally;
  readonly #total: number;
  readonly #firstMeasured: number;
  readonly #intervalMs: number;
  readonly #delivery = histogram();
  readonly #acknowledgement = histogram();
  readonly #lateness = histogram();
  readonly #began = performance.now() + 200;
  #sent = 0;
  #deliveries = 0;
  #acknowledged = 0;
  #lastNewsAt = performance.now();
  #cpu: { readonly seconds: number; readonly deliveries: number } | null = null;
  #cpuMicros = Number.NaN;
  #done!: (measured: Measured) => void;

  constructor(order: Order, crowd: Crowd) {
    const { conversations, people, perSecond } = order.workload;
    this.#order = order;
    this.#seats = crowd.seats;
    this.#posts = crowd.seats.map(({ conversation }) => new PostFrame(crowd.conversationIds[conversation] as string));
    this.#intervalMs = 1000 / perSecond;
    this.#firstMeasured = Math.round(order.warmUpSeconds * perSecond);
    this.#total = this.#firstMeasured + Math.round(order.seconds * perSecond);
    this.#tally = new Tally(conversations, people, Math.ceil(this.#total / conversations));
    for (const seat of crowd.seats) {
      seat.socket.onFrame = (bytes, start, end) => this.#frame(seat, bytes, start, end);
    }
    this.finished = new Promise((resolve) => {
      this.#done = resolve;
    });
    setImmediate(this.#turn);
  }

  /** The message of all messages that is number `number` of its conversation. */
  #dueOf(conversation: number, number: number): { readonly message: number; readonly at: number } {
    const message = number * this.#order.workload.conversations + conversation;
    return { message, at: this.#began + message * this.#intervalMs };
  }

  readonly #turn = (): void => {
    const now = performance.now();
    while (this.#sent < this.#total && this.#began + this.#sent * this.#intervalMs <= now) this.#post(now);
    if (this.#cpu === null && this.#sent >= this.#firstMeasured) {
      this.#cpu = { seconds: cpuSeconds(this.#order.target.pid), deliveries: this.#deliveries };
    }
    if (this.#sent < this.#total) return void setImmediate(this.#turn);
    const expected = this.#total * this.#order.workload.people;
    const acks = this.#order.target.kind === 'parley' ? this.#total : 0;
    const all = this.#deliveries >= expected && this.#acknowledged >= acks;
    if (all && Number.isNaN(this.#cpuMicros)) this.#readCpu();
    // A moment longer, so that what comes twice at the very end is seen too.
    if (all ? now - this.#lastNewsAt > 200 : now - this.#lastNewsAt > quietMs) this.#finish();
    else setImmediate(this.#turn);
  };

  #post(now: number): void {
    const { conversations, people } = this.#order.workload;
    const message = this.#sent;
    const conversation = message % conversations;
    const number = Math.floor(message / conversations);
    const author = conversation * people + (number % people);
    const { socket } = this.#seats[author] as Seat;
    if (!socket.idle) throw new Error('an author’s last post has not left yet: the server reads nothing any more');
    if (message >= this.#firstMeasured) {
      record(this.#lateness, now - (this.#began + message * this.#intervalMs));
    }
    socket.send((this.#posts[author] as PostFrame).numbered(number));
    this.#sent += 1;
    this.#lastNewsAt = now;
  }

  #frame({ conversation, index }: Seat, bytes: Buffer, start: number, end: number): void {
    const parley = this.#order.target.kind === 'parley';
    const answered = parley ? acknowledged(bytes, start, end) : -1;
    const number = answered === -1 ? numberOf(bytes, start, end) : answered;
    if (number === -1) return;
    const now = performance.now();
    const due = this.#dueOf(conversation, number);
    const counts = due.message >= this.#firstMeasured;
    this.#lastNewsAt = now;
    if (answered !== -1) {
      this.#acknowledged += 1;
      if (counts) record(this.#acknowledgement, now - due.at);
    } else if (this.#tally.received(conversation, index, number)) {
      this.#deliveries += 1;
      if (counts) record(this.#delivery, now - due.at);
    }
  }

  #readCpu(): void {
    const before = this.#cpu ?? { seconds: 0, deliveries: 0 };
    const seconds = cpuSeconds(this.#order.target.pid) - before.seconds;
    this.#cpuMicros = (seconds * 1e6) / (this.#deliveries - before.deliveries);
  }

  #finish(): void {
    if (Number.isNaN(this.#cpuMicros)) this.#readCpu();
    const { conversations } = this.#order.workload;
    const sent = Array.from({ length: conversations }, (_, conversation) =>
      Math.ceil((this.#total - conversation) / conversations),
    );
    this.#done({
      sent: this.#total,
      deliveries: this.#deliveries,
      delivery: percentilesOf(this.#delivery),
      acknowledgement: percentilesOf(this.#acknowledgement),
      lateness: percentilesOf(this.#lateness),
      cpuMicrosPerDelivery: this.#cpuMicros,
      ...this.#tally.faults(sent),
    });
  }
}

/** User and system time of the process with all its threads, from the 14th and 15th field of its stat. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

process.on('message', (order: Order) => {
  measure(order).then(
    (measured) => process.send?.(measured, () => process.exit(0)),
    (error: Error) => {
      process.stderr.write(`${error.stack}\n`);
      process.exit(1);
    },
  );
});
