/** `parley why badge`: the conversations that the badge counts, each with what is unread in it and why; and the others. */

import type { PersonId, Seq } from '../../conversation/commands.ts';
import type { ConversationState } from '../../conversation/state.ts';
import { listOrder, unreadOf, unreadUpTo } from '../../conversation/visibility.ts';
import type { OpenDirectory } from '../../directory/create-directory.ts';
import type { Cut } from '../../journal/cut.ts';
import type { StoreReader } from '../../journal/read-store.ts';
import { Sidebar } from '../../views/sidebar.ts';
import { type Reason, reason } from './reason.ts';
import { rightsThen } from './rights-then.ts';
import { deactivated } from './sees.ts';
import { markReason } from './sidebar-reasons.ts';
import { traceOf } from './trace.ts';

export interface Counted {
  readonly conversation: string;
  readonly unread: number;
  /** The unread messages, and the reasons why they are. */
  readonly seqs: readonly Seq[];
  readonly reasons: readonly Reason[];
}

export interface Badge {
  readonly person: PersonId;
  /** Null: rights of then are not known any more. */
  readonly active: boolean | null;
  readonly badge: number;
  readonly counted: readonly Counted[];
  /** Those with nothing unread, and those of which there is no copy. */
  readonly read: readonly string[];
  readonly notListed: readonly string[];
  readonly reasons: readonly Reason[];
}

/** Null = nobody of that id, then. */
export async function whyBadge(
  store: StoreReader,
  directory: OpenDirectory,
  person: PersonId,
  asOf: Cut | undefined,
): Promise<Badge | null> {
  const sidebar = new Sidebar(person);
  const counted: Counted[] = [];
  const read: string[] = [];
  const notListed: string[] = [];
  let newest = 0;
  const conversations = await store.conversationsOf(person);
  for (const conversation of conversations) {
    const state = await store.state(conversation);
    if (state === null) continue;
    newest = Math.max(newest, state.lastMessage.at);
    const before = sidebar.badge;
    sidebar.update(state, 0);
    if (sidebar.badge > before) counted.push(await countedOf(store, state, person));
    else if (listOrder(state, person) === null) notListed.push(conversation);
    else read.push(conversation);
  }
  const rights = await rightsThen(store, directory, { person, record: null, asOf, newest });
  const isKnown = directory.person(person) !== undefined || conversations.length > 0;
  if (!isKnown) return null;
  const active = rights.person === null ? null : rights.directory.isActive(person);
  const reasons = [
    reason('LIST-6', 'the badge counts the conversations of the list in which something is unread'),
    ...(active === false ? [deactivated(rights, person)] : []),
  ];
  return { person, active, badge: sidebar.badge, counted, read, notListed, reasons };
}

async function countedOf(store: StoreReader, state: ConversationState, person: PersonId): Promise<Counted> {
  const isUnread = (seq: Seq) => unreadUpTo(state, person, seq) > unreadUpTo(state, person, seq - 1);
  const trace = await traceOf(state.id, store.events(state.id), person);
  const unread = (trace?.timeline ?? []).filter(({ event }) => 'seq' in event && isUnread(event.seq));
  const seqs = unread.map(({ event }) => ('seq' in event ? event.seq : 0));
  const reasons = trace === null ? [] : [markReason(trace), reason('READ-1', `unread since seq ${seqs[0]}`, unread[0])];
  return { conversation: state.id, unread: unreadOf(state, person), seqs, reasons };
}
