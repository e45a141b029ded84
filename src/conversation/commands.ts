/**
 * What people ask of a conversation. A command is plain data: whoever dispatches it adds the time and the facts that
 * the rules need, so that deciding needs no clock, no chance and no look-up.
 */

/** A person's id in the directory: 1 to `idMaxChars` printable ASCII characters. */
export type PersonId = string;
/** 22 characters of base64url: 16 bytes derived from the starter and the id of the start command. */
export type ConversationId = string;
/** Place of an entry in one conversation's timeline: 1 is the first message; only grows. */
export type Seq = number;
/** Microseconds since 1970, strictly increasing over everything one server records. */
export type Micros = number;

export const recordKinds = ['contact', 'company', 'household', 'opportunity'] as const;
export type RecordKind = (typeof recordKinds)[number];
export interface RecordRef {
  readonly kind: RecordKind;
  readonly id: string;
}

/** What was true outside the conversation when the command was decided. Recorded with nothing: events carry results. */
export interface Facts {
  /** Of the caller, the people the command names and the current participants: those unknown or deactivated. */
  readonly inactive: ReadonlySet<PersonId>;
  /** May the caller view the record the conversation is (start: will be) about? False where there is none. */
  readonly viewsRecord: boolean;
}

interface From {
  readonly by: PersonId;
  readonly now: Micros;
  readonly facts: Facts;
}

export interface Start extends From {
  readonly type: 'start';
  readonly conversation: ConversationId;
  readonly text: string;
  readonly people: readonly PersonId[];
  readonly about: RecordRef | null;
  readonly private: boolean;
}
export interface Reply extends From {
  readonly type: 'reply';
  readonly text: string;
}
export interface Read extends From {
  readonly type: 'read';
  readonly upTo: Seq;
}
export interface Invite extends From {
  readonly type: 'invite';
  readonly people: readonly PersonId[];
}
export interface Leave extends From {
  readonly type: 'leave';
}
export interface Delete extends From {
  readonly type: 'delete';
  readonly upTo: Seq;
}

export type Command = Start | Reply | Read | Invite | Leave | Delete;
export type CommandType = Command['type'];
