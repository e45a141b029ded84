/**
 * ALERT-3: what waits to be mailed, one row for each person and conversation, however many messages come in the wait.
 * A row is derived from committed messages and becomes durable with the checkpoint that covers them; rows are looked at
 * when they are due and nothing of their conversation waits for a checkpoint, so a replay never brings back what was
 * dealt with. A message to many costs each of them one look-up here, and no write where a row waits already.
 */
import type { ConversationId, PersonId, Seq } from '../conversation/commands.ts';
import { isMessage } from '../conversation/events.ts';
import type { ConversationState } from '../conversation/state.ts';
import { currentStint, unreadOf } from '../conversation/visibility.ts';
import type { OutboxRow } from '../journal/archive.ts';
import type { JournalEntry } from '../journal/entry.ts';

export interface OutboxPort {
  /** Microseconds from a row's first message to when it is looked at. */
  readonly waitMicros: number;
  /** Has the person an address and the box for this kind set? */
  wantsMail(person: PersonId, kind: OutboxRow['kind']): Promise<boolean>;
  state(conversation: ConversationId): Promise<{ readonly state: ConversationState } | null>;
}

/** The rows of one conversation. */
interface Waiting {
  readonly rows: Map<PersonId, OutboxRow>;
  /** Newest message noted here, and when it was written. */
  last: { readonly seq: Seq; readonly at: number };
  /** That message is not behind a checkpoint yet. */
  fresh: boolean;
}

export class Outbox {
  readonly #port: OutboxPort;
  /** Those looked at longest ago first. */
  readonly #conversations = new Map<ConversationId, Waiting>();
  /** Rows that the archive lacks, and rows that it has to drop. */
  readonly #made = new Set<OutboxRow>();
  readonly #done = new Map<string, OutboxRow>();

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
      if (!isMessage(event)) continue;
      const waiting = this.#waiting(conversation);
      waiting.last = { seq: event.seq, at: event.at };
      waiting.fresh = true;
      const kind = event.type === 'started' ? 'conversation' : 'message';
      for (const [person, member] of after.members) {
        if (person === event.by || waiting.rows.has(person) || currentStint(member) === null) continue;
        this.#make(waiting, { person, conversation, from: event.seq, to: event.seq, kind, dueAt: this.#due(event.at) });
      }
    }
  }

  /**
   * The rows that are due, durable and still to be mailed, each up to the newest message; rows that nobody needs a mail
   * for any more are dropped. Looks at the rows of no more than `limit` conversations, and at others the next time.
   */
  async due(now: number, limit = Number.POSITIVE_INFINITY): Promise<OutboxRow[]> {
    const due: OutboxRow[] = [];
    let looked = 0;
    for (const [conversation, waiting] of [...this.#conversations]) {
      const rows = waiting.fresh ? [] : [...waiting.rows.values()].filter((row) => row.dueAt <= now);
      if (rows.length === 0) continue;
      looked += 1;
      if (looked > limit) break;
      // To the end of the line, so that the next look begins with those behind it.
      this.#conversations.delete(conversation);
      this.#conversations.set(conversation, waiting);
      const stored = await this.#port.state(conversation);
      // Nothing is fresh: the newest message is behind a checkpoint, whether it was noted here or before a restart.
      const to = Math.max(waiting.last.seq, stored?.state.lastMessage.seq ?? 0);
      for (const row of rows) {
        if (stored !== null && (await this.#isWanted(row, stored.state))) due.push({ ...row, to });
        else this.done({ ...row, to });
      }
    }
    return due;
  }

  /** Mailed up to `row.to`, or not needed any more; what came since is another row. */
  done(row: OutboxRow): void {
    const { person, conversation } = row;
    const waiting = this.#conversations.get(conversation);
    const known = waiting?.rows.get(person);
    if (waiting === undefined || known === undefined || known.from !== row.from) return;
    waiting.rows.delete(person);
    this.#made.delete(known);
    if (waiting.last.seq > row.to) {
      const { seq, at } = waiting.last;
      this.#make(waiting, { person, conversation, from: row.to + 1, to: seq, kind: 'message', dueAt: this.#due(at) });
      return;
    }
    this.#done.set(keyOf(row), row);
    if (waiting.rows.size === 0 && !waiting.fresh) this.#conversations.delete(conversation);
  }

  /** What a checkpoint of these conversations' partition takes over, and the note that it has. */
  toArchive(belongs: (conversation: ConversationId) => boolean): {
    rows: OutboxRow[];
    done: OutboxRow[];
    taken(): void;
  } {
    const rows = [...this.#made].filter((row) => belongs(row.conversation));
    const done = [...this.#done.values()].filter((row) => belongs(row.conversation));
    const upTo = [...this.#conversations]
      .filter(([id, { fresh }]) => fresh && belongs(id))
      .map(([, waiting]) => waiting);
    const seqs = upTo.map((waiting) => waiting.last.seq);
    return {
      rows,
      done,
      taken: () => {
        for (const row of rows) this.#made.delete(row);
        for (const row of done) if (this.#done.get(keyOf(row)) === row) this.#done.delete(keyOf(row));
        for (const [index, waiting] of upTo.entries()) if (waiting.last.seq === seqs[index]) waiting.fresh = false;
      },
    };
  }

  /** ALERT-1: of what is still unread, a conversation's first message and its later ones each have their own box. */
  async #isWanted(row: OutboxRow, state: ConversationState): Promise<boolean> {
    const unread = unreadOf(state, row.person);
    const first =
      row.kind === 'conversation' && unread > 0 && (state.members.get(row.person)?.readUpTo ?? 0) < row.from;
    if (first && (await this.#port.wantsMail(row.person, 'conversation'))) return true;
    return unread > (first ? 1 : 0) && this.#port.wantsMail(row.person, 'message');
  }

  #waiting(conversation: ConversationId): Waiting {
    const waiting = this.#conversations.get(conversation) ?? { rows: new Map(), last: { seq: 0, at: 0 }, fresh: false };
    this.#conversations.set(conversation, waiting);
    return waiting;
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

function keyOf(row: OutboxRow): string {
  return `${row.person} ${row.conversation}`;
}
