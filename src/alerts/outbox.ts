/**
 * ALERT-3: what waits to be mailed, one row for each person and conversation, however many messages come in the wait.
 * A row is derived from committed messages and becomes durable with the checkpoint that covers them; rows are dealt with
 * when they are due and only up to what the archive holds of their conversation, so a replay never brings back what was
 * dealt with. A message to many looks only at those of them who have no row.
 */
import type { ConversationId, PersonId } from '../conversation/commands.ts';
import { isMessage } from '../conversation/events.ts';
import type { ConversationState, MessageMark } from '../conversation/state.ts';
import { isParticipant } from '../conversation/visibility.ts';
import type { ArchiveBatch, OutboxRow } from '../journal/archive.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { type MailEnding, type MailReader, notNeeded } from './wanted.ts';

export interface OutboxPort {
  /** Microseconds from a row's first message to when it is looked at. */
  readonly waitMicros: number;
  reader(person: PersonId): Promise<MailReader>;
  /** Microseconds since 1970. */
  now(): number;
  state(conversation: ConversationId): Promise<{ readonly state: ConversationState } | null>;
  /** The newest message of the conversation that is behind a checkpoint. */
  archived(conversation: ConversationId): Promise<MessageMark | null>;
  /** One of the above failed; its rows are looked at again after another wait, and no other waits for them. */
  unreadable(conversation: ConversationId, error: Error): void;
}

/** The rows of one conversation. */
interface Waiting {
  readonly rows: Map<PersonId, OutboxRow>;
  /** Newest message noted here, and when it was written. */
  last: MessageMark;
  /** Every participant without a row is one of these; null: they have to be looked for. */
  lacking: Set<PersonId> | null;
  /** Rows being mailed, or put off after a failure. Not durable: a start tries them anew. */
  readonly held: Map<PersonId, Held>;
}

interface Held {
  /** As the clock ticks, which the wall's jumps do not touch; infinity while it is being mailed. */
  readonly until: number;
  readonly failures: number;
}

export class Outbox {
  readonly #port: OutboxPort;
  /** Those looked at longest ago first. */
  readonly #conversations = new Map<ConversationId, Waiting>();
  /** Rows that the archive lacks, and rows that it has to drop. */
  readonly #made = new Set<OutboxRow>();
  readonly #done = new Map<string, OutboxRow>();
  /** What became of rows, until a checkpoint takes it over. */
  #ended: ArchiveBatch['mails'][number][] = [];

  constructor(port: OutboxPort) {
    this.#port = port;
  }

