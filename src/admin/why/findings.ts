/** Explanations as they are printed: a verdict in one line, the reasons under it; the same as JSON. */
import type { Findings } from '../command.ts';
import { isoOf } from '../point-in-time.ts';
import type { Badge } from './badge.ts';
import type { WhyMail } from './mail.ts';
import { reasonLines, reasonsOf } from './reason.ts';
import type { Sees } from './sees.ts';

export function seesFindings({ trace, seq, active, sidebar, tab }: Sees, withText: boolean): Findings {
  const { person, state } = trace;
  const what = seq === null ? `conversation ${state.id}` : `seq ${seq} of ${state.id}`;
  const read = sidebar.unread === null ? '' : sidebar.unread ? ', unread' : ', read';
  const lines = [
    `${person} ${sees(sidebar.shown)} ${what} in their sidebar${read}:`,
    ...reasonLines(sidebar.reasons, withText),
  ];
  if (tab !== null) {
    const { kind, id } = tab.record;
    lines.push(
      `${person} ${sees(tab.shown)} ${what} in the tab of ${kind} ${id}:`,
      ...reasonLines(tab.reasons, withText),
    );
  }
  if (active === null) lines.push('Whether they could sign in then is not recorded.');
  return {
    result: {
      person,
      conversation: state.id,
      seq,
      active,
      sidebar: { ...sidebar, reasons: reasonsOf(sidebar.reasons, withText) },
      tab: tab && { ...tab, reasons: reasonsOf(tab.reasons, withText) },
    },
    lines,
  };
}

function sees(shown: boolean | null): string {
  if (shown === null) return 'may or may not see';
  return shown ? 'sees' : 'does not see';
}

export function badgeFindings(badge: Badge, withText: boolean): Findings {
  const { person, active, counted, read, notListed, reasons } = badge;
  return {
    result: {
      ...badge,
      counted: counted.map((one) => ({ ...one, reasons: reasonsOf(one.reasons, withText) })),
      reasons: reasonsOf(reasons, withText),
    },
    lines: [
      `${person} has a badge of ${badge.badge}:`,
      ...reasonLines(reasons, withText),
      ...counted.flatMap((one) => [
        `${one.conversation}: ${one.unread} unread, seq ${one.seqs.join(', ')}`,
        ...reasonLines(one.reasons, withText),
      ]),
      `nothing unread in ${read.length} others; ${notListed.length} more are not in the list`,
      ...(active === null ? ['Whether they could sign in then is not recorded.'] : []),
    ],
  };
}

export function mailFindings({ mails, waiting, reasons, ...mail }: WhyMail, withText: boolean): Findings {
  const { person, conversation } = mail;
  const about = ({ from, to }: { readonly from: number; readonly to: number }) =>
    `about ${from === to ? `seq ${from}` : `seq ${from} to ${to}`} of ${conversation}`;
  const lines = mails.flatMap(({ record, reasons: because }) => [
    `${person} ${record.outcome === 'sent' ? 'got an' : 'got no'} e-mail ${about(record)}, ${isoOf(record.at)}:`,
    ...reasonLines(because, withText),
  ]);
  if (waiting !== null) lines.push(`an e-mail to ${person} ${about(waiting)} waits until ${isoOf(waiting.until)}`);
  if (reasons.length > 0) lines.push(`no e-mail to ${person} is known:`, ...reasonLines(reasons, withText));
  return {
    result: {
      ...mail,
      mails: mails.map(({ record, reasons: because }) => ({
        ...record,
        at: isoOf(record.at),
        reasons: reasonsOf(because, withText),
      })),
      waiting: waiting && { ...waiting, until: isoOf(waiting.until) },
      reasons: reasonsOf(reasons, withText),
    },
    lines,
  };
}
