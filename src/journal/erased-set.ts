/** What the erasures of a ledger name, so that each event of a store can be asked about at once. */
import type { ConversationId, Micros, PersonId, Seq } from '../conversation/commands.ts';
import { type ConversationEvent, isMessage } from '../conversation/events.ts';
import type { Erasure } from './erasure-ledger.ts';

export class ErasedSet {
  /** Time of each message, by conversation and seq: of one seq after a restore to a point before there may be two. */
  readonly #messages = new Map<ConversationId, Map<Seq, Micros[]>>();
  /** Up to when. */
  readonly #people = new Map<PersonId, Micros>();

  constructor(erasures: readonly Erasure[]) {
    for (const erasure of erasures) {
      if (erasure.what === 'person') this.#people.set(erasure.person, erasure.at);
      else this.#addMessages(erasure);
    }
  }

  get isEmpty(): boolean {
    return this.#messages.size + this.#people.size === 0;
  }

  /** Everyone who was erased. */
  get people(): readonly PersonId[] {
    return [...this.#people.keys()];
  }

  isErased(person: PersonId): boolean {
    return this.#people.has(person);
  }

  /**
   * Is the event named: a message whose text goes, or for a person any event of theirs, so that nothing is kept of the
   * command that made it?
   */
  names(conversation: ConversationId, event: ConversationEvent): boolean {
    if (event.at <= (this.#people.get(event.by) ?? 0)) return true;
    return isMessage(event) && this.namesMessage(conversation, event.seq, event.at);
  }

  /** By itself, whoever wrote it. */
  namesMessage(conversation: ConversationId, seq: Seq, at: Micros): boolean {
    return this.#messages.get(conversation)?.get(seq)?.includes(at) ?? false;
  }

  #addMessages({ conversation, messages }: Extract<Erasure, { what: 'messages' }>): void {
    const known = this.#messages.get(conversation) ?? new Map<Seq, Micros[]>();
    this.#messages.set(conversation, known);
    for (const [seq, at] of messages) known.set(seq, [...(known.get(seq) ?? []), at]);
  }
}
