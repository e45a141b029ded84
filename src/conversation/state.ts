/**
 * The state of one conversation: who is and was in it, their marks, and where its timeline ends. No messages: history
 * belongs to the journal. Immutable: `apply` returns a new state and shares what did not change, so a state handed out
 * is a snapshot for good.
 */
import type { ConversationId, Micros, PersonId, RecordRef, Seq } from './commands.ts';

/** One stretch of membership, both ends inclusive: from the seq of joining to the seq of the notice of leaving. */
export interface Stint {
  readonly from: Seq;
  readonly to: Seq | null;
}

export interface MessageMark {
  readonly seq: Seq;
  readonly at: Micros;
}

export interface Member {
  /** In order, never empty; only the last may be open. */
  readonly stints: readonly Stint[];
  /** When the last stint began: places an invitee's conversation in their list while it has no message (LIST-1). */
  readonly joinedAt: Micros;
  /** Highest seq marked as read; at least the last stint's `from` for an invitee, so that nothing is unread (READ-4). */
  readonly readUpTo: Seq;
  /** Everything up to this seq is gone from the person's copy for ever; 0 = nothing (DELETE-4). */
  readonly deletedUpTo: Seq;
  /** Is there a copy? False from a delete until the next message or a new invitation (DELETE-1, -3, -5). */
  readonly copy: boolean;
  /** Newest message of the closed stints, null if there is none; what an open stint shows is `lastMessage`. */
  readonly lastSeen: MessageMark | null;
}

export interface ConversationState {
  readonly id: ConversationId;
  readonly starter: PersonId;
  readonly about: RecordRef | null;
  readonly private: boolean;
  /** Number of the last event applied. */
  readonly v: number;
  /** Seq of the last entry of the timeline. */
  readonly head: Seq;
  readonly lastMessage: MessageMark;
  /** Everyone who ever was a participant, in order of first joining. */
  readonly members: ReadonlyMap<PersonId, Member>;
  /** How many members have an open stint. */
  readonly current: number;
  /** How many of those have no copy just now and wait for the next message to bring it back (DELETE-3). */
  readonly hidden: number;
  /** Seqs of all notices, ascending: with it the number of messages between two seqs is known without history. */
  readonly notices: readonly Seq[];
}
