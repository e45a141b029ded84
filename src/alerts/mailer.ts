/**
 * ALERT-3: takes rows that are due from the outbox, has each composed at the moment of sending, and notes it as done only
 * after the server's yes, which the next checkpoint makes durable. A failure of one mail puts off that mail; a failure
 * of the way to the server stops all of them, and then one at a time tries whether it is open again. Few are on the wire
 * at once; nothing is kept here that a start would miss.
 */
import type { MailOutcome, OutboxRow } from '../journal/archive.ts';
import type { Limits } from '../limits.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Random } from '../runtime/random.ts';
import { composeMail, type MailSettings } from './mail.ts';
import type { Decided } from './mail-news.ts';
import type { MailSender, SendResult } from './mail-sender.ts';
import type { Outbox } from './outbox.ts';

/** What a server needs so that it mails. */
export interface Mailing {
  readonly sender: MailSender;
  readonly settings: MailSettings;
}

export interface MailerPort extends Mailing {
  readonly outbox: Outbox;
  /** What the mail may tell, as of now. */
  newsFor(row: OutboxRow): Promise<Decided | null>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: Limits;
  readonly metrics: Pick<Metrics, 'mail'>;
}

type Down = Extract<SendResult, { is: 'down' }>;

export class Mailer {
  readonly #port: MailerPort;
  #sweep: Timer | null = null;
  #looking = false;
  /** Held rows that wait for their turn, and those whose mail is being made or is on the wire. */
  #queue: OutboxRow[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #stopped = false;
  /** Of the way to the server, since it last took a mail. */
  #down: { readonly cause: Down['cause']; failures: number; pausedUntilMs: number } | null = null;

  constructor(port: MailerPort) {
    this.#port = port;
  }

  start(): void {
    const { clock, limits } = this.#port;
    this.#sweep = clock.every(limits.outboxSweepMs, () => void this.#look());
  }

  /** Begins no further mail, and waits for those on the wire, no longer than `mailDrainMs`: the rest stays in the outbox. */
  async stop(): Promise<void> {
    const { clock, limits, sender } = this.#port;
    this.#end();
    let overdue: Timer | null = null;
    const patience = new Promise<void>((resolve) => {
      overdue = clock.after(limits.mailDrainMs, resolve);
    });
    await Promise.race([this.#settled(), patience]);
    (overdue as Timer | null)?.cancel();
    sender.close();
    await this.#settled();
  }

  /** At once, and without a note of what is on the wire: the store is not ours any more. */
  abandon(): void {
    this.#end();
    this.#port.sender.close();
  }

  #end(): void {
    this.#stopped = true;
    this.#sweep?.cancel();
    this.#queue = [];
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Fetches what is due where nothing waits for its turn. */
  async #look(): Promise<void> {
    const { outbox, clock, limits, log } = this.#port;
    const isPaused = this.#down !== null && clock.monotonicMs() < this.#down.pausedUntilMs;
    if (this.#looking || this.#stopped || isPaused || this.#queue.length > 0) return;
    this.#looking = true;
    try {
      const due = await outbox.due(clock.tick(), limits.outboxSweepRows);
      for (const row of due) outbox.hold(row);
      this.#queue.push(...due);
    } catch (error) {
      log.error({ error: (error as Error).stack }, 'the outbox could not be looked through');
    }
    this.#looking = false;
    this.#fill();
  }

  #fill(): void {
    const { mailsInFlightMax } = this.#port.limits;
    // After a failure of the way one mail finds out whether it is open again.
    const room = () => this.#underWay.size < (this.#down === null ? mailsInFlightMax : 1);
    while (!this.#stopped && room()) {
      const row = this.#queue.shift();
      if (row === undefined) return;
      const run = this.#mail(row).finally(() => {
        this.#underWay.delete(run);
        this.#fill();
      });
      this.#underWay.add(run);
    }
  }

  /** Never rejects. */
  async #mail(row: OutboxRow): Promise<void> {
    const { outbox, sender, clock, settings, limits, log, metrics } = this.#port;
    try {
      const decided = await this.#port.newsFor(row);
      if (this.#stopped) return;
      if (decided === null) return outbox.done(row, null);
      const { news } = decided;
      if (typeof news === 'string') return this.#done(row, decided, news);
      const mail = composeMail(news, settings, new Date(clock.now() / 1_000), limits);
      this.#note(row, decided, await sender.send(mail));
    } catch (error) {
      const { person, conversation } = row;
      log.error({ person, conversation, error: (error as Error).stack }, 'a mail could not be made');
      metrics.mail('retried');
      this.#putOff(row);
    }
  }

  #note(row: OutboxRow, decided: Decided, result: SendResult): void {
    const { clock, limits, log, metrics, outbox } = this.#port;
    const { person, conversation } = row;
    if (result.is === 'sent') {
      metrics.mail('sent');
      this.#done(row, decided, 'sent');
      return this.#open();
    }
    // An answer to this mail alone: the way is open, whatever becomes of it.
    if (result.is !== 'down' && result.code !== 'timeout') this.#open();
    // Where a clock was ahead, that alone says nothing.
    const tooLate =
      clock.tick() - row.dueAt > limits.mailGiveUpMs * 1_000 && outbox.failuresOf(row) >= limits.mailTriesMin;
    if (result.is === 'refused' || (result.is === 'later' && tooLate)) {
      metrics.mail('failed');
      const outcome = result.is === 'refused' ? 'refused' : 'given-up';
      this.#done(row, decided, outcome, result.code);
      log.warn({ person, conversation, code: result.code, outcome }, 'a mail is dropped for good');
      return;
    }
    metrics.mail('retried');
    // Also where the way is closed: should it be this mail that closes it, then others are tried before it.
    this.#putOff(row);
    if (result.is === 'down') this.#pause(result);
  }

  #done(row: OutboxRow, { v, boxes }: Decided, outcome: MailOutcome, code: string | null = null): void {
    this.#port.outbox.done(row, { at: this.#port.clock.tick(), v, outcome, code, boxes });
  }

  #putOff(row: OutboxRow): void {
    const { outbox, clock } = this.#port;
    outbox.putOff(row, (failures) => clock.tick() + this.#pauseMs(failures) * 1_000);
  }

  #open(): void {
    if (this.#down === null) return;
    this.#port.log.info({ failures: this.#down.failures }, 'the mail server takes mails again');
    this.#down = null;
  }

  #pause({ cause, code }: Down): void {
    const { clock, log, outbox } = this.#port;
    const before = this.#down;
    // Those that were on the wire together fail together: one failure of the way.
    if (before !== null && clock.monotonicMs() < before.pausedUntilMs) return;
    const failures = (before?.failures ?? 0) + 1;
    const pauseMs = this.#pauseMs(failures);
    this.#down = { cause, failures, pausedUntilMs: clock.monotonicMs() + pauseMs };
    for (const row of this.#queue.splice(0)) outbox.release(row);
    const fields = { cause, code, failures, pauseMs: Math.round(pauseMs), waiting: outbox.size };
    // Loud once for each cause; a mail server that stays away is said by the metrics.
    if (before?.cause !== cause) log.error(fields, 'the mail server takes no mails; they are kept and tried again');
    else log.debug(fields, 'the mail server still takes no mails');
  }

  /** Doubled by each failure up to the longest, and shortened by up to a half, so that servers do not come in step. */
  #pauseMs(failures: number): number {
    const { mailRetryMinMs, mailRetryMaxMs } = this.#port.limits;
    const longest = Math.min(mailRetryMaxMs, mailRetryMinMs * 2 ** (failures - 1));
    return longest * (1 - this.#port.random.fraction() / 2);
  }
}
