/**
 * Which stored states were compared with their conversation's newest event and found to be of it, so that this is done once
 * and not for every list that the conversation stands in. A state is known by its running hash: an older one, which an
 * earlier copy of its page would bring back, has another, and is compared again.
 */
import type { ConversationId } from '../conversation/commands.ts';
import type { Conversation } from './archive-conversations.ts';
import { lastNumberOf, numberPrefixBytes, readUint32 } from './keys.ts';

/** Conversations that are remembered, at eight bytes each; one takes the place of another with the same last bits. */
const slots = 2 ** 18;
/** Conversations written since, beyond which all is forgotten. */
const writtenMax = 50_000;

export class NewestStates {
  #numbers: Uint32Array | null = null;
  #hashes: Uint32Array | null = null;
  /** Since they were compared: what is remembered of them is of a state before. */
  readonly #written = new Set<ConversationId>();

  isKnown({ id, prefix, record }: Conversation): boolean {
    const slot = slotOf(prefix);
    if (this.#numbers === null || this.#hashes === null || slot === null || this.#written.has(id)) return false;
    return this.#numbers[slot] === lastNumberOf(prefix) && this.#hashes[slot] === readUint32(record.hash, 0);
  }

  found({ id, prefix, record }: Conversation): void {
    const slot = slotOf(prefix);
    if (slot === null) return;
    this.#written.delete(id);
    this.#numbers ??= new Uint32Array(slots);
    this.#hashes ??= new Uint32Array(slots);
    this.#numbers[slot] = lastNumberOf(prefix);
    this.#hashes[slot] = readUint32(record.hash, 0);
  }

  written(conversation: ConversationId): void {
    this.#written.add(conversation);
    if (this.#written.size <= writtenMax) return;
    this.#written.clear();
    this.#numbers = null;
    this.#hashes = null;
  }
}

/** Null for a conversation without a number: it is looked at each time. */
function slotOf(prefix: Uint8Array): number | null {
  return prefix.length === numberPrefixBytes ? lastNumberOf(prefix) % slots : null;
}
