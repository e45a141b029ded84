/**
 * Port: everything behind the journal. History (every event, not only messages), a snapshot of each conversation's
 * state, the indexes from people and CRM records to conversations, the memory of commands, preferences and the e-mail
 * outbox. A checkpoint brings it up to date in batches; what it holds is always a prefix of the journal for each
 * conversation. Adapters: `archive-thread.ts` (a server's), `archive-lmdb.ts`, `archive-memory.ts`;
 * `test/journal/archive-suite.ts` holds them all to this.
 *
 * Reads see every batch whose `write` has resolved; returned values are the caller's. Every value carries a format byte
 * and a CRC32C, and each conversation's events a running hash: a read of altered bytes throws `Damaged`, it never
 * returns them.
 */
import type { ConversationId, Micros, PersonId, RecordRef, Seq } from '../conversation/commands.ts';
import type { ConversationState } from '../conversation/state.ts';
import type { PackedCommands } from './answered-commands.ts';
import type { AlertPreferences, ArchivedEvent, Position, Remembered } from './entry.ts';
import type { LedgerPlace } from './erasure-ledger.ts';
import type { Place } from './format.ts';
import type { Damaged } from './journal.ts';

/** What waits to be mailed to one person about one conversation: at most one row for the pair (ALERT-3). */
export interface OutboxRow {
  readonly person: PersonId;
  readonly conversation: ConversationId;
  /** First seq it is about, and the last when it was written: what came in the wait is found when it is due. */
  readonly from: Seq;
  readonly to: Seq;
  /** Is it for the start of, or the invitation to, a conversation, or for what came in one? */
  readonly kind: 'conversation' | 'message';
  /** Microseconds since 1970. Looked at again then: sent if still unread, dropped if not. */
  readonly dueAt: number;
}

/** What became of a row of the outbox. Append only: archives hold the place in this list. */
export const mailOutcomes = [
  'sent',
  'nothing-unread',
  'deactivated',
  'no-address',
  'boxes',
  'refused',
  'given-up',
  'erased',
] as const;
export type MailOutcome = (typeof mailOutcomes)[number];

/** How an e-mail was decided, for whoever asks later (`parley why mail`). No address and no text. */
export interface MailRecord extends Pick<OutboxRow, 'from' | 'to' | 'kind'> {
  /** Microseconds since 1970. */
  readonly at: number;
  /** Number of the conversation's newest event then: with the state as of it, the decision can be made again. */
  readonly v: number;
  readonly outcome: MailOutcome;
  /** What the mail server said where it refused or put off: a reply's number, or the name of a fault. */
  readonly code: string | null;
  /** The e-mail boxes then (ALERT-1). */
  readonly boxes: AlertPreferences['email'];
}

export interface StoredState {
  readonly state: ConversationState;
  /** Position of the newest entry the state holds. */
  readonly position: Position;
}

/** The end of a conversation's history, marks included. */
export interface EventsSince {
  /** Number of the last event before these; 0 = none. */
  readonly after: number;
  /** In order of `v`, without a gap. */
  readonly events: readonly ArchivedEvent[];
}

/** One write of a checkpoint. Atomic, and idempotent: writing it again changes nothing. */
export interface ArchiveBatch {
  readonly partition: number;
  /** Each with all its events since the state stored before, in order. */
  readonly conversations: readonly { readonly stored: StoredState; readonly events: readonly ArchivedEvent[] }[];
  readonly commands: PackedCommands;
  readonly preferences: readonly { readonly person: PersonId; readonly boxes: AlertPreferences }[];
  readonly outbox: readonly OutboxRow[];
  readonly outboxDone: readonly { readonly person: PersonId; readonly conversation: ConversationId }[];
  /** Of each person and conversation the newest `limits.mailRecordsKept` are kept. */
  readonly mails: readonly {
    readonly person: PersonId;
    readonly conversation: ConversationId;
    readonly record: MailRecord;
  }[];
  /** With this write the archive has everything of the partition up to here. */
  readonly upTo?: Position;
}

