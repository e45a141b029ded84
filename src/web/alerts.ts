/**
 * `<parley-alerts>`: pop-ups in the page for what others write (ALERT-1, ALERT-2): who, in which conversation, the first
 * words. A click opens the conversation in the sidebar. One a conversation, a few at a time; they go by themselves, but
 * not from under the pointer or the focus, nor while the page is out of sight.
 */
import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { ConversationView, EntryView, Parley, ParleyEvents } from '../client/index.ts';
import { announceCopies } from './announcer.ts';
import { avatar, avatarStyles } from './avatar.ts';
import { conversationWords, entryWords, firstWords, noticeWords } from './entry-words.ts';
import { icon } from './icons.ts';
import { notify } from './notifications.ts';
import { listenToOtherTabs, takePopup } from './one-popup.ts';
import { define, ParleyElement } from './parley-element.ts';
import { sidebarOf } from './sidebar-of.ts';
import { nameOf } from './texts/texts.ts';
import { base, theme } from './theme.ts';

/** More push the oldest out; what they told of stays unread in the sidebar. */
const popupsMax = 4;
/** Seen for so long, one goes. */
const seenMaxMs = 8_000;
const tickMs = 250;

interface Popup {
  readonly conversation: string;
  readonly entry: EntryView;
  /** Messages and notices it tells of, and the newest one's seq. */
  readonly count: number;
  readonly seq: number;
  /** As it was when it came; the store knows better, where it still holds it. */
  readonly view: ConversationView;
  /** How long it has been before the person's eyes. */
  seenMs: number;
}

/** Attribute `for`: the id of the sidebar that pop-ups open; without it the nearest one. Parts: `stack`, `popup`. */
export class ParleyAlerts extends ParleyElement {
  static override properties: PropertyDeclarations = { for: { type: String } };
  static override styles = [
    theme,
    base,
    avatarStyles,
    css`
      :host {
        position: fixed;
        z-index: var(--parley-alerts-layer, 2147483000);
        inset-block-end: 16px;
        inset-inline-end: 16px;
        inline-size: min(360px, 100% - 32px);
        pointer-events: none;
      }
      ul {
        display: flex;
        flex-direction: column;
        gap: 8px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        position: relative;
        pointer-events: auto;
        border: 1px solid var(--p-line);
        border-radius: var(--p-radius);
        background: var(--p-raised);
        box-shadow: var(--p-shadow);
        animation: come 0.18s ease-out;
      }
      @keyframes come {
        from {
          opacity: 0;
          transform: translateY(8px);
        }
      }
      .open {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        justify-content: stretch;
        align-items: start;
        gap: 0 10px;
        inline-size: 100%;
        padding: 10px 12px 12px;
        border: 0;
        padding-inline-end: 44px;
        border-radius: inherit;
        font-weight: 400;
        text-align: inherit;
      }
      .avatar {
        grid-row: span 3;
        margin-block-start: 2px;
      }
      .who {
        font-weight: 600;
      }
      .who,
      .where {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .words {
        display: -webkit-box;
        overflow: hidden;
        overflow-wrap: anywhere;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }
      .close {
        position: absolute;
        inset-block-start: 6px;
        inset-inline-end: 6px;
      }
    `,
  ];

  declare for: string;
  #popups: readonly Popup[] = [];
  #ticking: ReturnType<typeof setInterval> | undefined;
  /** Where the focus was before it came to a pop-up. */
  #cameFrom: HTMLElement | null = null;

  constructor() {
    super();
    this.for = '';
  }

