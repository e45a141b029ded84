/**
 * What every dialog has: a native modal `<dialog>`, which keeps the focus and gives it back, with a heading, a body and
 * buttons. It closes on Escape and on Cancel.
 */
import { css, html, nothing, type PropertyDeclarations, type PropertyValues } from 'lit';
import { icon } from './icons.ts';
import { ParleyElement } from './parley-element.ts';
import { refusalText } from './texts/refusal-text.ts';
import { base } from './theme.ts';

export abstract class DialogElement extends ParleyElement {
  static override properties: PropertyDeclarations = {
    busy: { state: true },
    fault: { state: true },
  };
  static override styles = [
    base,
    css`
      :host {
        display: contents;
      }
      dialog {
        inline-size: min(30rem, 100vi - 24px);
        max-block-size: min(46rem, 100dvb - 24px);
        padding: 0;
        overflow: auto;
        overscroll-behavior: contain;
        border: 1px solid var(--p-line);
        border-radius: calc(var(--p-radius) * 1.5);
        background: var(--p-raised);
        color: var(--p-text);
        box-shadow: var(--p-shadow);
        font: 400 var(--p-size) / 1.45 var(--p-font);
      }
      dialog::backdrop {
        background: #0b0e1366;
      }
      form {
        display: flex;
        flex-direction: column;
        gap: 14px;
        padding: 20px;
      }
      h2 {
        font-size: 1.0625rem;
        font-weight: 650;
        line-height: 1.3;
        padding-inline-end: 32px;
      }
      .close {
        position: absolute;
        inset-block-start: 14px;
        inset-inline-end: 12px;
      }
      footer {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: 8px;
        margin-block-start: 2px;
      }
      label,
      legend {
        display: block;
        padding: 0;
        margin-block-end: 4px;
        font-weight: 600;
      }
      .fault {
        margin-block-start: 4px;
      }
      @media (prefers-reduced-motion: no-preference) {
        dialog[open] {
          animation: rise 0.16s ease-out;
        }
      }
      @keyframes rise {
        from {
          opacity: 0;
          translate: 0 8px;
        }
      }
    `,
  ];

  /** The action is under way. */
  declare busy: boolean;
  /** Why it failed, as a whole; '' = it did not. */
  declare fault: string;
  #settle: (done: boolean) => void = () => {};
  #done = false;

  constructor() {
    super();
    this.busy = false;
    this.fault = '';
  }

  protected abstract heading$(): string;
  protected abstract body(): unknown;
  /** The text of the button that does it, and how it looks. */
  protected abstract button(): { readonly text: string; readonly kind: 'primary' | 'danger' };
  /** Does it. False: something is missing, which the body now says. Throws what was refused. */
  protected abstract act(): Promise<boolean>;
  /** Puts a refusal into words; who has a field for it says it there and returns ''. */
  protected refused(error: unknown): string {
    return refusalText(this.locale.texts, error);
  }

  /** Resolves when it is closed: true = its action was done. */
  opened(): Promise<boolean> {
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
        <h2 id="heading">${this.heading$()}</h2>
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
