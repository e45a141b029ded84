/**
 * What the pickers have in common: the ARIA pattern of an editable combobox with a list, and what was picked as chips.
 * Typing searches; the arrow button shows what there is; arrows, Enter and Escape do as everywhere; Backspace in an
 * empty field takes the last chip away.
 */
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import type { Parley } from '../client/index.ts';
import { announce } from './announcer.ts';
import { icon } from './icons.ts';
import { ParleyElement } from './parley-element.ts';
import { whenReleased } from './released.ts';

/** A search starts this long after the last key. */
const searchAfterMs = 120;
/** Characters of a search, as the protocol has it. */
const searchMaxChars = 64;

export abstract class Combobox<T extends { readonly id: string }> extends ParleyElement {
  static override properties: PropertyDeclarations = { labelled: { type: Boolean, reflect: true } };
  static override initial = {
    ...ParleyElement.initial,
    label: '',
    hint: '',
    fault: '',
    chosen: [],
    single: false,
    fixed: false,
    labelled: false,
    text: '',
    options: [],
    active: -1,
    isOpen: false,
  };
  static override shadowRootOptions: ShadowRootInit = { mode: 'open', delegatesFocus: true };

  declare label: string;
  /** Stands in the empty field. */
  declare hint: string;
  /** What is wrong with the choice; '' = nothing. */
  declare fault: string;
  declare chosen: readonly T[];
  /** One at most: what is picked takes the place of the field. */
  declare single: boolean;
  /** Shows the choice and lets nobody change it. */
  declare fixed: boolean;
  /** Is the label seen, or is there only its name for screen readers? */
  declare labelled: boolean;
  declare text: string;
  declare options: readonly T[];
  /** Index of the option that Enter picks; -1 = none. */
  declare active: number;
  declare isOpen: boolean;
  #search: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  protected abstract find(client: Parley, text: string, signal: AbortSignal): Promise<readonly T[]>;
  protected abstract nameOf(option: T): string;
  /** What stands before the name, in a chip and in the list. */
  protected abstract sign(option: T): TemplateResult;

  /** Something was typed that is no choice yet. */
  get isUnfinished(): boolean {
    return this.text.trim() !== '';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#close();
  }

