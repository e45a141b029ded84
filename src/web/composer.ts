/** `<parley-composer>`: where one replies. What is typed is kept as a draft until it is with the outbox. */
import { html, nothing, type PropertyValues } from 'lit';
import { type Parley, ParleyError } from '../client/index.ts';
import { announce } from './announcer.ts';
import { loadDraft, saveDraft } from './drafts.ts';
import { icon } from './icons.ts';
import { define, ParleyElement } from './parley-element.ts';
import { whenReleased } from './released.ts';
import { composerStyles } from './styles/composer.ts';
import { base } from './styles/theme.ts';
import { refusalText } from './texts/refusal-text.ts';
import { bytesOf, sendKey, sendsOn } from './typing.ts';

/** A draft is written this long after the last key. */
const keepAfterMs = 300;
/** The limit is spoken of from here on. */
const nearLimitBytes = 500;

class Composer extends ParleyElement {
  static override initial = { ...ParleyElement.initial, conversation: '', text: '', fault: '', isIn: false };
  static override styles = [base, composerStyles];

  declare conversation: string;
  declare text: string;
  /** Why the text was not taken; '' = it is fine. */
  declare fault: string;
  /** The focus is in it, or a pointer is down that took it away. */
  declare isIn: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wasNear = false;

  override connectedCallback(): void {
    super.connectedCallback();
    globalThis.addEventListener('pagehide', this.#keep);
  }

  override disconnectedCallback(): void {
    this.#keep();
    globalThis.removeEventListener('pagehide', this.#keep);
    super.disconnectedCallback();
  }

  override focus(): void {
    this.renderRoot.querySelector('textarea')?.focus();
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const client = this.parley;
    if (client === null || !(changed.has('conversation') || changed.has('client'))) return;
    this.text = loadDraft(client, this.conversation);
  }

  protected override render(): unknown {
    const { texts } = this.locale;
    const left = (this.parley?.textMaxBytes ?? 0) - bytesOf(this.text);
    const note = this.fault || (left < 0 ? texts.bytesOver(-left) : '');
    return html`<form @submit=${this.#submit} @focusin=${this.#entered} @focusout=${this.#left} part="composer">
        <textarea
          rows="1"
          aria-label=${texts.sendMessage}
          placeholder=${texts.sendMessage}
          aria-describedby="below"
          aria-invalid=${note !== ''}
          dir="auto"
          .value=${this.text}
          @input=${this.#typed}
          @keydown=${this.#key}
          @blur=${this.#keep}
        ></textarea>
        <button class=${this.text.trim() === '' ? 'outline' : 'primary'}>${icon('send')}${texts.reply}</button>
      </form>
      <div class="below muted" id="below">
        <span class=${note !== '' ? 'fault' : this.isIn ? '' : 'vh'}>${note || texts.sendHint(sendKey)}</span>
        ${left >= 0 && left < nearLimitBytes ? html`<span>${texts.bytesLeft(left)}</span>` : nothing}
      </div>`;
  }

  #entered(): void {
    this.isIn = true;
  }

  /** The hint stands in the flow: gone under a pressed pointer, it would move away what is being clicked. */
  #left(): void {
    whenReleased(() => {
      this.isIn = this.matches(':focus-within');
    });
  }

  #typed(event: Event): void {
    this.text = (event.target as HTMLTextAreaElement).value;
    this.fault = '';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#keep, keepAfterMs);
    const left = (this.parley?.textMaxBytes ?? 0) - bytesOf(this.text);
    const isNear = left < nearLimitBytes;
    const { texts } = this.locale;
    if (isNear && !this.#wasNear) announce(this, left < 0 ? texts.bytesOver(-left) : texts.bytesLeft(left));
    this.#wasNear = isNear;
  }

  readonly #keep = (): void => {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.parley !== null) saveDraft(this.parley, this.conversation, this.text);
  };

  #key(event: KeyboardEvent): void {
    if (sendsOn(event)) this.#submit(event);
  }

  #submit(event: Event): void {
    event.preventDefault();
    const client = this.parley;
    const { texts } = this.locale;
    if (client === null) return;
    const { text } = this;
    if (text.trim() === '') this.fault = texts.refusals['text-blank'];
    else if (bytesOf(text) > client.textMaxBytes) this.fault = texts.refusals['text-too-long'];
    else {
      this.#clear(client);
      client.reply(this.conversation, text).catch((error) => this.#refused(client, text, error));
    }
    this.focus();
  }

  #clear(client: Parley): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.text = '';
    this.fault = '';
    saveDraft(client, this.conversation, '');
  }

  /** A text that the outbox holds stands there with its reason; one that it did not take comes back. */
  #refused(client: Parley, text: string, error: unknown): void {
    const isKept = client.outbox
      .getSnapshot()
      .some((item) => item.conversation === this.conversation && item.text === text);
    if (isKept || !(error instanceof ParleyError) || this.text !== '') return;
    this.text = text;
    this.fault = refusalText(this.locale.texts, error);
    saveDraft(client, this.conversation, text);
  }
}

define('parley-composer', Composer);
