/** What the one who writes the tables remembers of them from one write to the next, so as not to look for it again. */
import type { ConversationId } from '../conversation/commands.ts';
import { HistoryAppender } from './archive-appending.ts';
import { ConversationNumbers, findConversation } from './archive-conversations.ts';
import { CommandIndex } from './command-index.ts';
import type { Position } from './entry.ts';
import type { TableReader } from './tables.ts';

/** A conversation as it was written last: all that has to be known of it to write more. */
export interface WrittenConversation {
  readonly prefix: Uint8Array;
  readonly v: number;
  readonly position: Position;
  /** Goes on behind what is written. */
  readonly history: HistoryAppender;
}

/** How many of them are remembered: with their open rows some three kilobytes each. */
const conversationsMax = 4_096;

export class WriterNotes {
  readonly numbers: ConversationNumbers;
  readonly commands: CommandIndex;
  readonly #tables: TableReader;
  /** The one written last is the last. */
  readonly #conversations = new Map<ConversationId, WrittenConversation>();

  constructor(tables: TableReader) {
    this.numbers = new ConversationNumbers(tables);
    this.commands = new CommandIndex(tables);
    this.#tables = tables;
  }

  /** `key`: the id's bytes. Null where there is none. What is returned is not remembered until it is noted again. Throws `Damaged`. */
  take(id: ConversationId, key: Uint8Array): WrittenConversation | null {
    const noted = this.#conversations.get(id);
    this.#conversations.delete(id);
    if (noted !== undefined) return noted;
    const found = findConversation(this.#tables, key);
    if (found === null) return null;
    const { prefix, record } = found;
    const { state, position } = record.stored;
    return { prefix, v: state.v, position, history: new HistoryAppender(this.#tables, found, record.hash) };
  }

  note(id: ConversationId, conversation: WrittenConversation): void {
    this.#conversations.set(id, conversation);
    if (this.#conversations.size <= conversationsMax) return;
    const [longestAgo] = this.#conversations.keys();
    this.#conversations.delete(longestAgo as ConversationId);
  }
}
