/**
 * `<parley-cards>`: a list of conversations, in the sidebar and in a record's tab. It keeps one element for each
 * conversation and gives it its view when that changed, so that one message costs one card however long the list is; a
 * card that holds the focus is never moved, its neighbours are.
 */
import type { PropertyValues } from 'lit';
import type { ConversationView, OutboxItem, Parley, Tab } from '../client/index.ts';
import { ConversationCard } from './conversation.ts';
import { define, ParleyElement } from './parley-element.ts';
import { type Waiting, waitingIn } from './waiting.ts';

const none: readonly OutboxItem[] = [];

export class Cards extends ParleyElement {
  static override properties = {
    conversations: { attribute: false },
    tab: { attribute: false },
  };

  /** As a store gives them: identical objects are not looked at again. */
  declare conversations: readonly ConversationView[];
  /** The record's tab whose conversations these are; null = the person's own sidebar. */
  declare tab: Tab | null;
  readonly #cards = new Map<string, ConversationCard>();
  #waiting: Waiting = new Map();

  constructor() {
    super();
    this.conversations = [];
    this.tab = null;
  }

  protected override follow(client: Parley): (() => void)[] {
    return [client.outbox.subscribe(this.changed)];
  }

  /** Its cards are its children: styles and parts of their surroundings are not needed. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** The card of a conversation, if it is in the list. */
  card(conversation: string): ConversationCard | undefined {
    return this.#cards.get(conversation);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('role', 'list');
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const client = this.parley;
    this.#waiting = waitingIn(client?.outbox.getSnapshot() ?? none, this.#waiting);
    const wanted: ConversationCard[] = [];
    const gone = new Set(this.#cards.keys());
    for (const view of this.conversations) {
      gone.delete(view.id);
      const card = this.#cards.get(view.id) ?? this.#make(view.id);
      if (card.client !== client) card.client = client;
      if (card.tab !== this.tab) card.tab = this.tab;
      if (card.view !== view) card.view = view;
      const waiting = this.#waiting.get(view.id) ?? none;
      if (card.waiting !== waiting) card.waiting = waiting;
      wanted.push(card);
    }
    this.#remove(gone);
    this.#arrange(wanted);
  }

  #make(id: string): ConversationCard {
    const card = document.createElement('parley-conversation') as ConversationCard;
    card.setAttribute('role', 'listitem');
    card.setAttribute('exportparts', 'card, names, about, message, link, composer, actions');
    this.#cards.set(id, card);
    return card;
  }

  /** Whoever was in a card that goes finds themselves in the next one. */
  #remove(gone: ReadonlySet<string>): void {
    for (const id of gone) {
      const card = this.#cards.get(id);
      const isFocused = card?.matches(':focus-within') ?? false;
      const next = card?.nextElementSibling ?? card?.previousElementSibling;
      card?.remove();
      this.#cards.delete(id);
      if (isFocused) ((next as HTMLElement | null | undefined) ?? this).focus();
    }
  }

  #arrange(wanted: readonly ConversationCard[]): void {
    const { activeElement } = this.getRootNode() as Document | ShadowRoot;
    const pivot = activeElement instanceof ConversationCard ? wanted.indexOf(activeElement) : -1;
    let at = pivot === -1 ? 0 : pivot;
    if (pivot > 0) this.#place(wanted.slice(0, pivot), this.firstElementChild);
    if (pivot !== -1) at = pivot + 1;
    this.#place(wanted.slice(at), pivot === -1 ? this.firstElementChild : (wanted[pivot]?.nextElementSibling ?? null));
  }

  /** Puts the cards one after the other, beginning before `cursor`. What stands in its place already is left there. */
  #place(cards: readonly ConversationCard[], cursor: Element | null): void {
    let next = cursor;
    for (const card of cards) {
      if (card === next) next = card.nextElementSibling;
      else if (next !== null && card === next.nextElementSibling) next = card.nextElementSibling;
      else this.insertBefore(card, next);
    }
  }
}

define('parley-conversation', ConversationCard);
define('parley-cards', Cards);