  protected override follow(client: Parley): (() => void)[] {
    this.#show([]);
    listenToOtherTabs();
    return [
      client.on('popup', (popup) => void this.#came(client, popup)),
      client.on('gone', ({ conversation }) => this.#dismiss(conversation)),
      client.sidebar.subscribe(() => this.#look(client)),
      announceCopies(client, this),
    ];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('keydown', this.#key);
    this.addEventListener('focusin', this.#focused);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('keydown', this.#key);
    this.removeEventListener('focusin', this.#focused);
    this.#show([]);
  }

  async #came(client: Parley, { conversation: view, entries }: ParleyEvents['popup']): Promise<void> {
    const me = client.me.getSnapshot()?.id ?? '';
    const seq = entries.at(-1)?.seq ?? view.head;
    const entry = view.entries.find((one) => one.seq === seq) ?? view.entries.at(-1);
    if (entry === undefined || !(await takePopup(`${me}:${view.id}:${seq}`)) || client !== this.parley) return;
    if (isRead(client, view.id, seq)) return;
    const before = this.#popups.find((popup) => popup.conversation === view.id);
    if (before !== undefined && before.seq >= seq) return;
    const count = (before?.count ?? 0) + Math.max(1, entries.filter(({ by }) => by !== me).length);
    const { texts } = this.locale;
    const words = {
      title: conversationWords(view, me, texts),
      body: entryWords(entry, texts),
      tag: view.id,
    };
    if (notify(client, words, () => this.#open(view.id))) return;
    const others = this.#popups.filter((popup) => popup !== before);
    this.#show([...others, { conversation: view.id, entry, count, seq, view, seenMs: 0 }].slice(-popupsMax));
  }

  /** What was read meanwhile, here or on another device, needs no pop-up any more; and names may have changed. */
  #look(client: Parley): void {
    const left = this.#popups.filter(({ conversation, seq }) => !isRead(client, conversation, seq));
    if (left.length < this.#popups.length) this.#show(left);
    else if (left.length > 0) this.requestUpdate();
  }

  #show(popups: readonly Popup[]): void {
    if (popups.length === 0 && this.#popups.length === 0) return;
    this.#popups = popups;
    if (popups.length === 0) {
      clearInterval(this.#ticking);
      this.#ticking = undefined;
    } else this.#ticking ??= setInterval(() => this.#tick(), tickMs);
    this.requestUpdate();
  }

  #tick(): void {
    if (document.visibilityState !== 'visible' || this.matches(':hover, :focus-within')) return;
    for (const popup of this.#popups) popup.seenMs += tickMs;
    const left = this.#popups.filter(({ seenMs }) => seenMs < seenMaxMs);
    if (left.length < this.#popups.length) this.#show(left);
  }

  /** The focus goes on to the next pop-up, or back to where it came from. */
  #dismiss(conversation: string): void {
    const at = this.#popups.findIndex((popup) => popup.conversation === conversation);
    if (at === -1) return;
    const isFocused = this.matches(':focus-within');
    this.#show(this.#popups.filter((_, index) => index !== at));
    if (!isFocused) return;
    const next = this.#popups[Math.min(at, this.#popups.length - 1)];
    if (next === undefined) this.#cameFrom?.focus();
    else void this.updateComplete.then(() => this.#button(next.conversation)?.focus());
  }

  #button(conversation: string): HTMLElement | null {
    return this.renderRoot.querySelector(`[data-conversation="${conversation}"] .open`);
  }

  #open(conversation: string): void {
    this.#cameFrom = null;
    this.#dismiss(conversation);
    this.fire('parley-open-conversation', { conversation });
    sidebarOf(this, this.for)?.openConversation(conversation);
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    const inside = (event.composedPath()[0] as Element).closest<HTMLElement>('[data-conversation]');
    if (inside === null) return;
    event.stopPropagation();
    this.#dismiss(inside.dataset.conversation ?? '');
  };

  readonly #focused = (event: FocusEvent): void => {
    const from = event.relatedTarget;
    if (from instanceof HTMLElement && from !== this) this.#cameFrom = from;
  };

  protected override render(): unknown {
    const { texts } = this.locale;
    if (this.#popups.length === 0) return nothing;
    return html`<section aria-label=${texts.news}>
      <ul role="list" part="stack">
        ${repeat(
          this.#popups,
          ({ conversation }) => conversation,
          (popup) => this.#popup(popup),
        )}
      </ul>
    </section>`;
  }

  #popup({ conversation, entry, count, view }: Popup): TemplateResult {
    const { texts } = this.locale;
    const client = this.parley;
    const now = client?.conversation(conversation).getSnapshot() ?? view;
    const where = conversationWords(now, client?.me.getSnapshot()?.id ?? '', texts);
    // Between two people about nothing, the conversation is the sender.
    const details = where === nameOf(entry.by) ? [] : [where];
    if (count > 1) details.push(texts.newsCount(count));
    const words = entry.kind === 'message' ? firstWords(entry.text) : noticeWords(entry, texts);
    return html`<li part="popup" data-conversation=${conversation}>
      <button type="button" class="open" @click=${() => this.#open(conversation)}>
        ${avatar(entry.by)}
        <span class="who"><bdi>${nameOf(entry.by)}</bdi></span>
        ${
          details.length === 0
            ? nothing
            : html`<span class="where muted small">${details.map((detail, i) => html`${i > 0 ? ' · ' : nothing}<bdi>${detail}</bdi>`)}</span>`
        }
        <span class="words" dir="auto">${words}</span>
      </button>
      <button type="button" class="icon close" aria-label=${texts.dismiss} @click=${() => this.#dismiss(conversation)}>
        ${icon('close')}
      </button>
    </li>`;
  }
}

function isRead(client: Parley, conversation: string, seq: number): boolean {
  const view = client.conversation(conversation).getSnapshot();
  return view !== null && view.standing === 'participant' && view.unread === 0 && view.readUpTo >= seq;
}

define('parley-alerts', ParleyAlerts);
