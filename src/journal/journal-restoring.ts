/** Writes the journal of a restored store: nothing up to the checkpoints, and the entries behind them. */
import type { JournalEntry, Position } from './entry.ts';
import { noHash } from './format.ts';
import { encodeFrame, encodePartition } from './format-entry.ts';
import { JournalTables } from './journal-reading.ts';
import { partitionKey } from './keys.ts';
import { openEnvironment, settled } from './lmdb-environment.ts';

const frameEntries = 256;

/** `entries[p]` follow `checkpoints[p]` without a gap. */
export async function writeJournal(
  path: string,
  entries: readonly (readonly JournalEntry[])[],
  checkpoints: readonly Position[],
): Promise<void> {
  const environment = openEnvironment({ path });
  try {
    const { frames, records } = new JournalTables(environment);
    for (const [partition, checkpoint] of checkpoints.entries()) {
      const base = { position: checkpoint, hash: noHash };
      const record = { epoch: 1, held: false, checkpoint, base };
      const writes = [records.put(partitionKey(partition), encodePartition(partition, record), 0)];
      let previous = noHash;
      const list = entries[partition] ?? [];
      for (let at = 0; at < list.length; at += frameEntries) {
        const group = list.slice(at, at + frameEntries);
        const first = checkpoint + 1 + at;
        const { key, value, hash } = encodeFrame({ partition, first, epoch: 1, previous, entries: group });
        writes.push(frames.put(key, value));
        previous = hash;
      }
      await settled('writing the journal', writes);
    }
  } finally {
    await environment.close();
  }
}
