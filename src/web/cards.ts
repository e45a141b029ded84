/**
 * `<parley-cards>`: a list of conversations, in the sidebar and in a record's tab. It keeps one element for each
 * conversation and touches only those whose view or place changed, so that one message costs one card however long the
 * list is. A card that holds the focus is never moved, its neighbours are.
 */
import type { PropertyValues } from 'lit';
import type { ConversationView, OutboxItem, Parley, Tab } from '../client/index.ts';
import { CardStacks } from './card-stacks.ts';
import { ConversationCard } from './conversation.ts';
import { listChanges } from './list-changes.ts';
import { define, ParleyElement } from './parley-element.ts';
import { type Waiting, waitingIn } from './waiting.ts';

const none: readonly OutboxItem[] = [];

export class Cards extends ParleyElement {
  static override initial = { ...ParleyElement.initial, conversations: [], tab: null };

  /** As a store gives them: identical objects are not looked at again. */
  declare conversations: readonly ConversationView[];
  /** The record's tab whose conversations these are; null = the person's own sidebar. */
  declare tab: Tab | null;
  readonly #cards = new Map<string, ConversationCard>();
  readonly #stacks = new CardStacks(this);
  #shown: readonly ConversationView[] = [];
  #client: Parley | null = null;
  #waiting: Waiting = new Map();

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
    // Whoever deletes the last conversation finds themselves in the empty list.
    this.tabIndex = -1;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const client = this.parley;
    if (client !== this.#client || changed.has('tab')) {
      this.#client = client;
      for (const card of this.#cards.values()) this.#equip(card);
    }
    const before = this.#waiting;
    this.#waiting = waitingIn(client?.outbox.getSnapshot() ?? none, before);
    this.#list();
    for (const id of new Set([...before.keys(), ...this.#waiting.keys()])) this.#wait(id);
  }

  #list(): void {
    if (this.conversations === this.#shown) return;
    const { placed, gone } = listChanges(this.#shown, this.conversations);
    this.#shown = this.conversations;
    for (const id of gone) this.#remove(id);
    for (const index of placed) this.#show(this.conversations[index] as ConversationView);
    this.#arrange(placed);
  }

  #show(view: ConversationView): void {
    let card = this.#cards.get(view.id);
    if (card === undefined) {
      card = document.createElement('parley-conversation') as ConversationCard;
      card.setAttribute('role', 'listitem');
      card.setAttribute('exportparts', 'card, names, about, message, link, composer, actions');
      this.#cards.set(view.id, card);
      this.#equip(card);
      this.#wait(view.id);
    }
    card.view = view;
  }

  #equip(card: ConversationCard): void {
    card.client = this.#client;
    card.tab = this.tab;
  }

  #wait(conversation: string): void {
    const card = this.#cards.get(conversation);
    const waiting = this.#waiting.get(conversation) ?? none;
    if (card !== undefined && card.waiting !== waiting) card.waiting = waiting;
  }

  /** Whoever was in a card that goes finds themselves in the next one. */
  #remove(id: string): void {
    const card = this.#cards.get(id);
    if (card === undefined) return;
    const next = this.#stacks.nextOf(card) ?? this.#stacks.previousOf(card) ?? this;
    const isFocused = card.matches(':focus-within');
    this.#stacks.remove(card);
    this.#cards.delete(id);
    if (isFocused) next.focus();
  }

  /** From the last on, because each is put before the one after it. */
  #arrange(placed: readonly number[]): void {
    const { activeElement } = this.getRootNode() as Document | ShadowRoot;
    const all = this.conversations;
    const cardAt = (index: number) => this.#cards.get(all[index]?.id ?? '') ?? null;
    const isInPlace = (index: number, card: ConversationCard) =>
      card.parentElement !== null && this.#stacks.nextOf(card) === cardAt(index + 1);
    const pivot = placed.find((index) => cardAt(index) === activeElement);
    const stays =
      pivot === undefined || (isInPlace(pivot, activeElement as ConversationCard) && !placed.includes(pivot + 1));
    for (const index of (stays ? [...placed] : [...all.keys()]).reverse()) {
      const card = cardAt(index);
      if (card !== null && card !== activeElement && !isInPlace(index, card))
        this.#stacks.place(card, cardAt(index + 1));
    }
  }
}

define('parley-conversation', ConversationCard);
define('parley-cards', Cards);
