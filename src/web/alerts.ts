/**
 * `<parley-alerts>`: pop-ups in the page for what others write (ALERT-1, ALERT-2): who, in which conversation, the first
 * words. A click opens the conversation in the sidebar. One a conversation, a few at a time; they go by themselves, but
 * not from under the pointer or the focus, nor while the page is out of sight.
 */
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import type { ConversationView, EntryView, Parley, ParleyEvents } from '../client/index.ts';
import { announceCopies } from './announcer.ts';
import { avatar } from './avatar.ts';
import { conversationWords, entryWords, messageWords, noticeWords } from './entry-words.ts';
import { icon } from './icons.ts';
import { notify } from './notifications.ts';
import { takePopup } from './one-popup.ts';
import { define, ParleyElement } from './parley-element.ts';
import { sidebarOf } from './sidebar-of.ts';
import { alertsStyles } from './styles/alerts.ts';
import { avatarStyles } from './styles/avatar.ts';
import { base, theme } from './styles/theme.ts';
import { nameOf } from './texts/texts.ts';

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
  /** Its index in what is rendered: whoever has the focus in one keeps it when another goes. */
  readonly place: number;
  /** How long it has been before the person's eyes. */
  seenMs: number;
}

/** A notification of the system that may still be on show. */
interface Notified {
  readonly seq: number;
  readonly close: () => void;
}

/** Attribute `for`: the id of the sidebar that pop-ups open; without it the nearest one. Parts: `stack`, `popup`. */
export class ParleyAlerts extends ParleyElement {
  static override properties: PropertyDeclarations = { for: { type: String } };
  static override initial = { ...ParleyElement.initial, for: '' };
  static override styles = [theme, base, avatarStyles, alertsStyles];

  declare for: string;
  #popups: readonly Popup[] = [];
  /** By conversation: the system shows one of each. */
  readonly #notified = new Map<string, Notified>();
  #ticking: ReturnType<typeof setInterval> | undefined;
  /** Where the focus was before it came to a pop-up. */
  #cameFrom: HTMLElement | null = null;

  protected override follow(client: Parley): (() => void)[] {
    this.#show([]);
    return [
      client.on('popup', (popup) => void this.#came(client, popup)),
      client.on('gone', ({ conversation }) => this.#takeBack(conversation)),
      client.on('erased', (erased) => this.#forget(erased)),
      client.sidebar.subscribe(() => this.#look(client)),
      announceCopies(client, this),
    ];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#show([]);
  }

  async #came(client: Parley, { conversation: view, entries }: ParleyEvents['popup']): Promise<void> {
    const me = client.me.getSnapshot()?.id ?? '';
    const seq = entries.at(-1)?.seq ?? view.head;
    const entry = view.entries.find((one) => one.seq === seq) ?? view.entries.at(-1);
    if (entry === undefined || !(await takePopup(`${me} ${view.id}`, entry.at)) || client !== this.parley) return;
    if (isRead(client, view.id, seq) || isErased(client, view.id, seq)) return;
    const before = this.#popups.find((popup) => popup.conversation === view.id);
    if (before !== undefined && before.seq >= seq) return;
    const count = (before?.count ?? 0) + Math.max(1, entries.filter(({ by }) => by !== me).length);
    const { texts } = this.locale;
    const words = {
      title: conversationWords(view, me, texts),
      body: entryWords(entry, texts),
      tag: view.id,
    };
    const close = notify(client, words, () => this.#open(view.id));
    if (close !== null) {
      this.#notified.set(view.id, { seq, close });
      return;
    }
    const place = before?.place ?? (this.#popups.at(-1)?.place ?? -1) + 1;
    const popup = { conversation: view.id, entry, count, seq, view, place, seenMs: 0 };
    const others = this.#popups.filter((one) => one !== before);
    this.#show([...others, popup].toSorted((a, b) => a.place - b.place).slice(-popupsMax));
  }

  /** What was read meanwhile, here or on another device, needs no pop-up any more; and names may have changed. */
  #look(client: Parley): void {
    for (const [conversation, { seq }] of this.#notified)
      if (isRead(client, conversation, seq)) this.#takeBack(conversation);
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

  /** ERASE-1: what shows the text of an erased message, in the page or outside of it, goes. */
  #forget({ conversation, seqs }: ParleyEvents['erased']): void {
    const popup = this.#popups.find((one) => one.conversation === conversation);
    const shown = popup?.entry.seq ?? this.#notified.get(conversation)?.seq;
    if (shown !== undefined && seqs.includes(shown)) this.#takeBack(conversation);
  }

  /** There is nothing left that it could tell of, here or outside the page. */
  #takeBack(conversation: string): void {
    this.#dismiss(conversation);
    this.#notified.get(conversation)?.close();
    this.#notified.delete(conversation);
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
    this.#takeBack(conversation);
    this.fire('parley-open-conversation', { conversation });
    sidebarOf(this, this.for)?.openConversation(conversation);
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    const inside = (event.target as Element).closest<HTMLElement>('[data-conversation]');
    if (inside === null) return;
    event.stopPropagation();
    this.#dismiss(inside.dataset.conversation ?? '');
  }

  #focused({ relatedTarget: from }: FocusEvent): void {
    if (from instanceof HTMLElement && !this.renderRoot.contains(from)) this.#cameFrom = from;
  }

  protected override render(): unknown {
    const { texts } = this.locale;
    if (this.#popups.length === 0) return nothing;
    const rows: unknown[] = [];
    for (const popup of this.#popups) rows[popup.place] = this.#popup(popup);
    return html`<section aria-label=${texts.news} @keydown=${this.#key} @focusin=${this.#focused}>
      <ul role="list" part="stack">
        ${rows}
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
    const words = entry.kind === 'message' ? messageWords(entry, texts) : noticeWords(entry, texts);
    return html`<li part="popup" data-conversation=${conversation}>
      <button class="open" @click=${() => this.#open(conversation)}>
        ${avatar(entry.by)}
        <span class="who"><bdi>${nameOf(entry.by)}</bdi></span>
        ${
          details.length === 0
            ? nothing
            : html`<span class="where muted small">${details.map((detail, i) => html`${i > 0 ? ' · ' : nothing}<bdi>${detail}</bdi>`)}</span>`
        }
        <span class="words" dir="auto">${words}</span>
      </button>
      <button class="icon close" aria-label=${texts.dismiss} @click=${() => this.#dismiss(conversation)}>
        ${icon('close')}
      </button>
    </li>`;
  }
}

function isRead(client: Parley, conversation: string, seq: number): boolean {
  const view = client.conversation(conversation).getSnapshot();
  return view !== null && view.standing === 'participant' && view.unread === 0 && view.readUpTo >= seq;
}

function isErased(client: Parley, conversation: string, seq: number): boolean {
  const entry = client
    .conversation(conversation)
    .getSnapshot()
    ?.entries.find((one) => one.seq === seq);
  return entry?.kind === 'message' && entry.erased === true;
}

define('parley-alerts', ParleyAlerts);
