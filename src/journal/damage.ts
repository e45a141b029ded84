/** What `verifyStore` finds, as values, so that one damage does not hide the next. */
import type { ConversationId } from '../conversation/commands.ts';
import { Damaged, Incompatible } from './journal.ts';

export interface Damage {
  /** As in `archive/timeline`. */
  readonly store: string;
  /** Hex of the key; null where the whole store is meant. */
  readonly key: string | null;
  readonly conversation: ConversationId | null;
  readonly what: string;
}

/** Beyond these the store is as broken as it gets; the list says that it ends there. */
const damagesMax = 1_000;

export class Damages {
  readonly list: Damage[] = [];

  add(store: string, key: Uint8Array | null, conversation: ConversationId | null, what: string): void {
    if (this.list.length > damagesMax) return;
    if (this.list.length === damagesMax) {
      this.list.push({ store, key: null, conversation: null, what: 'more damages than are listed' });
      return;
    }
    this.list.push({ store, key: key === null ? null : Buffer.from(key).toString('hex'), conversation, what });
  }

  /** Runs a look at something; what it throws is damage of that. A bug is not: it goes on up. */
  guard<T>(store: string, key: Uint8Array | null, conversation: ConversationId | null, look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      this.add(store, key, conversation, textOf(error));
      return undefined;
    }
  }
}

/** LMDB's own errors about broken pages are plain ones with a number. */
function textOf(error: unknown): string {
  if (error instanceof Damaged || error instanceof Incompatible) return error.message;
  if (error instanceof TypeError || error instanceof ReferenceError || !(error instanceof Error)) throw error;
  return `cannot be read: ${error.message}`;
}
