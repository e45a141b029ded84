/** `<parley-menu>`: a button with a menu, which is a native popover: it closes by itself and lies over everything. */
import { html, type PropertyValues } from 'lit';
import { type IconName, icon } from './icons.ts';
import { define, ParleyElement } from './parley-element.ts';
import { menuStyles } from './styles/menu.ts';
import { base } from './styles/theme.ts';

interface MenuItem {
  readonly text: string;
  readonly icon: IconName;
  act(): void;
}

class Menu extends ParleyElement {
  static override initial = { ...ParleyElement.initial, label: '', items: [], isOpen: false };
  static override styles = [base, menuStyles];

  declare label: string;
  declare items: readonly MenuItem[];
  declare isOpen: boolean;

  protected override firstUpdated(changed: PropertyValues): void {
    super.firstUpdated(changed);
    const menu = this.#menu;
    menu?.addEventListener('toggle', (event) => {
      this.isOpen = (event as ToggleEvent).newState === 'open';
      if (this.isOpen) this.#go(0);
    });
  }

  get #menu(): HTMLElement | null {
    return this.renderRoot.querySelector('[role=menu]');
  }

  protected override render(): unknown {
    return html`<button
        class="icon"
        popovertarget="menu"
        aria-haspopup="menu"
        aria-expanded=${this.isOpen}
        aria-label=${this.label}
        title=${this.label}
        @keydown=${this.#opens}
      >
        ${icon('more')}
      </button>
      <div id="menu" popover role="menu" aria-label=${this.label} @keydown=${this.#key}>
        ${this.items.map(
          (item) =>
            html`<button role="menuitem" tabindex="-1" @click=${() => this.#act(item)}>${icon(item.icon)}${item.text}</button>`,
        )}
      </div>`;
  }

  #act(item: MenuItem): void {
    this.#menu?.hidePopover();
    this.renderRoot.querySelector('button')?.focus();
    item.act();
  }

  #opens(event: KeyboardEvent): void {
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    this.#menu?.showPopover();
  }

  #key(event: KeyboardEvent): void {
    const items = [...this.renderRoot.querySelectorAll<HTMLElement>('[role=menuitem]')];
    const at = items.indexOf(event.target as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.#go((to + items.length) % items.length);
    } else if (event.key === 'Tab') this.#menu?.hidePopover();
    else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.#menu?.hidePopover();
      this.renderRoot.querySelector('button')?.focus();
    }
  }

  #go(index: number): void {
    this.renderRoot.querySelectorAll<HTMLElement>('[role=menuitem]')[index]?.focus();
  }
}

define('parley-menu', Menu);
