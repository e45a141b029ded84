/** ALERT-1, ALERT-3: is a row of the outbox still worth a mail? Pure questions to the state of the moment. */
import type { ConversationState } from '../conversation/state.ts';
import { unreadUpTo } from '../conversation/visibility.ts';
import type { OutboxRow } from '../journal/archive.ts';

/** The boxes of an active person with an address; neither, for anyone else. */
export interface WantedMail {
  readonly conversation: boolean;
  readonly message: boolean;
}

/** Unread messages that the row is about: from its first seq, up to `row.to`. */
export function stillUnread(row: OutboxRow, state: ConversationState): number {
  return unreadUpTo(state, row.person, row.to) - unreadUpTo(state, row.person, row.from - 1);
}

/** Of what is still unread, a conversation's first message and its later ones each have their own box. */
export function stillWanted(row: OutboxRow, state: ConversationState, wants: WantedMail): boolean {
  const unread = stillUnread(row, state);
  const readUpTo = state.members.get(row.person)?.readUpTo ?? 0;
  const isFirst = row.kind === 'conversation' && unread > 0 && readUpTo < row.from;
  return (isFirst && wants.conversation) || (unread > (isFirst ? 1 : 0) && wants.message);
}
