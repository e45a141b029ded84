/** The journal's part of `verifyStore`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Damages } from './damage.ts';
import type { StoreMeta } from './data-directory.ts';
import type { JournalEntry, Position } from './entry.ts';
import { openJournalSnapshot } from './journal-reading.ts';

export interface VerifiedJournal {
  /** By partition: the entries behind the checkpoint, as far as they could be read. */
  readonly tail: JournalEntry[][];
  readonly heads: Position[];
  readonly checkpoints: Position[];
}

/** Each partition for itself: damage to one does not end the look at the others. */
export async function verifyJournal(path: string, meta: StoreMeta, damages: Damages): Promise<VerifiedJournal> {
  const partitions = Array.from({ length: meta.partitions }, (_, partition) => partition);
  const zeros = () => partitions.map(() => 0);
  const found: VerifiedJournal = { tail: partitions.map(() => []), heads: zeros(), checkpoints: zeros() };
  if (!existsSync(join(path, 'data.mdb'))) return found;
  const journal = damages.guard('journal', null, null, () => openJournalSnapshot(path));
  if (journal === undefined) return found;
  for (const partition of partitions) {
    const tail = found.tail[partition] as JournalEntry[];
    damages.guard('journal', null, null, () => {
      const { checkpoint } = journal.tables.partition(partition);
      found.checkpoints[partition] = checkpoint;
      journal.tables.assertKnown(partition);
      found.heads[partition] = checkpoint;
      for (const entry of journal.tables.entriesBehindCheckpoint(partition)) {
        tail.push(entry);
        found.heads[partition] = entry.position;
      }
    });
  }
  await journal.close();
  return found;
}

/** The archive holds what the journal had first: one that is ahead says that the journal has lost its end. */
export async function expectNotAhead(path: string, newest: readonly Position[], damages: Damages): Promise<void> {
  const journal = existsSync(join(path, 'data.mdb'))
    ? damages.guard('journal', null, null, () => openJournalSnapshot(path))
    : null;
  for (const [partition, position] of newest.entries()) {
    // A head that cannot be read has been named already.
    const head =
      journal == null ? 0 : new Damages().guard('', null, null, () => journal.tables.last(partition).position);
    if (head === undefined || position <= head) continue;
    damages.add('journal', null, null, `partition ${partition} ends at ${head}, the archive at ${position}`);
  }
  await journal?.close();
}
