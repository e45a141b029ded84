/** ALERT-1, ALERT-3: is a row of the outbox still worth a mail, and if not, why? Pure questions to the state of the moment. */
import type { PersonId } from '../conversation/commands.ts';
import type { ConversationState } from '../conversation/state.ts';
import { unreadUpTo } from '../conversation/visibility.ts';
import type { Directory } from '../directory/directory.ts';
import { isEmailAddress } from '../directory/entity-validation.ts';
import type { MailOutcome, MailRecord, OutboxRow } from '../journal/archive.ts';
import type { AlertPreferences } from '../journal/entry.ts';

/** Whom a mail would go to, as of the moment. */
export interface MailReader {
  readonly active: boolean;
  /** Null = none that a mail could go to. */
  readonly address: string | null;
  readonly boxes: AlertPreferences['email'];
}

export function mailReader(
  directory: Pick<Directory, 'person'>,
  person: PersonId,
  boxes: MailReader['boxes'],
): MailReader {
  const { active = false, email = null } = directory.person(person) ?? {};
  return { active, address: email !== null && isEmailAddress(email) ? email : null, boxes };
}

/** Unread messages that the row is about: from its first seq, up to `row.to`. */
export function stillUnread(row: Pick<OutboxRow, 'from' | 'to'>, state: ConversationState, person: PersonId): number {
  return unreadUpTo(state, person, row.to) - unreadUpTo(state, person, row.from - 1);
}

export type NotNeeded = Extract<MailOutcome, 'nothing-unread' | 'deactivated' | 'no-address' | 'boxes' | 'erased'>;

/** Null = it is still wanted. Of what is unread, a conversation's first message and its later ones have a box each. */
export function notNeeded(
  row: Pick<OutboxRow, 'from' | 'to' | 'kind'>,
  state: ConversationState,
  person: PersonId,
  { active, address, boxes }: MailReader,
): NotNeeded | null {
  const unread = stillUnread(row, state, person);
  if (unread === 0) return 'nothing-unread';
  // CMD-4: none for someone who is deactivated.
  if (!active) return 'deactivated';
  if (address === null) return 'no-address';
  const isFirst = row.kind === 'conversation' && stillUnread({ from: row.from, to: row.from }, state, person) > 0;
  const isWanted = (isFirst && boxes.conversations) || (unread > (isFirst ? 1 : 0) && boxes.messages);
  return isWanted ? null : 'boxes';
}

/** What is recorded of a decision, but for what it was about. */
export type MailEnding = Pick<MailRecord, 'at' | 'v' | 'outcome' | 'code' | 'boxes'>;
