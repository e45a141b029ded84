/** What a client shows when nothing is under way, held against what the model of the rules says that its person sees. */
import type { ConversationView, Parley } from '../../src/client/index.ts';
import * as model from '../model/model.ts';
import { type Shown, shownInSidebar, shownInTab } from '../model/shown.ts';
import { type Device, refOf } from './device.ts';
import { lastNameOf } from './eraser.ts';
import { defaultBoxes, type Truth } from './truth.ts';

/** Empty = it shows what it has to. `isWhole`: its pages and conversations have been loaded to the end. */
export function differences(device: Device, truth: Truth, isWhole: boolean): string[] {
  const { parley, person } = device;
  const log = truth.log();
  const found: string[] = [];
  const compare = (what: string, shows: unknown, means: unknown) => {
    const [a, b] = [JSON.stringify(shows), JSON.stringify(means)];
    if (a !== b) found.push(`${device.name} shows ${what} ${a}; the rules say ${b}`);
  };
  const sidebar = parley.sidebar.getSnapshot();
  const rows = sidebar.conversations;
  compare('[LIST-6] badge', sidebar.badge, model.badgeOf(log, person));
  const meant = model.sidebarOf(log, person, device.filter).map(({ talk }) => talk);
  compare(
    '[LIST-1] list',
    rows.map(({ id }) => id),
    isWhole ? meant : meant.slice(0, rows.length),
  );
  for (const view of rows) {
    compareView(compare, 'copy', view, shownInSidebar(log, view.id, person), isWhole);
    compareNames(compare, view, log);
  }
  for (const rec of device.openTabs) {
    const tab = parley.tab(refOf(rec)).getSnapshot();
    const talks = model.tabOf(log, person, rec);
    // Until then a tab that was refused stays so, whatever rights come later.
    if (isWhole) compare(`[SEE-5] tab of ${rec} as`, tab.state, talks === null ? 'refused' : 'open');
    if (tab.state !== 'open') continue;
    if (talks === null) {
      found.push(`[SEE-5] ${device.name} has a tab of ${rec} open`);
      continue;
    }
    compare('[SEE-4] name', tab.record?.name ?? null, model.nameOf(log, person, rec));
    const shown = talks
      .map((talk) => shownInTab(log, talk, person) as Shown)
      .sort((a, b) => b.order - a.order)
      .map(({ talk }) => talk);
    const shows = tab.conversations.map(({ id }) => id);
    compare('[SEE-2] tab', shows, isWhole ? shown : shown.slice(0, shows.length));
    for (const view of tab.conversations) {
      compareView(compare, 'tab', view, shownInTab(log, view.id, person), false);
      compareNames(compare, view, log);
    }
  }
  return found;
}

type Compare = (what: string, shows: unknown, means: unknown) => void;

/** ERASE-2, ERASE-3. */
function compareNames(compare: Compare, view: ConversationView, log: model.Log): void {
  const people = [view.starter, ...view.participants, ...view.entries.map(({ by }) => by)];
  compare(
    `[ERASE-2] names in ${view.id}`,
    people.map(({ last }) => last),
    people.map(({ id }) => (model.isForgotten(log, id) ? '—' : lastNameOf(id))),
  );
}

function compareView(
  compare: Compare,
  where: string,
  view: ConversationView,
  shown: Shown | null,
  isWhole: boolean,
): void {
  if (shown === null) return compare(`in the ${where}`, view.id, null);
  const { about } = view;
  compare(
    `${where} of ${view.id}`,
    {
      starter: view.starter.id,
      secret: view.private,
      standing: view.standing,
      names: view.participants.map(({ id }) => id).sort(),
      unread: view.unread,
      readUpTo: view.readUpTo,
      about: about === null ? null : about.restricted ? about.kind : about.name,
      order: view.order,
      head: view.head,
    },
    {
      starter: shown.starter,
      secret: shown.secret,
      standing: shown.standing,
      names: shown.names,
      unread: shown.unread,
      readUpTo: shown.readUpTo,
      about: shown.about,
      order: shown.order,
      head: shown.lines.at(-1)?.seq ?? 0,
    },
  );
  const lines = shown.lines.map((line) =>
    lineText(line.seq, line.kind, line.who, line.guest ?? (line.text === null ? '(erased)' : (line.text ?? ''))),
  );
  const entries = view.entries.map((entry) => {
    const rest =
      entry.kind === 'message' ? (entry.erased ? '(erased)' : entry.text) : entry.kind === 'joined' ? entry.who.id : '';
    const kind = entry.kind === 'joined' ? 'came' : entry.kind === 'left' ? 'went' : 'message';
    return lineText(entry.seq, kind, entry.by.id, rest);
  });
  compare(
    `[SEE-1] entries of ${view.id} in the ${where}`,
    entries,
    isWhole ? lines : lines.slice(lines.length - entries.length),
  );
  // LIST-3: at least the three newest messages.
  const newest = shown.lines.filter(({ kind }) => kind === 'message').at(-3);
  const least = newest === undefined ? shown.lines.length : shown.lines.filter(({ seq }) => seq >= newest.seq).length;
  if (!view.loading && entries.length < least)
    compare(`[LIST-3] entries of ${view.id} in the ${where}`, entries, lines.slice(-least));
}

function lineText(seq: number, kind: string, by: string, rest: string): string {
  return `${seq} ${kind} ${by} ${rest}`;
}

/** Loads every page and every conversation to its end. */
export async function loadAll(parley: Parley, tabs: Iterable<string>): Promise<void> {
  while (parley.sidebar.getSnapshot().more) await parley.sidebar.loadOlder();
  for (const { id } of parley.sidebar.getSnapshot().conversations) {
    const conversation = parley.conversation(id);
    while (conversation.getSnapshot()?.more) await conversation.more();
  }
  for (const rec of tabs) {
    const tab = parley.tab(refOf(rec));
    while (tab.getSnapshot().more) await tab.loadOlder();
  }
}

/** The person's four boxes, as they were set last. */
export function boxesOf(truth: Truth, person: string) {
  return truth.boxesSince(person, truth.serial).at(-1) ?? defaultBoxes;
}
