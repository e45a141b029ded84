/**
 * Where one is in the demo, kept in the address after the `#`, so that a reload and a link lead back:
 * `#as=anna&record=company/co-2001&tab=conversations&sidebar=1&as=ben&…&lang=de&theme=dark&dir=rtl`. Each `as` begins the
 * pane of one more person; what follows it is that pane's. `conversation=ID`, as in the link of an e-mail, opens it in
 * the sidebar once; no address that the page makes itself has it.
 */
export const tabs = ['overview', 'conversations', 'activities'] as const;
export type TabName = (typeof tabs)[number];
export type Language = 'en' | 'de';
export type Theme = 'auto' | 'light' | 'dark';

export interface PanePlace {
  /** Id of the person. */
  readonly as: string;
  /** `kind/id` */
  readonly record: string;
  readonly tab: TabName;
  readonly sidebar: boolean;
  /** Id of the conversation to be opened; '' = none. */
  readonly conversation: string;
}
export interface Place {
  readonly panes: readonly PanePlace[];
  readonly language: Language;
  readonly theme: Theme;
  readonly dir: 'ltr' | 'rtl';
}

export const panesMax = 3;
const firstPane: PanePlace = { as: 'anna', record: 'contact/c-1001', tab: 'overview', sidebar: true, conversation: '' };

/**
 * Whatever stands there: what is not understood is as if it were not there. Where nothing at all stands there, `isWide`
 * says whether there is room for the sidebar beside the record.
 */
export function placeOf(hash: string, isWide: boolean): Place {
  const panes: PanePlace[] = [];
  const rest = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(hash.replace(/^#/, ''))) {
    const last = panes.at(-1);
    if (key === 'as') panes.push({ ...firstPane, as: value, sidebar: false });
    else if (last !== undefined && isOfPane(key)) panes[panes.length - 1] = { ...last, ...paneValue(key, value) };
    else rest.set(key, value);
  }
  const theme = rest.get('theme');
  return {
    panes: panes.length === 0 ? [{ ...firstPane, sidebar: isWide }] : panes.slice(0, panesMax),
    language: rest.get('lang') === 'de' ? 'de' : 'en',
    theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
    dir: rest.get('dir') === 'rtl' ? 'rtl' : 'ltr',
  };
}

export function hashOf({ panes, language, theme, dir }: Place): string {
  const parts = new URLSearchParams();
  for (const pane of panes) {
    parts.append('as', pane.as);
    parts.append('record', pane.record);
    if (pane.tab !== firstPane.tab) parts.append('tab', pane.tab);
    if (pane.sidebar) parts.append('sidebar', '1');
  }
  if (language !== 'en') parts.append('lang', language);
  if (theme !== 'auto') parts.append('theme', theme);
  if (dir !== 'ltr') parts.append('dir', dir);
  return `#${parts.toString().replaceAll('%2F', '/')}`;
}

/** The same place with something else in one pane. */
export function withPane(place: Place, index: number, change: Partial<PanePlace>): Place {
  return { ...place, panes: place.panes.map((pane, at) => (at === index ? { ...pane, ...change } : pane)) };
}

/** With so many panes: those that are there stay, each new one is somebody else at the first one's record. */
export function withPanes(place: Place, count: number, people: readonly string[]): Place {
  const panes = place.panes.slice(0, count);
  for (const as of people) {
    if (panes.length === count) break;
    if (!panes.some((pane) => pane.as === as)) panes.push({ ...firstPane, ...panes[0], as, conversation: '' });
  }
  return { ...place, panes };
}

function isOfPane(key: string): boolean {
  return ['record', 'tab', 'sidebar', 'conversation'].includes(key);
}

function paneValue(key: string, value: string): Partial<PanePlace> {
  if (key === 'record') return { record: value };
  if (key === 'conversation') return { conversation: value, sidebar: true };
  if (key === 'sidebar') return { sidebar: value === '1' };
  const tab = tabs.find((name) => name === value);
  return tab === undefined ? {} : { tab };
}
