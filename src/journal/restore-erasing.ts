/** What a restore leaves out of a snapshot because the ledger says that it was erased since (ERASE-4). */
import type { ConversationId, PersonId } from '../conversation/commands.ts';
import { type ConversationEvent, isMessage } from '../conversation/events.ts';
import type { Answer, ArchivedEvent, JournalEntry, Position } from './entry.ts';
import { erasedBodyHash } from './erased-body.ts';
import { ErasedSet } from './erased-set.ts';
import type { Erasure } from './erasure-ledger.ts';
import { sameBytes } from './format.ts';
import { hashOf } from './keys.ts';

interface StoredCommand {
  readonly bodyHash: Uint8Array;
  readonly answer: Answer;
}

export class LeftOut {
  readonly #erased: ErasedSet;
  readonly #hashes: readonly Uint8Array[];
  /** Of what was named, by partition: what the commands there could be guessed from goes. */
  readonly #places = new Map<number, Set<Position>>();

  constructor(erasures: readonly Erasure[]) {
    this.#erased = new ErasedSet(erasures);
    this.#hashes = this.#erased.people.map(hashOf);
  }

  /** Those of whom nothing is to be left. */
  get people(): readonly PersonId[] {
    return this.#erased.people;
  }

  /** An event of the archive; those of a conversation come before the commands. */
  archived(partition: number, conversation: ConversationId, archived: ArchivedEvent): ArchivedEvent {
    const { position, event } = archived;
    if (!this.#erased.names(conversation, event)) return archived;
    const places = this.#places.get(partition) ?? new Set<Position>();
    this.#places.set(partition, places.add(position));
    return { position, event: withoutText(event) };
  }

  command<C extends StoredCommand & { readonly partition: number; readonly position: Position }>(command: C): C {
    const isNamed = this.#places.get(command.partition)?.has(command.position) ?? false;
    return isNamed || this.#mayBeOfErased(command) ? { ...command, bodyHash: erasedBodyHash } : command;
  }

  /** An entry of the journal's tail. */
  entry(entry: JournalEntry): JournalEntry {
    if (this.#erased.isEmpty) return entry;
    const { conversation, preferences, command } = entry;
    const isNamed = (event: ConversationEvent) => this.#erased.names(conversation ?? '', event);
    const hides = command !== null && (entry.events.some(isNamed) || this.#mayBeOfErased(command));
    return {
      ...entry,
      events: entry.events.map((event) => (isNamed(event) ? withoutText(event) : event)),
      preferences: preferences !== null && this.#erased.isErased(preferences.person) ? null : preferences,
      command: hides ? { ...command, bodyHash: erasedBodyHash } : command,
    };
  }

  /** Of a row that belongs to a person, whose hash its key begins with. */
  keeps(key: Uint8Array): boolean {
    return !this.#hashes.some((hash) => sameBytes(hash, key.subarray(0, hash.length)));
  }

  /** Whose a refused command was is not known. */
  #mayBeOfErased({ answer }: StoredCommand): boolean {
    return this.#erased.people.length > 0 && 'refused' in answer;
  }
}

function withoutText(event: ConversationEvent): ConversationEvent {
  return isMessage(event) ? { ...event, text: null } : event;
}