  protected override render(): unknown {
    const { texts } = this.locale;
    const hasField = !this.fixed && !(this.single && this.chosen.length > 0);
    return html`
      ${
        hasField
          ? html`<label for="field" class=${this.labelled ? '' : 'vh'}>${this.label}</label>`
          : html`<span id="label" class=${this.labelled ? 'label' : 'vh'}>${this.label}</span>`
      }
      ${this.chosen.length === 0 ? nothing : this.#chips()}
      ${
        hasField
          ? html`<div class="field" @focusout=${this.#left}>
              <input
                id="field"
                role="combobox"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                maxlength=${searchMaxChars}
                placeholder=${this.hint}
                aria-autocomplete="list"
                aria-expanded=${this.isOpen}
                aria-controls="options"
                aria-activedescendant=${this.active < 0 ? nothing : `option-${this.active}`}
                aria-invalid=${this.fault !== ''}
                aria-describedby=${this.fault === '' ? nothing : 'fault'}
                .value=${this.text}
                @input=${this.#typed}
                @keydown=${this.#key}
              />
              <button class="icon" tabindex="-1" aria-label=${texts.showList} aria-expanded=${this.isOpen} aria-controls="options" @click=${this.#toggle}>
                ${icon('down')}
              </button>
              ${this.#list()}
            </div>`
          : nothing
      }
      ${this.fault === '' ? nothing : html`<p id="fault" class="fault small">${this.fault}</p>`}
    `;
  }

  #chips(): TemplateResult {
    const { texts } = this.locale;
    return html`<ul class="chips">
      ${this.chosen.map(
        (one) => html`<li>
          ${this.sign(one)}<bdi>${this.nameOf(one)}</bdi>
          ${
            this.fixed
              ? nothing
              : html`<button aria-label=${texts.remove(this.nameOf(one))} @click=${() => this.#drop(one)} @keydown=${(event: KeyboardEvent) => this.#chipKey(event, one)}>
                  ${icon('close')}
                </button>`
          }
        </li>`,
      )}
    </ul>`;
  }

  #list(): TemplateResult {
    const { texts } = this.locale;
    return html`<div class="drop" ?hidden=${!this.isOpen} @pointerdown=${(event: Event) => event.preventDefault()}>
      <div id="options" role="listbox" aria-label=${texts.hits(this.options.length)}>
        ${this.options.map(
          (
            option,
            i,
          ) => html`<div role="option" id="option-${i}" aria-selected=${i === this.active} @click=${() => this.#pick(option)}>
            ${this.sign(option)}<bdi>${this.nameOf(option)}</bdi>
          </div>`,
        )}
      </div>
      ${this.options.length === 0 ? html`<p class="muted">${texts.noHits}</p>` : nothing}
    </div>`;
  }

  #typed(event: Event): void {
    this.text = (event.target as HTMLInputElement).value;
    clearTimeout(this.#timer);
    if (this.text.trim() === '') this.#close();
    else this.#timer = setTimeout(() => void this.#look(), searchAfterMs);
  }

  #toggle(): void {
    if (this.isOpen) this.#close();
    else void this.#look();
    this.renderRoot.querySelector('input')?.focus();
  }

  async #look(): Promise<void> {
    this.#search?.abort();
    const search = new AbortController();
    this.#search = search;
    const client = this.parley;
    if (client === null) return;
    const found = await this.find(client, this.text.trim(), search.signal).catch(() => null);
    if (found === null || search.signal.aborted) return;
    const chosen = new Set(this.chosen.map(({ id }) => id));
    this.options = found.filter(({ id }) => !chosen.has(id));
    // While one types, the first is what one means; a list merely looked at picks nothing by itself.
    this.active = this.text.trim() === '' || this.options.length === 0 ? -1 : 0;
    this.isOpen = true;
    // In a dialog that is higher than the window it would open below what is seen.
    if (this.labelled) void this.updateComplete.then(() => this.#show('.drop'));
    const { texts } = this.locale;
    announce(this, this.options.length === 0 ? texts.noHits : texts.hits(this.options.length));
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#search?.abort();
    this.#search = null;
    this.isOpen = false;
    this.active = -1;
  }

  /** The list stands in the flow: closed under a pressed pointer, it would move away what is being clicked. */
  #left(): void {
    whenReleased(() => {
      if (!this.matches(':focus-within')) this.#close();
    });
  }

  #key(event: KeyboardEvent): void {
    const { key } = event;
    if (event.isComposing) return;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      this.#step(key === 'ArrowDown' ? 1 : -1);
    } else if (key === 'Enter') {
      // In a form Enter would send it: what is half typed is not meant to be sent.
      if (this.isOpen || this.isUnfinished) event.preventDefault();
      const option = this.options[this.active];
      if (this.isOpen && option !== undefined) this.#pick(option);
    } else if (key === 'Escape' && (this.isOpen || this.text !== '')) {
      // The dialog around it stays.
      event.preventDefault();
      event.stopPropagation();
      if (!this.isOpen) this.text = '';
      this.#close();
    } else if (key === 'Backspace' && this.text === '' && !this.single) {
      const last = this.chosen.at(-1);
      if (last !== undefined) this.#drop(last);
    }
  }

  #step(by: number): void {
    if (!this.isOpen) {
      void this.#look().then(() => {
        this.active = Math.min(0, this.options.length - 1);
      });
      return;
    }
    const count = this.options.length;
    if (count === 0) return;
    this.active = this.active < 0 && by < 0 ? count - 1 : (this.active + by + count) % count;
    void this.updateComplete.then(() => this.#show(`#option-${this.active}`));
  }

  #show(selector: string): void {
    this.renderRoot.querySelector(selector)?.scrollIntoView({ block: 'nearest' });
  }

  #chipKey(event: KeyboardEvent, one: T): void {
    if (event.key !== 'Backspace' && event.key !== 'Delete') return;
    event.preventDefault();
    this.#drop(one);
  }

  #pick(option: T): void {
    this.text = '';
    this.#close();
    this.#choose(this.single ? [option] : [...this.chosen, option]);
  }

  #drop(one: T): void {
    this.#choose(this.chosen.filter(({ id }) => id !== one.id));
  }

  /** `change` tells the surroundings; the focus goes to where one goes on. */
  #choose(chosen: readonly T[]): void {
    this.chosen = chosen;
    this.fault = '';
    this.dispatchEvent(new Event('change'));
    void this.updateComplete.then(() => {
      const next =
        this.renderRoot.querySelector('input') ?? this.renderRoot.querySelector<HTMLElement>('.chips button');
      next?.focus();
    });
  }
}
