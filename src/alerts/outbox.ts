/**
 * ALERT-3: what waits to be mailed, one row for each person and conversation, however many messages come in the wait.
 * A row is derived from committed messages and becomes durable with the checkpoint that covers them; only durable rows
 * are looked at when they are due, so a replay never brings back what was dealt with.
 */
import type { ConversationId, PersonId } from '../conversation/commands.ts';
import { isMessage } from '../conversation/events.ts';
import type { ConversationState } from '../conversation/state.ts';
import { participants, unreadOf } from '../conversation/visibility.ts';
import type { OutboxRow } from '../journal/archive.ts';
import type { JournalEntry } from '../journal/entry.ts';

export interface OutboxPort {
  /** Microseconds from a row's first message to when it is looked at. */
  readonly waitMicros: number;
  /** Has the person an address and the box for this kind set? */
  wantsMail(person: PersonId, kind: OutboxRow['kind']): Promise<boolean>;
  state(conversation: ConversationId): Promise<{ readonly state: ConversationState } | null>;
}

export class Outbox {
  readonly #port: OutboxPort;
  readonly #rows = new Map<string, OutboxRow>();
  readonly #changed = new Set<string>();
  readonly #done = new Map<string, OutboxRow>();

  constructor(port: OutboxPort) {
    this.#port = port;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** A row of the archive, at start. */
  restore(row: OutboxRow): void {
    this.#rows.set(keyOf(row), row);
  }

  committed({ events, conversation }: JournalEntry, after: ConversationState | null): void {
    if (after === null || conversation === null) return;
    for (const event of events) {
      if (!isMessage(event)) continue;
      for (const person of participants(after)) {
        if (person === event.by) continue;
        const key = keyOf({ person, conversation });
        const row = this.#rows.get(key);
        const kind = event.type === 'started' ? 'conversation' : 'message';
        const dueAt = event.at + this.#port.waitMicros;
        const extended: OutboxRow =
          row === undefined
            ? { person, conversation, from: event.seq, to: event.seq, kind, dueAt }
            : { ...row, to: Math.max(row.to, event.seq) };
        this.#rows.set(key, extended);
        this.#changed.add(key);
        this.#done.delete(key);
      }
    }
  }

  /**
   * The rows that are due, durable and still to be mailed; rows that nobody needs a mail for any more are dropped. Looks at no more than `limit` of them, and at others the next time.
   */
  async due(now: number, limit = Number.POSITIVE_INFINITY): Promise<OutboxRow[]> {
    const due: OutboxRow[] = [];
    let looked = 0;
    for (const [key, row] of [...this.#rows]) {
      if (row.dueAt > now || this.#changed.has(key)) continue;
      looked += 1;
      if (looked > limit) break;
      const stored = await this.#port.state(row.conversation);
      if (stored === null || !(await this.#isWanted(row, stored.state))) {
        this.done(row);
        continue;
      }
      // To the end of the line, so that the next look begins with those behind it.
      if (this.#rows.get(key) === row) {
        this.#rows.delete(key);
        this.#rows.set(key, row);
      }
      due.push(row);
    }
    return due;
  }

  /** ALERT-1: of what is still unread, a conversation's first message and its later ones each have their own box. */
  async #isWanted(row: OutboxRow, state: ConversationState): Promise<boolean> {
    const unread = unreadOf(state, row.person);
    const first =
      row.kind === 'conversation' && unread > 0 && (state.members.get(row.person)?.readUpTo ?? 0) < row.from;
    if (first && (await this.#port.wantsMail(row.person, 'conversation'))) return true;
    return unread > (first ? 1 : 0) && this.#port.wantsMail(row.person, 'message');
  }

  /** Mailed, or not needed any more; a message that came meanwhile has made another row of it. */
  done(row: OutboxRow): void {
    const key = keyOf(row);
    if (this.#rows.get(key) !== row) return;
    this.#rows.delete(key);
    this.#changed.delete(key);
    this.#done.set(key, row);
  }

  /** What a checkpoint of these conversations' partition takes over, and the note that it has. */
  toArchive(belongs: (conversation: ConversationId) => boolean): {
    rows: OutboxRow[];
    done: OutboxRow[];
    taken(): void;
  } {
    const rows = [...this.#changed]
      .flatMap((key) => this.#rows.get(key) ?? [])
      .filter((row) => belongs(row.conversation));
    const done = [...this.#done.values()].filter((row) => belongs(row.conversation));
    return {
      rows,
      done,
      taken: () => {
        for (const row of rows) if (this.#rows.get(keyOf(row)) === row) this.#changed.delete(keyOf(row));
        for (const row of done) if (this.#done.get(keyOf(row)) === row) this.#done.delete(keyOf(row));
      },
    };
  }
}

function keyOf(row: { readonly person: PersonId; readonly conversation: ConversationId }): string {
  return `${row.person} ${row.conversation}`;
}
