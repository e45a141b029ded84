/** What the one who writes the tables remembers of them from one write to the next, so as not to look for it again. */
import { ConversationNumbers } from './archive-conversations.ts';
import { CommandIndex } from './command-index.ts';
import type { TableReader } from './tables.ts';

export class WriterNotes {
  readonly numbers: ConversationNumbers;
  readonly commands: CommandIndex;

  constructor(tables: TableReader) {
    this.numbers = new ConversationNumbers(tables);
    this.commands = new CommandIndex(tables);
  }
}
