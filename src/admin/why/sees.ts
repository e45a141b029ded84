/** `parley why sees`: does this person see this message, in their own sidebar and in the tab of its record, and why. */
import type { PersonId, RecordRef, Seq } from '../../conversation/commands.ts';
import { copyRanges, isVisible, listOrder, unreadUpTo } from '../../conversation/visibility.ts';
import type { OpenDirectory } from '../../directory/create-directory.ts';
import type { Cut } from '../../journal/cut.ts';
import type { StoreReader } from '../../journal/read-store.ts';
import { viewerTabRanges } from '../../views/card.ts';
import { type Reason, reason } from './reason.ts';
import { type RightsThen, rightsThen } from './rights-then.ts';
import { copyReasons, erasedReasons, listReasons, unreadReasons } from './sidebar-reasons.ts';
import { nameReason, since, tabReasons } from './tab-reasons.ts';
import { type Trace, traceOf } from './trace.ts';

/** `shown` null = rights of then are not known any more. */
interface Shown {
  readonly shown: boolean | null;
  readonly reasons: readonly Reason[];
}

export interface Sees {
  readonly trace: Trace;
  /** Null = the conversation as such. */
  readonly seq: Seq | null;
  /** Could they sign in? Null = not known any more. */
  readonly active: boolean | null;
  /** `unread` null where there is no entry, or it is not shown. */
  readonly sidebar: Shown & { readonly unread: boolean | null };
  /** Null = it is about nothing. */
  readonly tab: (Shown & { readonly record: RecordRef; readonly name: boolean | null }) | null;
}

export interface SeesQuestion {
  readonly person: PersonId;
  readonly conversation: string;
  readonly seq: Seq | null;
  readonly asOf: Cut | undefined;
}

/** Null = there is no such conversation, then. */
export async function whySees(
  store: StoreReader,
  directory: OpenDirectory,
  { person, conversation, seq, asOf }: SeesQuestion,
): Promise<Sees | null> {
  const trace = await traceOf(conversation, store.events(conversation), person);
  if (trace === null) return null;
  const record = trace.state.about;
  const rights = await rightsThen(store, directory, { person, record, asOf, newest: trace.last.event.at });
  const active = rights.person === null ? null : rights.directory.isActive(person);
  return {
    trace,
    seq,
    active,
    sidebar: inSidebar(trace, seq, rights, active),
    tab: record === null ? null : inTab(trace, seq, rights, active, record),
  };
}

function inSidebar(trace: Trace, seq: Seq | null, rights: RightsThen, active: boolean | null): Sees['sidebar'] {
  const { state, person } = trace;
  if (active === false) return { shown: false, unread: null, reasons: [deactivated(rights, person)] };
  if (seq === null) {
    return { shown: listOrder(state, person) !== null, unread: null, reasons: listReasons(trace) };
  }
  const shown = isVisible(copyRanges(state, person), seq);
  const reasons = copyReasons(trace, seq);
  if (!shown) return { shown, unread: null, reasons };
  const unread = unreadUpTo(state, person, seq) > unreadUpTo(state, person, seq - 1);
  return { shown, unread, reasons: [...reasons, ...unreadReasons(trace, seq), ...erasedReasons(trace, seq)] };
}

function inTab(
  trace: Trace,
  seq: Seq | null,
  rights: RightsThen,
  active: boolean | null,
  record: RecordRef,
): Sees['tab'] {
  const { state, person } = trace;
  if (active === false) return { record, shown: false, name: false, reasons: [deactivated(rights, person)] };
  if (active === null || rights.record === null) {
    return { record, shown: null, name: null, reasons: [reason('SEE-6', 'what rights held then is not recorded')] };
  }
  const ranges = viewerTabRanges(rights.directory, state, person);
  const name = rights.directory.maySeeName(person, record.kind, record.id);
  const shown = seq === null ? ranges.length > 0 : isVisible(ranges, seq);
  const erased = seq !== null && shown ? erasedReasons(trace, seq) : [];
  const reasons = [...tabReasons(trace, rights, record, seq), ...erased, nameReason(rights, person, record)];
  return { record, shown, name, reasons };
}

export function deactivated({ directory, person: known }: RightsThen, person: PersonId): Reason {
  const because = directory.person(person) === undefined ? 'not in the directory' : 'deactivated';
  return reason('CMD-4', `cannot sign in: ${because}${since(known)}`);
}
