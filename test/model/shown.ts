/** What the model of the rules says that one person is shown of one conversation, in their sidebar and in a record's tab. */
import {
  holdingOf,
  type Line,
  type Log,
  nameOf,
  namesShown,
  orderOf,
  participantsOf,
  standsOf,
  startOf,
  type Talk,
  tabLines,
  type Who,
} from './model.ts';

export interface Shown {
  readonly talk: Talk;
  readonly starter: Who;
  readonly secret: boolean;
  readonly standing: string;
  /** In order of their ids. */
  readonly names: readonly Who[];
  readonly unread: number;
  readonly readUpTo: number;
  /** Null = about nothing; the record's name, or its kind alone where it is restricted. */
  readonly about: string | null;
  readonly order: number;
  readonly lines: readonly Line[];
}

/** Null: it is not in their sidebar. */
export function shownInSidebar(log: Log, talk: Talk, who: Who): Shown | null {
  const mine = holdingOf(log, talk, who);
  if (!mine.listed) return null;
  const names = [...namesShown(log, talk, who)].sort();
  return { ...common(log, talk, who, mine.copy), standing: standsOf(log, talk, who), names };
}

/** Null: the tab of its record does not show it to them, or there is none. */
export function shownInTab(log: Log, talk: Talk, who: Who): Shown | null {
  const lines = tabLines(log, talk, who);
  if (lines === null) return null;
  const stands = standsOf(log, talk, who);
  const standing = stands === 'participant' || stands === 'deleted' ? stands : 'viewer';
  return { ...common(log, talk, who, lines), standing, names: [...participantsOf(log, talk)].sort() };
}

function common(log: Log, talk: Talk, who: Who, lines: readonly Line[]) {
  const start = startOf(log, talk) as NonNullable<ReturnType<typeof startOf>>;
  const mine = holdingOf(log, talk, who);
  const { about } = start;
  return {
    talk,
    starter: start.who,
    secret: start.secret,
    unread: mine.unread.length,
    readUpTo: mine.readUpTo,
    about: about === null ? null : (nameOf(log, who, about) ?? (about.split(':')[0] as string)),
    order: orderOf(lines, mine),
    lines,
  };
}
