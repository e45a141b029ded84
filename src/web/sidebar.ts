/**
 * `<parley-sidebar>`: the person's conversations. Attribute `open`; with `slide` it lies over the page at its end edge,
 * otherwise it stands where it is put and fills its place. Parts: `header`, `title`, `list`, and those of the cards.
 */
import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit';
import type { CrmRecord, OutboxItem, Parley, Person, SidebarView } from '../client/index.ts';
import { announce, announceCopies } from './announcer.ts';
import type { Cards } from './cards.ts';
import './cards.ts';
import './connection-notice.ts';
import { icon } from './icons.ts';
import { ManageAlerts } from './manage-alerts.ts';
import './menu.ts';
import { whenNear } from './near-end.ts';
import { composeIn } from './new-conversation.ts';
import { define, ParleyElement } from './parley-element.ts';
import type { PeoplePicker } from './people-picker.ts';
import './people-picker.ts';
import { sidebarStyles } from './styles/sidebar.ts';
import { base, theme } from './styles/theme.ts';
import { waitingStyles } from './styles/waiting.ts';
import { refusalText } from './texts/refusal-text.ts';
import { sentence } from './texts/sentence.ts';
import { nameOf, type Texts } from './texts/texts.ts';
import { waitingIn, waitingItem } from './waiting.ts';

/** Pages that are looked through for a conversation that is to be opened. */
const seekPagesMax = 50;
const none: readonly OutboxItem[] = [];

export class ParleySidebar extends ParleyElement {
  static override properties: PropertyDeclarations = { open: { type: Boolean, reflect: true } };
  static override initial = { ...ParleyElement.initial, open: false, fault: '' };
  static override styles = [theme, base, waitingStyles, sidebarStyles];

  declare open: boolean;
  /** What went wrong last; '' = nothing. */
  declare fault: string;
  /** A page that failed is not asked for again until the person says so. */
  #hasFailed = false;
  #unwatch = (): void => {};
  /** What had the focus when it was opened. */
  #opener: HTMLElement | null = null;

  protected override follow(client: Parley): (() => void)[] {
    return [
      client.sidebar.subscribe(this.changed),
      client.outbox.subscribe(this.changed),
      client.me.subscribe(this.changed),
      client.state.subscribe(this.changed),
      announceCopies(client, this),
    ];
  }

  show(): void {
    if (this.open) return;
    this.open = true;
    const before = this.ownerDocument.activeElement;
    this.#opener = before instanceof HTMLElement ? before : null;
    // What lies over the page takes the focus, what stands in it leaves it where it is.
    if (this.hasAttribute('slide')) void this.updateComplete.then(() => this.#find('h2')?.focus());
  }

  /** Whoever was in it is back where they came from. */
  hide(): void {
    if (this.matches(':focus-within')) this.#opener?.focus();
    this.open = false;
  }

  /** Shows the sidebar with this conversation in sight. Does nothing where this person has no copy of it. */
  async openConversation(conversation: string): Promise<void> {
    this.show();
    const client = this.parley;
    if (client === null) return;
    const list = client.sidebar;
    const isShown = () => list.getSnapshot().conversations.some(({ id }) => id === conversation);
    this.fault = '';
    try {
      // The first page replaces what was held before it.
      await isListed(client);
      await client.conversation(conversation).load();
      if (!isShown()) await list.filterBy(null);
      for (let page = 0; !isShown() && list.getSnapshot().more && page < seekPagesMax; page += 1) {
        await list.loadOlder();
        // A page that was under way already, as on scrolling, is waited for, too.
        await isListed(client);
      }
    } catch (error) {
      this.fault = refusalText(this.locale.texts, error);
      return;
    }
    await this.#settled();
    const card = this.#find<Cards>('parley-cards')?.card(conversation);
    card?.scrollIntoView({ block: 'start' });
    card?.focus({ preventScroll: true });
  }

  /** Opens the form for a new conversation; `about` is then its record for good. */
  async compose({ about = null }: { readonly about?: CrmRecord | null } = {}): Promise<void> {
    this.show();
    await this.updateComplete;
    const started = await composeIn(this, about);
    if (started === null) return;
    announce(this, this.locale.texts.started);
    await this.openConversation(started);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unwatch();
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (changed.has('open') && changed.get('open') !== undefined) this.fire('parley-toggle', { open: this.open });
    void this.#watch();
  }

  protected override render(): unknown {
    const client = this.parley;
    const { texts } = this.locale;
    const list = client?.sidebar.getSnapshot();
    return html`<aside aria-labelledby="title" @keydown=${this.#key}>
      <header part="header">
        <div class="bar">
          <h2 id="title" part="title" tabindex="-1" aria-label=${texts.launcher(list?.badge ?? 0)}>${texts.conversations}</h2>
          <span class="gap"></span>
          <button class="primary add" @click=${() => void this.#try(() => this.compose())}>${icon('add')}<span>${texts.add}</span></button>
          <button class="icon" aria-label=${texts.refresh} title=${texts.refresh} aria-busy=${list?.loading ?? false} @click=${this.#refresh}>
            ${icon('refresh')}
          </button>
          <parley-menu
            .label=${texts.moreActions}
            .items=${[
              { text: texts.markAllRead, icon: 'check', act: this.#readAll },
              { text: texts.manageAlerts, icon: 'bell', act: this.#manageAlerts },
            ]}
          ></parley-menu>
          <button class="icon" aria-label=${texts.close} title=${texts.close} @click=${this.hide}>${icon('close')}</button>
        </div>
        <parley-people-picker
          .client=${client}
          .among=${'correspondents'}
          .single=${true}
          .label=${texts.searchWith}
          .hint=${texts.searchWith}
          .chosen=${list?.filter ? [list.filter] : []}
          @change=${this.#filter}
        ></parley-people-picker>
      </header>
      <parley-connection-notice .client=${client}></parley-connection-notice>
      ${this.fault === '' ? nothing : html`<p class="problem fault small" role="alert">${icon('warn')}<span>${this.fault}</span></p>`}
      ${list?.unavailable ? html`<p class="problem small" role="status">${icon('warn')}<span>${texts.cannotBeShown(list.unavailable)}</span></p>` : nothing}
      <div class="scroll" part="list">
        ${client === null || list === undefined ? nothing : this.#starting(client, texts)}
        <parley-cards .client=${client} .conversations=${list?.conversations ?? []} aria-label=${texts.conversations}></parley-cards>
        ${list === undefined ? nothing : this.#below(list, texts)}
        <div class="end"></div>
      </div>
    </aside>`;
  }

  /** Conversations that are only to be started. */
  #starting(client: Parley, texts: Texts): unknown {
    const items = waitingIn(client.outbox.getSnapshot(), new Map()).get('') ?? none;
    return items.map(
      (item) => html`<section class="starting" aria-label=${texts.newConversation}>
        <h3>${texts.newConversation}</h3>
        ${waitingItem(client, item, texts)}
      </section>`,
    );
  }

