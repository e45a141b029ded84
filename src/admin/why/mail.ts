/** `parley why mail`: what became of the e-mails to a person about a conversation, and what waits (ALERT-3). */
import { stillUnread } from '../../alerts/wanted.ts';
import type { PersonId, Seq } from '../../conversation/commands.ts';
import { isMessage } from '../../conversation/events.ts';
import type { ConversationState } from '../../conversation/state.ts';
import { unreadUpTo } from '../../conversation/visibility.ts';
import type { MailRecord, OutboxRow } from '../../journal/archive.ts';
import type { Cut } from '../../journal/cut.ts';
import type { StoreReader } from '../../journal/read-store.ts';
import { limits } from '../../limits.ts';
import { type Reason, reason } from './reason.ts';
import { listReasons, markReason, stintReasons } from './sidebar-reasons.ts';
import { type Trace, traceOf } from './trace.ts';

export interface Mailed {
  readonly record: MailRecord;
  /** As of the decision. */
  readonly state: ConversationState;
  readonly reasons: readonly Reason[];
}

interface Waiting extends Pick<MailRecord, 'from' | 'to' | 'kind'> {
  /** Microseconds since 1970: when it was decided, or will be at the earliest. */
  readonly until: number;
}

export interface WhyMail {
  readonly person: PersonId;
  readonly conversation: string;
  /** Null = whatever was mailed of the conversation. */
  readonly seq: Seq | null;
  /** Oldest first. */
  readonly mails: readonly Mailed[];
  /** Not decided yet, then. */
  readonly waiting: Waiting | null;
  /** Where there is neither. */
  readonly reasons: readonly Reason[];
}

export interface MailQuestion {
  readonly person: PersonId;
  readonly conversation: string;
  readonly seq: Seq | null;
  readonly asOf: Cut | undefined;
}

/** Null = there is no such conversation, then. */
export async function whyMail(store: StoreReader, question: MailQuestion): Promise<WhyMail | null> {
  const { person, conversation, seq, asOf } = question;
  const trace = await traceOf(conversation, store.events(conversation), person);
  if (trace === null) return null;
  const moment = asOf === undefined ? Number.POSITIVE_INFINITY : 'time' in asOf ? asOf.time : await store.writtenAt();
  const never = seq === null ? null : neverMailed(trace, seq);
  if (never !== null) return { person, conversation, seq, mails: [], waiting: null, reasons: [never] };
  const known = await store.mails(person, conversation);
  const isMeant = ({ from, to }: Pick<OutboxRow, 'from' | 'to'>) => seq === null || (from <= seq && seq <= to);
  const records = known.filter((record) => record.at <= moment && isMeant(record));
  const mails: Mailed[] = [];
  for (const record of records) {
    const then = await traceOf(conversation, store.events(conversation), person, record.v);
    if (then !== null) mails.push({ record, state: then.state, reasons: mailReasons(then, record) });
  }
  const row = await store.waitingMail(person, conversation);
  const later = known.find(({ at }) => at > moment) ?? (row === null ? null : { ...row, at: row.dueAt });
  const pending = later === null ? null : waitingThen(later, trace);
  const waiting = pending !== null && isMeant(pending) ? pending : null;
  const reasons = mails.length === 0 && waiting === null ? noneReasons(trace, seq) : [];
  return { person, conversation, seq, mails, waiting, reasons };
}

/** What was decided later, or is not yet, waited for whatever had come by then; null = it had not begun. */
function waitingThen({ from, kind, at }: Pick<MailRecord, 'from' | 'kind' | 'at'>, { state }: Trace): Waiting | null {
  const to = state.lastMessage.seq;
  return from <= to ? { from, to, kind, until: at } : null;
}

/** Why it was decided so; `trace` is as of the moment. */
function mailReasons(trace: Trace, record: MailRecord): Reason[] {
  const { kind, outcome, boxes, code } = record;
  const unread = unreadReason(trace, record);
  switch (outcome) {
    case 'nothing-unread':
      return [
        reason('ALERT-3', 'nothing of it was unread any more when the wait ended'),
        ...readReasons(trace, record),
      ];
    case 'deactivated':
      return [unread, reason('CMD-4', 'deactivated, or not in the directory')];
    case 'no-address':
      return [unread, reason('ALERT-3', 'the directory had no e-mail address of theirs')];
    case 'boxes':
      return [unread, reason('ALERT-1', `the box for it was not checked: e-mail for ${boxWords(boxes)}`)];
    case 'erased':
      return [unread, reason('ERASE-1', 'what it was about had been erased')];
    case 'refused':
      return [unread, reason('ALERT-3', `the mail server refused it for good (${code})`)];
    case 'given-up':
      return [unread, reason('ALERT-3', `the mail server put it off for days (${code})`)];
    case 'sent': {
      const about = kind === 'conversation' ? 'a new conversation' : 'new messages';
      return [unread, reason('ALERT-1', `for ${about}; boxes checked: e-mail for ${boxWords(boxes)}`)];
    }
  }
}

function boxWords({ conversations, messages }: MailRecord['boxes']): string {
  const checked = [...(conversations ? ['new conversations'] : []), ...(messages ? ['new messages'] : [])];
  return checked.length === 0 ? 'nothing' : checked.join(' and ');
}

function unreadReason({ state, person, timeline }: Trace, record: MailRecord): Reason {
  const isUnread = (seq: Seq) => unreadUpTo(state, person, seq) > unreadUpTo(state, person, seq - 1);
  const first = timeline.slice(record.from - 1, record.to).find(({ event }) => 'seq' in event && isUnread(event.seq));
  return reason('ALERT-3', `${stillUnread(record, state, person)} unread when the wait ended, the oldest:`, first);
}

/** Read, deleted, or left before it came. */
function readReasons(trace: Trace, { from, to }: MailRecord): Reason[] {
  const { member } = trace;
  if (member === null || !member.copy) return listReasons(trace);
  const outside = stintReasons(trace, member, to);
  if (outside !== null) return outside;
  return from <= member.deletedUpTo ? listReasons(trace) : [markReason(trace)];
}

/** Null = somebody else's message. */
function neverMailed({ person, timeline, state }: Trace, seq: Seq): Reason | null {
  const entry = timeline[seq - 1];
  if (entry === undefined)
    return reason('ALERT-3', `there was no such entry yet: the timeline ended at seq ${state.head}`);
  if (!isMessage(entry.event)) return reason('ALERT-3', 'notices are not mailed', entry);
  return entry.event.by === person ? reason('ALERT-5', 'their own message', entry) : null;
}

/** Why nothing is recorded of it. */
function noneReasons(trace: Trace, seq: Seq | null): Reason[] {
  if (trace.member === null) return listReasons(trace);
  const outside = seq === null ? null : stintReasons(trace, trace.member, seq);
  return outside ?? [reason('ALERT-3', nothingKept)];
}

const nothingKept = [
  'nothing is recorded: the server had no mail server then, or it is decided with the next checkpoint,',
  `or it is older than the newest ${limits.mailRecordsKept} that are kept`,
].join(' ');
