/** The thread that writes the archive: `archive-thread.ts` is the other end. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { yieldToOthers } from '../runtime/yield-to-others.ts';
import type { ArchiveBatch, ArchiveErasure } from './archive.ts';
import { archiveOver } from './archive-tables.ts';
import type { LedgerPlace } from './erasure-ledger.ts';
import type { Place } from './format.ts';
import { openLmdbTables } from './tables-lmdb.ts';

export interface WriterRequest {
  readonly id: number;
  readonly ask:
    | { readonly write: ArchiveBatch }
    | { readonly forget: { readonly before: number; readonly limit: number } }
    | { readonly erase: ArchiveErasure }
    | { readonly note: LedgerPlace }
    | { readonly mend: { readonly place: Place; readonly partitions: number } }
    | { readonly scrub: true }
    | { readonly close: true };
}

export type WriterAnswer =
  | { readonly id: number; readonly done: boolean }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };

const port = parentPort as MessagePort;
// Where one core is left, answers go before checkpoints; a tenth of it is enough for these.
yieldToOthers();
const archive = archiveOver(openLmdbTables((workerData as { path: string }).path, 'at once'), {
  // Nobody waits for this thread.
  soon: (run) => run(),
});

port.on('message', ({ id, ask }: WriterRequest) => {
  carryOut(ask).then(
    (done) => port.postMessage({ id, done } satisfies WriterAnswer),
    (error: Error) =>
      port.postMessage({ id, error: { name: error.name, message: error.message } } satisfies WriterAnswer),
  );
});

async function carryOut(ask: WriterRequest['ask']): Promise<boolean> {
  if ('forget' in ask) return archive.forgetCommands(ask.forget.before, ask.forget.limit);
  if ('scrub' in ask) return archive.scrub();
  if ('write' in ask) await archive.write(ask.write);
  else if ('erase' in ask) await archive.erase(ask.erase);
  else if ('mend' in ask) await archive.mend(ask.mend.place, ask.mend.partitions);
  else if ('note' in ask) await archive.noteErasedUpTo(ask.note);
  else await archive.close();
  return true;
}
