/** The part of `verifyStore` about erasures: what was erased has no text, and the ledger is that of this store. */
import type { ConversationId, PersonId, Seq } from '../conversation/commands.ts';
import { isMessage } from '../conversation/events.ts';
import { erasedUpToIn } from './archive-erasing.ts';
import type { Damages } from './damage.ts';
import type { ArchivedEvent } from './entry.ts';
import { ErasedSet } from './erased-set.ts';
import { expectLedger, type Ledger, type LedgerPlace, LedgerUnfit } from './erasure-ledger.ts';
import type { Place } from './format.ts';
import type { TableReader } from './tables.ts';

export class ErasedCheck {
  readonly #damages: Damages;
  /** By the ledger. */
  readonly #carriedOut: ErasedSet;

  /** `ledger`: null where there is none, undefined where it is not looked at. */
  constructor(tables: TableReader, ledger: Ledger | null | undefined, damages: Damages) {
    this.#damages = damages;
    const place = damages.guard('archive/meta', null, null, () => erasedUpToIn(tables)) ?? null;
    if (ledger !== undefined) this.#expectLedger(ledger, place);
    this.#carriedOut = new ErasedSet(ledger?.erasures.slice(0, place?.erasures ?? 0) ?? []);
  }

  /** People of whom no name may be left. */
  get people(): readonly PersonId[] {
    return this.#carriedOut.people;
  }

  /** All of a conversation's events, in order, with the rows that they stand in. */
  conversation(id: ConversationId): { event(archived: ArchivedEvent, place: Place): void } {
    const texts = new Map<Seq, Place>();
    const still = (seq: Seq, { store, key }: Place) =>
      this.#damages.add(store, key, id, `the text of seq ${seq} is there, though it was erased`);
    return {
      event: ({ event }, place) => {
        if (event.type === 'erased') {
          for (const seq of event.seqs) if (texts.has(seq)) still(seq, texts.get(seq) as Place);
        } else if (isMessage(event) && event.text !== null) {
          texts.set(event.seq, place);
          if (this.#carriedOut.names(id, event)) still(event.seq, place);
        }
      },
    };
  }

  #expectLedger(ledger: Ledger | null, place: LedgerPlace | null): void {
    try {
      expectLedger(ledger, place);
    } catch (error) {
      if (!(error instanceof LedgerUnfit)) throw error;
      this.#damages.add('ledger', null, null, error.message);
    }
  }
}