  #below(list: SidebarView, texts: Texts): unknown {
    if (this.#hasFailed) {
      return html`<div class="note">
        <p>${texts.loadFailed}</p>
        <button class="outline" @click=${this.#again}>${texts.loadOlder}</button>
      </div>`;
    }
    if (list.loading && this.parley?.state.getSnapshot() === 'closed') return nothing;
    if (list.loading) {
      const bones = Array.from({ length: list.conversations.length > 0 ? 1 : 4 }, () => skeleton);
      return html`<div role="status"><span class="vh">${texts.loading}</span>${bones}</div>`;
    }
    if (list.conversations.length > 0) return nothing;
    return html`<div class="note">
      ${icon('talk')}
      <h3>${list.filter === null ? texts.noneYet : sentence(texts.noneWith, nameOf(list.filter))}</h3>
      ${list.filter === null ? html`<p>${texts.noneYetHint}</p>` : nothing}
    </div>`;
  }

  readonly #filter = (event: Event): void => {
    const person: Person | undefined = (event.target as PeoplePicker).chosen[0];
    void this.#try(async () => this.parley?.sidebar.filterBy(person?.id ?? null));
    this.#find('.scroll')?.scrollTo({ top: 0 });
  };

  readonly #refresh = (): void => {
    void this.#try(async () => {
      this.#hasFailed = false;
      await this.parley?.sidebar.refresh();
      announce(this, this.locale.texts.refreshed);
    });
    this.#find('.scroll')?.scrollTo({ top: 0 });
  };

  readonly #readAll = (): void => {
    void this.#try(async () => {
      await this.parley?.readAll();
      announce(this, this.locale.texts.allRead);
    });
  };

  readonly #manageAlerts = (): void => {
    void this.#try(async () => {
      if (await new ManageAlerts().openIn(this)) announce(this, this.locale.texts.saved);
    });
  };

  readonly #again = (): void => {
    this.#hasFailed = false;
    this.requestUpdate();
  };

  /** Over the page it closes as dialogs do. */
  #key(event: KeyboardEvent): void {
    if (event.key === 'Escape' && !event.defaultPrevented && this.hasAttribute('slide')) this.hide();
  }

  async #try(act: () => Promise<unknown>): Promise<void> {
    this.fault = '';
    try {
      await act();
    } catch (error) {
      this.fault = refusalText(this.locale.texts, error);
    }
  }

  /**
   * LIST-2: older ones on scrolling. Observed anew each time, when the cards are there: where the end was before they
   * were says nothing of where it is now.
   */
  async #watch(): Promise<void> {
    this.#unwatch();
    await this.#settled();
    this.#unwatch();
    if (this.isConnected)
      this.#unwatch = whenNear(this.#find('.end') as Element, this.#find('.scroll'), () => this.#loadOlder());
  }

  #loadOlder(): void {
    const list = this.parley?.sidebar.getSnapshot();
    if (this.#hasFailed || !list?.more || list.loading) return;
    this.parley?.sidebar.loadOlder().catch(() => {
      this.#hasFailed = true;
      this.requestUpdate();
    });
  }

  async #settled(): Promise<void> {
    await this.updateComplete;
    await this.#find<Cards>('parley-cards')?.updateComplete;
  }

  #find<E extends HTMLElement = HTMLElement>(selector: string): E | null {
    return this.renderRoot.querySelector<E>(selector);
  }
}

/** Waits for the page of the list that is under way; rejects nothing where the client is closed. */
function isListed({ sidebar, state }: Parley): Promise<void> {
  return new Promise((resolve) => {
    const ends: (() => void)[] = [];
    const look = () => {
      if (sidebar.getSnapshot().loading && state.getSnapshot() !== 'closed') return;
      for (const end of ends) end();
      resolve();
    };
    ends.push(sidebar.subscribe(look), state.subscribe(look));
    look();
  });
}

const skeleton: TemplateResult = html`<div class="bones" aria-hidden="true"><i></i><div><i></i><i></i><i></i></div></div>`;

define('parley-sidebar', ParleySidebar);
