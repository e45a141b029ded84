/** `<parley-launcher>`: the toolbar's button, with the number of conversations that have unread messages (LIST-6). */
import { html, type PropertyDeclarations } from 'lit';
import type { Parley } from '../client/index.ts';
import { icon } from './icons.ts';
import { define, ParleyElement } from './parley-element.ts';
import { sidebarOf } from './sidebar-of.ts';
import { launcherStyles } from './styles/launcher.ts';
import { base, theme } from './styles/theme.ts';

/** Larger badges are not read but recognised. */
const shownMax = 99;

/**
 * Attribute `for`: the id of the sidebar that it opens and closes; without it the nearest one. Parts: `button`, `icon`,
 * `label`, `badge`.
 */
export class ParleyLauncher extends ParleyElement {
  static override properties: PropertyDeclarations = { for: { type: String } };
  static override initial = { ...ParleyElement.initial, for: '' };
  static override styles = [theme, base, launcherStyles];

  declare for: string;

  protected override follow(client: Parley): (() => void)[] {
    return [client.sidebar.subscribe(this.changed)];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.ownerDocument.addEventListener('parley-toggle', this.changed);
    // The sidebar may stand further down in the page than its button.
    queueMicrotask(this.changed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.ownerDocument.removeEventListener('parley-toggle', this.changed);
  }

  protected override render(): unknown {
    const { texts, tag } = this.locale;
    const badge = this.parley?.sidebar.getSnapshot().badge ?? 0;
    const number = new Intl.NumberFormat(tag);
    const shown = badge > shownMax ? `${number.format(shownMax)}+` : number.format(badge);
    const isOpen = sidebarOf(this, this.for)?.open ?? false;
    return html`<button
      part="button"
      aria-label=${texts.launcher(badge)}
      aria-expanded=${isOpen}
      @click=${this.#toggle}
    >
      <span part="icon">${icon('talk')}</span>
      <span part="label">${texts.conversations}</span>
      ${badge === 0 ? null : html`<span part="badge" class="badge" aria-hidden="true">${shown}</span>`}
    </button>`;
  }

  readonly #toggle = (): void => {
    const sidebar = sidebarOf(this, this.for);
    if (sidebar?.open) sidebar.hide();
    else sidebar?.show();
    this.requestUpdate();
  };
}

define('parley-launcher', ParleyLauncher);
