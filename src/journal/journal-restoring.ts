/** Writes the journal of a restored store: nothing up to the checkpoints, and the entries behind them. */
import { limits } from '../limits.ts';
import { systemClock } from '../runtime/clock.ts';
import type { JournalEntry, Position } from './entry.ts';
import { noHash } from './format.ts';
import { encodeFrame, encodePartition } from './format-entry.ts';
import { JournalTables } from './journal-reading.ts';
import { partitionKey } from './keys.ts';
import { openEnvironment, settled } from './lmdb-environment.ts';
import { SegmentWriter } from './segment-writer.ts';

const frameEntries = 256;
/** Of the owner that a restore is. */
const epoch = 1;

/** `entries[p]` follow `checkpoints[p]` without a gap. */
export async function writeJournal(
  path: string,
  entries: readonly (readonly JournalEntry[])[],
  checkpoints: readonly Position[],
): Promise<void> {
  const environment = openEnvironment({ path });
  try {
    const { records } = new JournalTables(environment, path);
    for (const [partition, checkpoint] of checkpoints.entries()) {
      const base = { position: checkpoint, hash: noHash };
      const record = { epoch, held: false, checkpoint, base };
      const value = encodePartition(partition, record);
      await settled('writing the journal', [records.put(partitionKey(partition), value, 0)]);
      await writeFrames(path, partition, checkpoint, entries[partition] ?? []);
    }
  } finally {
    await environment.close();
  }
}

async function writeFrames(
  path: string,
  partition: number,
  checkpoint: Position,
  entries: readonly JournalEntry[],
): Promise<void> {
  const segmentBytes = limits.journalSegmentBytes;
  const writer = new SegmentWriter({ path, partition, epoch, segmentBytes, clock: systemClock() });
  try {
    await writer.begin(checkpoint + 1, noHash);
    let previous = noHash;
    for (let at = 0; at < entries.length; at += frameEntries) {
      const group = entries.slice(at, at + frameEntries);
      const first = checkpoint + 1 + at;
      const { value, hash } = encodeFrame({ partition, first, epoch, previous, entries: group });
      await writer.append(first, value, previous);
      previous = hash;
    }
  } finally {
    await writer.close();
  }
}
