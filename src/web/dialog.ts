/**
 * What every dialog has: a native modal `<dialog>`, which keeps the focus and gives it back, with a heading, a body and
 * buttons. It closes on Escape and on Cancel.
 */
import { html, nothing, type PropertyValues } from 'lit';
import { icon } from './icons.ts';
import { ParleyElement } from './parley-element.ts';
import { dialogStyles } from './styles/dialog.ts';
import { base } from './styles/theme.ts';
import { refusalText } from './texts/refusal-text.ts';

export abstract class DialogElement extends ParleyElement {
  static override initial = { ...ParleyElement.initial, busy: false, fault: '' };
  static override styles = [base, dialogStyles];

  /** The action is under way. */
  declare busy: boolean;
  /** Why it failed, as a whole; '' = it did not. */
  declare fault: string;
  #settle: (done: boolean) => void = () => {};
  #done = false;

  protected abstract headingText(): string;
  protected abstract body(): unknown;
  /** The text of the button that does it, and how it looks. */
  protected abstract button(): { readonly text: string; readonly kind: 'primary' | 'danger' };
  /** Does it. False: something is missing, which the body now says. Throws what was refused. */
  protected abstract act(): Promise<boolean>;
  /** Puts a refusal into words; who has a field for it says it there and returns ''. */
  protected refused(error: unknown): string {
    return refusalText(this.locale.texts, error);
  }

  /** Opens it in an element, with its client and looks. Resolves when it is closed: true = its action was done. */
  openIn(owner: ParleyElement, properties: Partial<this> = {}): Promise<boolean> {
    Object.assign(this, properties, { client: owner.parley });
    owner.renderRoot.append(this);
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Closes it as cancelled. */
  cancel(): void {
    this.renderRoot.querySelector('dialog')?.close();
  }

  protected override firstUpdated(changed: PropertyValues): void {
    super.firstUpdated(changed);
    this.renderRoot.querySelector('dialog')?.showModal();
  }

  protected override render(): unknown {
    const { texts } = this.locale;
    const { text, kind } = this.button();
    return html`<dialog part="dialog" aria-labelledby="heading" @close=${this.#closed}>
      <form novalidate @submit=${this.submit}>
        <h2 id="heading">${this.headingText()}</h2>
        ${this.body()}
        ${this.fault === '' ? nothing : html`<p class="fault" role="alert">${this.fault}</p>`}
        <footer>
          <button type="button" class="outline" @click=${this.cancel}>${texts.cancel}</button>
          <button class=${kind} ?disabled=${this.busy}>${text}</button>
        </footer>
        <button type="button" class="icon close" aria-label=${texts.close} @click=${this.cancel}>${icon('close')}</button>
      </form>
    </dialog>`;
  }

  protected readonly submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.fault = '';
    try {
      this.#done = await this.act();
      if (this.#done) this.cancel();
    } catch (error) {
      this.fault = this.refused(error);
    } finally {
      this.busy = false;
    }
  };

  #closed(): void {
    this.remove();
    this.#settle(this.#done);
  }
}
