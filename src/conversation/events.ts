/**
 * What happened in a conversation: the only thing that changes its state, and all that replay needs. `v` counts the
 * conversation's events from 1 without a gap; `seq` counts its timeline (messages and notices) from 1 without a gap.
 * Events are never changed once written, but for the text of a message that is erased (ERASE-1): it becomes null, and an
 * event says so. A new shape gets a new type and an upcast in `upcast.ts`.
 */
import type { ConversationId, Micros, PersonId, RecordRef, Seq } from './commands.ts';

interface Happened {
  readonly v: number;
  readonly at: Micros;
  /** Who did it. */
  readonly by: PersonId;
}

/** The first message, seq 1; starter and participants are members from seq 1, without notices. */
export interface Started extends Happened {
  readonly type: 'started';
  readonly conversation: ConversationId;
  readonly seq: Seq;
  /** Null = erased. */
  readonly text: string | null;
  /** The starter is not among them. */
  readonly people: readonly PersonId[];
  readonly about: RecordRef | null;
  readonly private: boolean;
}
export interface Replied extends Happened {
  readonly type: 'replied';
  readonly seq: Seq;
  /** Null = erased. */
  readonly text: string | null;
}
/** One person joined, invited by `by`; one event and one notice for each person of an invite. */
export interface Joined extends Happened {
  readonly type: 'joined';
  readonly seq: Seq;
  readonly who: PersonId;
}
export interface Left extends Happened {
  readonly type: 'left';
  readonly seq: Seq;
}
export interface HasRead extends Happened {
  readonly type: 'read';
  readonly upTo: Seq;
}
export interface Deleted extends Happened {
  readonly type: 'deleted';
  readonly upTo: Seq;
}
/** ERASE-1: the text of these messages is gone. By no person: whoever runs the server did it, and `by` is empty. */
export interface Erased extends Happened {
  readonly type: 'erased';
  /** Ascending, of messages, at least one. */
  readonly seqs: readonly Seq[];
}

export type TimelineEvent = Started | Replied | Joined | Left;
export type MarkEvent = HasRead | Deleted;
export type ConversationEvent = TimelineEvent | MarkEvent | Erased;

export function isTimelineEvent(event: ConversationEvent): event is TimelineEvent {
  return 'seq' in event;
}
/** Also where it was erased. */
export function isMessage(event: ConversationEvent): event is Started | Replied {
  return event.type === 'started' || event.type === 'replied';
}
