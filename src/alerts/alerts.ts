/**
 * What tells people of others' doing while they do not look: the four boxes of each, which decide over pop-ups and
 * e-mails (ALERT-1), and where there is a mail server the outbox and whoever sends from it (ALERT-3). Hears of every entry
 * once it is durable, and says what a checkpoint has to take along.
 */
import type { ConversationId } from '../conversation/commands.ts';
import type { ConversationState } from '../conversation/state.ts';
import type { Directory } from '../directory/directory.ts';
import type { AlertsToArchive } from '../host/checkpoint.ts';
import type { Archive } from '../journal/archive.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { Limits } from '../limits.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Random } from '../runtime/random.ts';
import type { ConversationReader } from '../views/reader.ts';
import { newsFor } from './mail-news.ts';
import { Mailer, type Mailing } from './mailer.ts';
import { Outbox } from './outbox.ts';
import { Preferences } from './preferences.ts';
import { mailReader } from './wanted.ts';

export interface AlertsPort {
  readonly archive: Pick<Archive, 'preferences' | 'outbox' | 'state'>;
  /** Not asked before `start`. */
  readonly reader: Pick<ConversationReader, 'state' | 'timeline'>;
  readonly directory: Directory;
  /** Null = no e-mails, and none are kept for later. */
  readonly mailing: Mailing | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: Limits;
  readonly metrics: Pick<Metrics, 'mail'>;
}

/** What there is only with a mail server. */
interface Mail {
  readonly outbox: Outbox;
  readonly mailer: Mailer;
}

export class Alerts {
  readonly preferences: Preferences;
  readonly #mail: Mail | null;

  private constructor(preferences: Preferences, mail: Mail | null) {
    this.preferences = preferences;
    this.#mail = mail;
  }

  /** Reads what waited to be mailed when the server before ended. */
  static async open(port: AlertsPort): Promise<Alerts> {
    const preferences = new Preferences(port.archive);
    const mail = port.mailing === null ? null : mailOver(port, port.mailing, preferences);
    if (mail !== null) for await (const row of port.archive.outbox()) mail.outbox.restore(row);
    return new Alerts(preferences, mail);
  }

  /** Rows of the outbox. */
  get waiting(): number {
    return this.#mail?.outbox.size ?? 0;
  }

  /** Of an entry that is durable, also of one from before this start that the archive lacks. `after`: as of the entry. */
  committed(entry: JournalEntry, after: ConversationState | null): void {
    this.preferences.committed(entry);
    this.#mail?.outbox.committed(entry, after);
  }

  /**
   * For a checkpoint of a partition. `belongs`: is the conversation in it? `waits`: has it events that come with a later
   * write? Then so do the rows that follow from them.
   */
  toArchive(
    belongs: (conversation: ConversationId) => boolean,
    waits: (conversation: ConversationId) => boolean,
  ): AlertsToArchive {
    const boxes = this.preferences.toArchive();
    const mail = this.#mail?.outbox.toArchive(belongs, waits);
    return {
      preferences: boxes.rows,
      outbox: mail?.rows ?? [],
      outboxDone: mail?.done ?? [],
      mails: mail?.ended ?? [],
      taken() {
        boxes.taken();
        mail?.taken();
      },
    };
  }

  /** Mails from now on. */
  start(): void {
    this.#mail?.mailer.start();
  }

  /** As the mailer's. */
  async stop(): Promise<void> {
    await this.#mail?.mailer.stop();
  }

  /** As the mailer's. */
  abandon(): void {
    this.#mail?.mailer.abandon();
  }
}

function mailOver(port: AlertsPort, mailing: Mailing, preferences: Preferences): Mail {
  const { archive, reader, directory, clock, random, limits, log, metrics } = port;
  const boxes = async (person: string) => (await preferences.of(person)).email;
  const outbox = new Outbox({
    waitMicros: limits.mailWaitMs * 1000,
    reader: async (person) => mailReader(directory, person, await boxes(person)),
    now: () => clock.tick(),
    state: (conversation) => reader.state(conversation),
    archived: async (conversation) => (await archive.state(conversation))?.state.lastMessage ?? null,
    unreadable: (conversation, error) =>
      log.error({ conversation, error: error.stack }, 'what is to be mailed of a conversation cannot be read'),
  });
  const mailer = new Mailer({
    ...mailing,
    newsFor: (row) => newsFor({ directory, reader, boxes, limits }, row),
    outbox,
    clock,
    random,
    log,
    limits,
    metrics,
  });
  return { outbox, mailer };
}