/** What an erasure takes away beside the texts, which go with the events that say so. */
export interface ArchiveErasure {
  /** Commands answered at these positions, by partition: what their bodies could be guessed from goes (CMD-1 then asks for the id alone). */
  readonly commands: ReadonlyMap<number, ReadonlySet<Position>>;
  /**
   * Their alert boxes, outbox rows and what became of mails to them go; and of all refused commands what their bodies could be guessed from, because
   * whose they were is not known any more.
   */
  readonly people: readonly PersonId[];
}

export interface Archive {
  /**
   * Durable when resolved. `Unavailable` as in the journal's port. Maintains both indexes from the events. Where an event
   * erases messages, their texts go in the same write.
   */
  write(batch: ArchiveBatch): Promise<void>;

  /** Durable when resolved; doing it again changes nothing. */
  erase(what: ArchiveErasure): Promise<void>;
  /** Up to where in the ledger of erasures everything is carried out; null: nothing was ever erased. */
  erasedUpTo(): Promise<LedgerPlace | null>;
  noteErasedUpTo(place: LedgerPlace): Promise<void>;
  /**
   * Makes a damaged row again of others it follows from, durably; `place`: that of a `Damaged`; `partitions`: the store's.
   * Throws `Damaged` where they are damaged too, or there are none.
   */
  mend(place: Place, partitions: number): Promise<void>;
  /** Overwrites what the medium still holds of what was removed. False: somebody reads an older state just now; ask again. */
  scrub(): Promise<boolean>;

  /**
   * A whole state that is older than the conversation's newest event, as an earlier copy of its page holds one, is `Damaged`,
   * too. That is looked for when the conversation is read for the first time.
   */
  state(conversation: ConversationId): Promise<StoredState | null>;
  /** The same, looked for at every read, which takes two look-ups more: for whoever decides what comes next. */
  newestState(conversation: ConversationId): Promise<StoredState | null>;
  /** Timeline events (messages, notices) with `from` ≤ seq ≤ `to`, ascending: the newest `limit` of them. */
  timeline(conversation: ConversationId, from: Seq, to: Seq, limit: number): Promise<ArchivedEvent[]>;
  /** What came after `position`; null if it is more than `limit` events. */
  eventsSince(conversation: ConversationId, position: Position, limit: number): Promise<EventsSince | null>;
  /** Every event in order of `v`, marks included. */
  events(conversation: ConversationId): AsyncIterable<ArchivedEvent>;
  conversations(): AsyncIterable<ConversationId>;

  /**
   * Every conversation the person ever was a member of. `unreadable` hears of those that cannot be told, and of the others all
   * come; without it that is `Damaged`.
   */
  conversationsOf(person: PersonId, unreadable?: (damaged: Damaged) => void): Promise<ConversationId[]>;
  conversationsAbout(record: RecordRef): Promise<ConversationId[]>;

  /** `key`: `commandKey` of both, where it is at hand. */
  command(person: PersonId, id: string, key?: Uint8Array): Promise<Remembered | null>;
  /**
   * Forgets commands answered before `before` (microseconds since 1970), about `limit` looked at, as they stand in rows
   * together; true = one round done.
   */
  forgetCommands(before: number, limit: number): Promise<boolean>;
  preferences(person: PersonId): Promise<AlertPreferences | null>;
  /** The newest `upTo` of the partition; null where none was ever written. */
  covered(partition: number): Promise<Position | null>;
  /** Every row that can be read; `unreadable` hears of the others. */
  outbox(unreadable?: (damaged: Damaged) => void): AsyncIterable<OutboxRow>;
  /** The row of this person and conversation, where one waits. */
  waitingMail(person: PersonId, conversation: ConversationId): Promise<OutboxRow | null>;
  /** Oldest first. */
  mails(person: PersonId, conversation: ConversationId): Promise<MailRecord[]>;
  /** The newest time of any event or command that was ever written, forgotten ones too; 0 = none. */
  newestAt(): Promise<Micros>;

  close(): Promise<void>;
}
