/**
 * What the journal records: one entry for each command that was answered, in the one order of its partition.
 */
import type { ConversationId, Micros, PersonId } from '../conversation/commands.ts';
import type { ConversationEvent } from '../conversation/events.ts';
import type { RefusalName } from '../conversation/refusals.ts';

/** Counts the entries of one partition from 1 without a gap. */
export type Position = number;

/** The four boxes of ALERT-1. */
export interface AlertPreferences {
  readonly email: { readonly conversations: boolean; readonly messages: boolean };
  readonly popup: { readonly conversations: boolean; readonly messages: boolean };
}

/** The first answer to a command, kept so that the same id gets it again (CMD-1). */
export type Answer =
  | { readonly ok: Readonly<Record<string, string | number | readonly number[]>> }
  | { readonly refused: RefusalName };

/** The memory of one command (CMD-1). */
export interface Remembered {
  readonly person: PersonId;
  readonly id: string;
  /** 16 bytes: the head of the SHA-256 of the command's type and body. */
  readonly bodyHash: Uint8Array;
  readonly answer: Answer;
}

export interface JournalEntry {
  readonly position: Position;
  readonly at: Micros;
  /** Null where the command concerned no conversation, or one that its author may not know of. */
  readonly conversation: ConversationId | null;
  /** Consecutive in `v`; empty for a refusal. */
  readonly events: readonly ConversationEvent[];
  /** Set by `setAlerts`. */
  readonly preferences: { readonly person: PersonId; readonly boxes: AlertPreferences } | null;
  /** Null for the parts of Mark All Read, which is remembered once, by its last entry. */
  readonly command: Remembered | null;
}

/** An event with its place in the journal, as history keeps it. */
export interface ArchivedEvent {
  readonly position: Position;
  readonly event: ConversationEvent;
}
