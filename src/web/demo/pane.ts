/**
 * One person's CRM: navigation, a record's page, the toolbar button, the sidebar and pop-ups, all on a client of their
 * own. Several of them stand side by side in the demo.
 */
import type { Parley } from '../../client/index.ts';
import { type Crm, type CrmRecordPage, loadCrm } from './crm.ts';
import { choice, element } from './element.ts';
import { hashOf, type PanePlace, type Place, withPane } from './place.ts';
import { recordPage } from './record-page.ts';
import type { Words } from './words.ts';

/** In a pane narrower than this the sidebar lies over the record instead of standing beside it. */
const besideMinPx = 760;

interface Sidebar extends HTMLElement {
  open: boolean;
  openConversation(id: string): Promise<void>;
}

export interface PaneOptions {
  readonly index: number;
  readonly client: Parley;
  readonly crm: Crm;
  readonly words: Words;
  readonly theme: string;
  /** The place as it is at this moment. */
  now(): Place;
  go(place: Place): void;
}

export class Pane {
  readonly root: HTMLElement;
  readonly #options: PaneOptions;
  readonly #nav = element('nav');
  readonly #page = element('div', { class: 'page' });
  readonly #sidebar: Sidebar;
  #crm: Crm;
  #shown = '';
  #place: PanePlace;

  constructor(options: PaneOptions) {
    this.#options = options;
    const { index, client, crm, words, theme } = options;
    const place = options.now().panes[index] as PanePlace;
    this.#place = place;
    this.#crm = crm;
    const id = `sidebar-${index}`;
    const part = (name: `parley-${string}`, attributes: Record<string, string> = {}): HTMLElement =>
      Object.assign(element(name, { ...attributes, ...(theme && { theme }) }), { client });
    this.#sidebar = part('parley-sidebar', { id }) as Sidebar;
    this.#sidebar.toggleAttribute('open', place.sidebar);
    this.#nav.setAttribute('aria-label', `${words.records}, ${personName(crm, place.as)}`);
    this.root = element(
      'section',
      { class: 'pane', 'aria-label': personName(crm, place.as) },
      element(
        'header',
        { class: 'app' },
        element('span', { class: 'brand' }, words.product),
        this.#nav,
        this.#whoChoice(place.as),
        part('parley-launcher', { for: id }),
      ),
      element('div', { class: 'work' }, this.#page, this.#sidebar),
      part('parley-alerts'),
    );
    this.#listen();
    new ResizeObserver(([pane]) => {
      this.#sidebar.toggleAttribute('slide', (pane?.contentRect.width ?? besideMinPx) < besideMinPx);
    }).observe(this.root);
    this.update(place);
  }

  update(place: PanePlace): void {
    this.#place = place;
    if (this.#sidebar.open !== place.sidebar) this.#sidebar.open = place.sidebar;
    if (place.conversation !== '') this.#openConversation(place.conversation);
    const known = this.#crm.records.find((record) => keyOf(record) === place.record);
    if (known === undefined) return this.#load(place);
    const shown = `${place.record} ${place.tab}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { index, client, words, theme } = this.#options;
    const hadFocus = this.#page.querySelector('[role=tab]:focus') !== null;
    this.#page.replaceChildren(
      recordPage({
        record: known,
        tab: place.tab,
        client,
        words,
        theme,
        prefix: `pane-${index}`,
        choose: (tab) => this.#go({ tab }),
      }),
    );
    if (hadFocus) this.#page.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus();
    this.#showNav(place);
  }

  /** Once the pane is on the page, where the card can take the focus. */
  #openConversation(conversation: string): void {
    queueMicrotask(() => void this.#sidebar.openConversation(conversation));
  }

  /** A record that the address names beside the demo's own. */
  #load(place: PanePlace): void {
    loadCrm(place.as, place.record).then(
      (crm) => {
        this.#crm = crm;
        if (crm.records.some((record) => keyOf(record) === place.record))
          this.update({ ...this.#place, conversation: '' });
        else this.#go({ record: keyOf(crm.records[0] as CrmRecordPage) });
      },
      (error: unknown) => this.#page.replaceChildren(element('p', { class: 'notice' }, String(error))),
    );
  }

  #showNav(place: PanePlace): void {
    const { index, words } = this.#options;
    this.#nav.replaceChildren(
      ...this.#crm.records.slice(0, 4).map((record) => {
        const href = hashOf(withPane(this.#options.now(), index, { record: keyOf(record) }));
        const current: Record<string, string> = keyOf(record) === place.record ? { 'aria-current': 'page' } : {};
        return element('a', { href, ...current }, words[record.kind]);
      }),
    );
  }

  #whoChoice(as: string): HTMLElement {
    const { words } = this.#options;
    const people = this.#crm.people.map(({ id, name, job }) => [id, `${name} – ${job}`] as const);
    const all = people.some(([id]) => id === as) ? people : [...people, [as, as] as const];
    const label = choice(words.signedIn, all, as, (chosen) => this.#go({ as: chosen }));
    label.classList.add('who');
    return label;
  }

  #listen(): void {
    this.root.addEventListener('parley-toggle', (event) => {
      const { open } = (event as CustomEvent<{ open: boolean }>).detail;
      if (open !== this.#place.sidebar) this.#go({ sidebar: open });
    });
  }

  #go(change: Partial<PanePlace>): void {
    this.#options.go(withPane(this.#options.now(), this.#options.index, change));
  }
}

function keyOf({ kind, id }: CrmRecordPage): string {
  return `${kind}/${id}`;
}

function personName(crm: Crm, id: string): string {
  return crm.people.find((person) => person.id === id)?.name ?? id;
}
