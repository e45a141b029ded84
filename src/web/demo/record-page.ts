/** A record's page in the demo's CRM: its name and facts, and tabs, of which one is Parley's. */
import type { Parley } from '../../client/index.ts';
import type { CrmRecordPage } from './crm.ts';
import { element } from './element.ts';
import { type TabName, tabs } from './place.ts';
import type { Words } from './words.ts';

/** Outlines on a field of 24 by 24. */
const outlines: Readonly<Record<CrmRecordPage['kind'], string>> = {
  contact: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20a7.5 7.5 0 0 1 15 0',
  company: 'M5 21V4h9v17M14 9h5v12M3 21h18M8 8h3M8 12h3M8 16h3',
  household: 'M3 11l9-7 9 7M5.5 9.5V20h13V9.5M10 20v-6h4v6',
  opportunity: 'M4 16l5-5 4 4 7-8M15 7h5v5',
};

interface RecordPageOptions {
  readonly record: CrmRecordPage;
  readonly tab: TabName;
  readonly client: Parley;
  readonly words: Words;
  /** 'light', 'dark', or '' for the system's. */
  readonly theme: string;
  /** Makes ids of this page differ from those of the panes beside it. */
  readonly prefix: string;
  choose(tab: TabName): void;
}

export function recordPage(options: RecordPageOptions): HTMLElement {
  const { record, words } = options;
  const page = element('article', { class: 'record' }, headOf(record, words));
  if (record.view) page.append(tabList(options), panelOf(options));
  return page;
}

function headOf({ kind, name, view }: CrmRecordPage, words: Words): HTMLElement {
  const title = !view ? words.nothing : (name ?? words.restricted);
  return element(
    'header',
    { class: 'record-head' },
    element('span', { class: `mark mark-${kind}`, 'aria-hidden': 'true' }, markOf(kind)),
    element(
      'div',
      { class: 'record-title' },
      element('p', { class: 'kind' }, words[kind]),
      element('h2', { dir: 'auto' }, title),
      view && name !== null ? null : element('p', { class: 'why' }, view ? words.restrictedWhy : words.nothingWhy),
    ),
  );
}

function markOf(kind: CrmRecordPage['kind']): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  const path = document.createElementNS(svg.namespaceURI, 'path') as SVGPathElement;
  path.setAttribute('d', outlines[kind]);
  svg.append(path);
  return svg;
}

function tabList({ tab, words, prefix, choose }: RecordPageOptions): HTMLElement {
  const list = element('div', { role: 'tablist', class: 'tabs', 'aria-label': words.sections });
  for (const name of tabs) {
    const selected = name === tab;
    const button = element(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `${prefix}-tab-${name}`,
        'aria-selected': String(selected),
        tabindex: selected ? '0' : '-1',
        ...(selected ? { 'aria-controls': `${prefix}-panel` } : {}),
      },
      words[name],
    );
    button.addEventListener('click', () => choose(name));
    list.append(button);
  }
  list.addEventListener('keydown', (event) => {
    const towardsEnd = list.matches(':dir(rtl)') ? 'ArrowLeft' : 'ArrowRight';
    const step = event.key === towardsEnd ? 1 : ['ArrowLeft', 'ArrowRight'].includes(event.key) ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    choose(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length] as TabName);
  });
  return list;
}

function panelOf(options: RecordPageOptions): HTMLElement {
  const { tab, prefix } = options;
  const content = { overview, conversations, activities }[tab](options);
  return element(
    'div',
    { role: 'tabpanel', id: `${prefix}-panel`, class: `panel panel-${tab}`, 'aria-labelledby': `${prefix}-tab-${tab}` },
    content,
  );
}

function overview({ record, words }: RecordPageOptions): HTMLElement {
  const facts = record.fields.map(([field, value]) =>
    element(
      'div',
      { class: 'fact' },
      element('dt', {}, words.fields[field] ?? field),
      element('dd', { dir: 'auto' }, readable(value)),
    ),
  );
  const newest = record.activities.slice(0, 2);
  return element(
    'div',
    { class: 'overview' },
    facts.length === 0 ? null : element('dl', { class: 'facts' }, ...facts),
    element('h3', {}, words.activities),
    newest.length === 0 ? element('p', { class: 'why' }, words.noActivities) : timeline(newest),
  );
}

function conversations({ record, client, theme }: RecordPageOptions): HTMLElement {
  const tab = element('parley-record-tab', { kind: record.kind, record: record.id, ...(theme && { theme }) });
  return Object.assign(tab, { client });
}

function activities({ record, words }: RecordPageOptions): HTMLElement {
  return record.activities.length === 0
    ? element('p', { class: 'why' }, words.noActivities)
    : timeline(record.activities);
}

/** `2026-12-18` as people write it; anything else as it is. */
function readable(value: string, form: Intl.DateTimeFormatOptions = { year: 'numeric' }): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) return value;
  const { lang } = document.documentElement;
  const format = new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
    ...form,
  });
  return format.format(new Date(value));
}

function timeline(rows: CrmRecordPage['activities']): HTMLElement {
  return element(
    'ul',
    { class: 'timeline' },
    ...rows.map(([day, by, what]) =>
      element(
        'li',
        {},
        element('time', { datetime: day }, readable(day, {})),
        element('div', {}, element('p', { lang: 'en', dir: 'auto' }, what), element('p', { class: 'by' }, by)),
      ),
    ),
  );
}
