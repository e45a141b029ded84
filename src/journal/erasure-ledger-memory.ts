/** The ledger of a store in memory. */
import { type ErasureLedger, expectLedger, Ledger } from './erasure-ledger.ts';

export function memoryLedger(): ErasureLedger {
  let ledger: Ledger | null = null;
  return {
    read: async () => ledger,
    async append(expected, erasure) {
      expectLedger(ledger, expected);
      ledger = (ledger ?? Ledger.begin('memory')).with(erasure);
      return ledger;
    },
  };
}
