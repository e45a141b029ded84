/**
 * `<parley-record-tab kind="company" record="co-2001">`: every conversation that this person may see of one CRM record
 * (SEE-2, SEE-3), live while it stands in the page. Who takes part replies here as in the sidebar.
 */
import { html, nothing, type PropertyDeclarations, type PropertyValues } from 'lit';
import { type CrmRecord, type Parley, ParleyError, type Tab, type TabView } from '../client/index.ts';
import { announce, announceTab } from './announcer.ts';
import './cards.ts';
import './connection-notice.ts';
import { icon } from './icons.ts';
import { whenNear } from './near-end.ts';
import { composeIn } from './new-conversation.ts';
import { define, ParleyElement } from './parley-element.ts';
import { recordKinds, recordName } from './record-name.ts';
import { recordTabStyles } from './styles/record-tab.ts';
import { base, theme } from './styles/theme.ts';

/** Attributes `kind` and `record`: which CRM record. Parts: `header`, `name`, `add`, `state`, and those of a card. */
export class ParleyRecordTab extends ParleyElement {
  static override properties: PropertyDeclarations = { kind: { type: String }, record: { type: String } };
  static override initial = { ...ParleyElement.initial, kind: '', record: '' };
  static override styles = [theme, base, recordTabStyles];

  declare kind: string;
  declare record: string;
  #tab: Tab | null = null;
  /** What the attributes named when the tab was entered. */
  #entered = '';
  #ends: (() => void)[] = [];
  /** Why it could not be opened; null = it could, or was refused. */
  #fault: ParleyError | null = null;
  #unwatch = (): void => {};

  protected override follow(client: Parley): (() => void)[] {
    this.#enter(client);
    return [() => this.#leave()];
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const named = `${this.kind}/${this.record}`;
    if (!this.isConnected || this.parley === null || named === this.#entered) return;
    this.#leave();
    this.#enter(this.parley);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unwatch();
  }

  #enter(client: Parley): void {
    this.#entered = `${this.kind}/${this.record}`;
    const kind = recordKinds.find((name) => name === this.kind);
    if (kind === undefined || this.record === '') return;
    const tab = client.tab({ kind, id: this.record });
    this.#tab = tab;
    this.#ends = [tab.hold(), tab.subscribe(this.changed), announceTab(client, tab, this)];
    this.#open(tab);
  }

  #leave(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
    this.#tab = null;
  }

  #open(tab: Tab): void {
    this.#fault = null;
    this.requestUpdate();
    tab.open().catch((error: unknown) => {
      // An aborted one was opened anew, or closed, by somebody who knows.
      if (tab !== this.#tab || !(error instanceof ParleyError)) return;
      this.#fault = error;
      this.requestUpdate();
    });
  }

  /** Anew each time: if its end is still in sight after a page, the next one is wanted. */
  protected override updated(): void {
    this.#unwatch();
    const end = this.renderRoot.querySelector('.older');
    if (end !== null) this.#unwatch = whenNear(end, null, this.#older);
  }

  readonly #older = (): void => {
    this.#tab?.loadOlder().catch(() => this.requestUpdate());
  };

  readonly #add = async (): Promise<void> => {
    const about = this.#tab?.getSnapshot().record ?? null;
    if (about === null) return;
    if ((await composeIn(this, about)) !== null) announce(this, this.locale.texts.started);
  };

  protected override render(): unknown {
    const { texts } = this.locale;
    const view = this.#tab?.getSnapshot();
    const record = view?.record ?? null;
    return html`<section aria-label=${texts.conversations} aria-busy=${view?.loading ?? false}>
      <parley-connection-notice .client=${this.parley}></parley-connection-notice>
      ${record === null ? nothing : this.#header(record)}
      ${view === undefined ? this.#state(texts.tabRefused) : this.#body(view)}
    </section>`;
  }

  #header(record: CrmRecord): unknown {
    const { texts } = this.locale;
    return html`<header part="header">
      ${icon(record.kind)}
      <h2 part="name"><bdi>${recordName(record, texts)}</bdi></h2>
      <button class="primary" part="add" @click=${() => void this.#add()}>${icon('add')}${texts.add}</button>
    </header>`;
  }

  #body(view: TabView): unknown {
    const { texts } = this.locale;
    if (view.state === 'refused') return this.#state(texts.tabRefused, true);
    if (view.state === 'closed' && this.#fault !== null) {
      const isFull = this.#fault.name === 'too-many-tabs';
      return this.#state(isFull ? texts.tabTooMany : texts.loadFailed, this.#fault.name !== 'closed');
    }
    if (view.state !== 'open') return this.#state(texts.loading);
    if (view.conversations.length === 0 && !view.more) return this.#state(texts.tabEmpty);
    return html`<parley-cards
        .client=${this.parley}
        .tab=${this.#tab}
        .conversations=${view.conversations}
      ></parley-cards>
      ${
        view.more
          ? html`<div class="older">
              <button class="quiet" ?disabled=${view.loading} @click=${this.#older}>${texts.loadOlder}</button>
            </div>`
          : nothing
      }`;
  }

  /** `again`: what was refused once may be allowed now (SEE-6). */
  #state(text: string, again = false): unknown {
    const { texts } = this.locale;
    return html`<div class="state" part="state">
      ${icon('talk')}
      <p>${text}</p>
      ${
        again
          ? html`<button class="outline" @click=${() => this.#tab && this.#open(this.#tab)}>${texts.tryAgain}</button>`
          : nothing
      }
    </div>`;
  }
}

define('parley-record-tab', ParleyRecordTab);
