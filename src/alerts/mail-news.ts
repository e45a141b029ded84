/**
 * What one mail may tell one person (ALERT-4): made from the committed state, the directory and the rights of the moment
 * at which it is sent, not of the moment at which the message was written. Nothing is read after they were asked.
 */
import type { ConversationId, PersonId, Seq } from '../conversation/commands.ts';
import type { ConversationState } from '../conversation/state.ts';
import { copyRanges, isVisible, participantsShown } from '../conversation/visibility.ts';
import type { Directory } from '../directory/directory.ts';
import type { OutboxRow } from '../journal/archive.ts';
import type { Limits } from '../limits.ts';
import { type AboutView, aboutView, nameOf } from '../views/card.ts';
import { entriesOf } from '../views/entries.ts';
import type { ConversationReader } from '../views/reader.ts';
import { type MailReader, mailReader, type NotNeeded, notNeeded, stillUnread } from './wanted.ts';

export interface MailNews {
  readonly conversation: ConversationId;
  readonly person: PersonId;
  /** Of the directory, at this moment. */
  readonly address: string;
  /** First seq of the row; with conversation and person it names the mail. */
  readonly from: Seq;
  /** The conversation's first mail to this person? */
  readonly isFirst: boolean;
  readonly about: AboutView | null;
  /** Name of who started it; null = the reader. */
  readonly starter: string | null;
  /** Names of everyone else in it. */
  readonly others: readonly string[];
  /** Unread messages of this row, and the names of who wrote them, as far as they were looked through. */
  readonly unread: number;
  readonly authors: readonly string[];
  /** The newest of them, ascending, at most `limits.mailMessagesMax`; text null = erased. */
  readonly messages: readonly { readonly author: string; readonly text: string | null }[];
}

export interface NewsPort {
  readonly directory: Directory;
  readonly reader: Pick<ConversationReader, 'state' | 'timeline'>;
  boxes(person: PersonId): Promise<MailReader['boxes']>;
  readonly limits: Pick<Limits, 'mailMessagesMax' | 'mailEntriesMax'>;
}

/** What is to be told, or why nobody needs this mail any more; decided on event `v` of the conversation and these boxes. */
export interface Decided {
  readonly news: MailNews | NotNeeded;
  readonly v: number;
  readonly boxes: MailReader['boxes'];
}

/** Null = the conversation is no more. */
export async function newsFor(port: NewsPort, row: OutboxRow): Promise<Decided | null> {
  const { directory, reader, limits } = port;
  const { person, conversation } = row;
  const boxes = await port.boxes(person);
  const entries = entriesOf(await reader.timeline(conversation, row.from, row.to, limits.mailEntriesMax));
  // The state last: what was read, deleted or left meanwhile counts (and nothing waits from here on).
  const stored = await reader.state(conversation);
  if (stored === null) return null;
  const { state } = stored;
  const to = mailReader(directory, person, boxes);
  const because = notNeeded(row, state, person, to);
  if (because !== null) return { news: because, v: state.v, boxes };
  const ranges = copyRanges(state, person);
  const readUpTo = state.members.get(person)?.readUpTo ?? 0;
  const news = entries.filter((entry) => {
    const isUnread = entry.kind === 'message' && entry.by !== person && entry.seq > readUpTo;
    return isUnread && isVisible(ranges, entry.seq);
  });
  // ERASE-1: where nothing is left to read, there is nothing to tell.
  const isAllErased = news.length > 0 && news.every((entry) => entry.kind === 'message' && entry.erased);
  if (isAllErased) return { news: 'erased', v: state.v, boxes };
  const name = (id: PersonId) => fullName(directory, id);
  const told: MailNews = {
    conversation,
    person,
    address: to.address as string,
    from: row.from,
    isFirst: row.kind === 'conversation',
    about: aboutView(directory, state, person),
    starter: state.starter === person ? null : name(state.starter),
    others: othersIn(state, person).map(name),
    unread: stillUnread(row, state, person),
    authors: [...new Set(news.map(({ by }) => by))].map(name),
    messages: news
      .slice(-limits.mailMessagesMax)
      .flatMap((entry) =>
        entry.kind === 'message' ? [{ author: name(entry.by), text: entry.erased ? null : entry.text }] : [],
      ),
  };
  return { news: told, v: state.v, boxes };
}

function othersIn(state: ConversationState, person: PersonId): PersonId[] {
  return participantsShown(state, person).filter((other) => other !== person);
}

function fullName(directory: NewsPort['directory'], id: PersonId): string {
  const { first, last } = nameOf(id, directory.person(id));
  return `${first} ${last}`.trim();
}