  get size(): number {
    let rows = 0;
    for (const waiting of this.#conversations.values()) rows += waiting.rows.size;
    return rows;
  }

  /** A row of the archive, at start. */
  restore(row: OutboxRow): void {
    const waiting = this.#waiting(row.conversation);
    waiting.rows.set(row.person, row);
    if (row.to > waiting.last.seq) waiting.last = { seq: row.to, at: row.dueAt - this.#port.waitMicros };
  }

  committed({ events, conversation }: JournalEntry, after: ConversationState | null): void {
    if (after === null || conversation === null) return;
    for (const event of events) {
      if (event.type === 'joined') this.#conversations.get(conversation)?.lacking?.add(event.who);
      if (!isMessage(event)) continue;
      const waiting = this.#waiting(conversation);
      waiting.last = { seq: event.seq, at: event.at };
      const kind = event.type === 'started' ? 'conversation' : 'message';
      for (const person of waiting.lacking ?? after.members.keys()) {
        if (person === event.by || waiting.rows.has(person) || !isParticipant(after, person)) continue;
        this.#make(waiting, { person, conversation, from: event.seq, to: event.seq, kind, dueAt: this.#due(event.at) });
      }
      waiting.lacking = new Set([event.by]);
      this.#forgetIfEmpty(conversation, waiting);
    }
  }

  /**
   * The rows that are due, held by nobody, durable and still to be mailed, each up to the newest message behind a
   * checkpoint; rows that nobody needs a mail for any more are dropped. Looks at no more than `limit` rows, and at others
   * the next time.
   */
  async due(now: number, limit = Number.POSITIVE_INFINITY): Promise<OutboxRow[]> {
    const due: OutboxRow[] = [];
    let looked = 0;
    for (const [conversation, waiting] of [...this.#conversations]) {
      if (looked >= limit) break;
      const rows = [...waiting.rows.values()]
        .filter((row) => isDue(row, waiting.held.get(row.person), now))
        .slice(0, limit - looked);
      if (rows.length === 0) continue;
      looked += rows.length;
      // To the end of the line, so that the next look begins with those behind it.
      this.#conversations.delete(conversation);
      this.#conversations.set(conversation, waiting);
      try {
        due.push(...(await this.#stillWanted(conversation, waiting, rows, now)));
      } catch (error) {
        this.#putOffUnread(rows, now, error as Error);
      }
    }
    return due;
  }

  /** The row is being mailed: not due until `putOff` or `release`. */
  hold(row: OutboxRow): void {
    this.#hold(row, (before) => ({ until: Number.POSITIVE_INFINITY, failures: before }));
  }

  /** Could not be mailed: not due before `until`, which is asked for with the number of failures since the start. */
  putOff(row: OutboxRow, until: (failures: number) => number): void {
    this.#hold(row, (before) => ({ until: until(before + 1), failures: before + 1 }));
  }

  /** How often it was put off since the start. */
  failuresOf({ person, conversation }: OutboxRow): number {
    return this.#conversations.get(conversation)?.held.get(person)?.failures ?? 0;
  }

  /** Held for nothing: due as it was. */
  release(row: OutboxRow): void {
    this.#hold(row, (before) => ({ until: 0, failures: before }));
  }

  /**
   * Mailed up to `row.to`, or not needed any more; what came since is another row. `ending`: kept for whoever asks why;
   * null where the conversation is no more.
   */
  done(row: OutboxRow, ending: MailEnding | null): void {
    const { person, conversation } = row;
    const waiting = this.#conversations.get(conversation);
    const known = waiting?.rows.get(person);
    if (waiting === undefined || known === undefined || known.from !== row.from) return;
    waiting.rows.delete(person);
    waiting.held.delete(person);
    this.#made.delete(known);
    const { from, to, kind } = row;
    if (ending !== null) this.#ended.push({ person, conversation, record: { from, to, kind, ...ending } });
    if (waiting.last.seq > row.to) {
      const { seq, at } = waiting.last;
      this.#make(waiting, { person, conversation, from: row.to + 1, to: seq, kind: 'message', dueAt: this.#due(at) });
      return;
    }
    waiting.lacking?.add(person);
    this.#done.set(keyOf(row), row);
    this.#forgetIfEmpty(conversation, waiting);
  }

  /**
   * What a checkpoint of these conversations' partition takes over, and the note that it has. The rows of a conversation
   * that `waits` are left for the write that has its events.
   */
  toArchive(
    belongs: (conversation: ConversationId) => boolean,
    waits: (conversation: ConversationId) => boolean,
  ): {
    rows: OutboxRow[];
    done: OutboxRow[];
    ended: ArchiveBatch['mails'];
    taken(): void;
  } {
    const rows = [...this.#made].filter((row) => belongs(row.conversation) && !waits(row.conversation));
    const done = [...this.#done.values()].filter((row) => belongs(row.conversation));
    const ended = this.#ended.filter((row) => belongs(row.conversation));
    return {
      rows,
      done,
      ended,
      taken: () => {
        if (ended.length > 0) this.#ended = this.#ended.filter((row) => !ended.includes(row));
        for (const row of rows) this.#made.delete(row);
        for (const row of done) if (this.#done.get(keyOf(row)) === row) this.#done.delete(keyOf(row));
      },
    };
  }

  #waiting(conversation: ConversationId): Waiting {
    const waiting = this.#conversations.get(conversation) ?? {
      rows: new Map(),
      last: { seq: 0, at: 0 },
      lacking: null,
      held: new Map(),
    };
    this.#conversations.set(conversation, waiting);
    return waiting;
  }

  /** Those of the rows that are durable and wanted, up to what the archive holds; what nobody wants is done with. */
  async #stillWanted(
    id: ConversationId,
    waiting: Waiting,
    rows: readonly OutboxRow[],
    now: number,
  ): Promise<OutboxRow[]> {
    const wanted: OutboxRow[] = [];
    const archived = await this.#port.archived(id);
    const stored = await this.#port.state(id);
    for (const known of rows) {
      if (archived === null || !isWhole(known, waiting, archived)) continue;
      const row = { ...known, to: archived.seq };
      if (stored === null) {
        this.done(row, null);
        continue;
      }
      const reader = await this.#readerOf(row, now);
      if (reader === null) continue;
      const because = notNeeded(row, stored.state, row.person, reader);
      const { v } = stored.state;
      if (because === null) wanted.push(row);
      else this.done(row, { at: this.#port.now(), v, outcome: because, code: null, boxes: reader.boxes });
    }
    return wanted;
  }

  /** Null where it cannot be read what they want: their mail waits, and nobody else's does. */
  async #readerOf(row: OutboxRow, now: number): Promise<MailReader | null> {
    try {
      return await this.#port.reader(row.person);
    } catch (error) {
      this.#putOffUnread([row], now, error as Error);
      return null;
    }
  }

  #putOffUnread(rows: readonly OutboxRow[], now: number, error: Error): void {
    for (const row of rows) this.putOff(row, () => now + this.#port.waitMicros);
    this.#port.unreadable((rows[0] as OutboxRow).conversation, error);
  }

  #forgetIfEmpty(conversation: ConversationId, waiting: Waiting): void {
    if (waiting.rows.size === 0) this.#conversations.delete(conversation);
  }

  #hold({ person, conversation, from }: OutboxRow, held: (failures: number) => Held): void {
    const waiting = this.#conversations.get(conversation);
    if (waiting?.rows.get(person)?.from === from)
      waiting.held.set(person, held(waiting.held.get(person)?.failures ?? 0));
  }

  #make(waiting: Waiting, row: OutboxRow): void {
    waiting.rows.set(row.person, row);
    this.#made.add(row);
    // The archive keeps rows by person and conversation: writing this one replaces what was to be dropped.
    this.#done.delete(keyOf(row));
  }

  #due(at: number): number {
    return at + this.#port.waitMicros;
  }
}

function isDue(row: OutboxRow, held: Held | undefined, now: number): boolean {
  return row.dueAt <= now && (held?.until ?? 0) <= now;
}

/**
 * Is every message that came in the row's wait behind a checkpoint, and so the row itself, which is written with its
 * first? A conversation that never rests is not waited for: what comes after the wait is another mail's.
 */
function isWhole(row: OutboxRow, { last }: Waiting, archived: MessageMark): boolean {
  return archived.seq >= last.seq || (archived.seq >= row.from && archived.at >= row.dueAt);
}

function keyOf(row: OutboxRow): string {
  return `${row.person} ${row.conversation}`;
}
