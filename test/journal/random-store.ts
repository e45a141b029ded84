/** Random data directories: a history run through the LMDB adapters as a host does, with a tail left in the journal. */
import { existsSync } from 'node:fs';
import { openLmdbArchive } from '../../src/journal/archive-lmdb.ts';
import { dataPaths, openDataDirectory } from '../../src/journal/data-directory.ts';
import { openDiskJournal } from '../../src/journal/journal-disk.ts';
import { type RawRow, rawRows, writeRawRows } from '../../src/journal/raw-environment.ts';
import { archiveAll } from './checkpoint.ts';
import { all } from './journal-suite.ts';
import { type HistoryOptions, type Recorded, randomHistory, seeded } from './random-history.ts';

export const directoryRows: readonly RawRow[] = [
  { table: null, key: Buffer.from('p1'), value: Buffer.from('Ann') },
  { table: null, key: Buffer.from('p2'), value: Buffer.alloc(48, 7) },
  { table: null, key: Buffer.from('r1'), value: Buffer.alloc(5_000, 8) },
  { table: 'names', key: Buffer.from([0, 1, 255]), value: Buffer.from('') },
  { table: 'names', key: Buffer.from([2]), value: Buffer.from('x') },
];

/** Appends `history` from where the store ends. At the end the journal holds entries that no checkpoint has taken over. */
export async function runStore(
  path: string,
  seed: number,
  history: readonly Recorded[],
  partitions: number,
): Promise<void> {
  const random = seeded(seed);
  const data = await openDataDirectory(path, { partitions });
  const journal = openDiskJournal({ path: dataPaths(path).journal, ...data.meta });
  const archive = openLmdbArchive(dataPaths(path).archive);
  for (let partition = 0; partition < partitions; partition += 1) {
    const mine = history.filter((each) => each.partition === partition);
    const claim = await journal.claim(partition);
    let { head, checkpoint } = claim;
    while (head < mine.length) {
      const group = mine.slice(head, head + 1 + random(20));
      await journal.append(
        claim,
        group.map(({ entry }) => entry),
      );
      head += group.length;
      if (random(4) > 0) continue;
      const upTo = checkpoint + random(head - checkpoint + 1);
      await archiveAll(archive, mine.slice(checkpoint, upTo));
      // A crash may come between the two halves of a checkpoint.
      if (random(4) === 0) continue;
      await journal.checkpoint(claim, upTo);
      checkpoint = upTo;
    }
  }
  await journal.close();
  await archive.close();
  await data.close();
}

export async function makeStore(path: string, seed: number, options: HistoryOptions): Promise<Recorded[]> {
  const history = randomHistory(seed, options);
  await runStore(path, seed, history, options.partitions ?? 1);
  await writeRawRows(dataPaths(path).directory, rowsOf(directoryRows));
  return history;
}

async function* rowsOf(rows: readonly RawRow[]): AsyncIterable<RawRow> {
  yield* rows;
}

export function readDirectoryRows(path: string): RawRow[] {
  const directory = dataPaths(path).directory;
  if (!existsSync(directory)) return [];
  return Array.from(rawRows(directory), ({ table, key, value }) => ({
    table,
    key: Buffer.from(key),
    value: Buffer.from(value),
  }));
}

/** What a server would find when it opens the store: the archive, the tail, and where each partition ends. */
export async function openAsServer(path: string): Promise<{ recorded: Recorded[]; heads: number[]; epoch: string }> {
  const data = await openDataDirectory(path);
  const journal = openDiskJournal({ path: dataPaths(path).journal, ...data.meta });
  const archive = openLmdbArchive(dataPaths(path).archive);
  const recorded: Recorded[] = [];
  const heads: number[] = [];
  for (let partition = 0; partition < data.meta.partitions; partition += 1) {
    const claim = await journal.claim(partition);
    heads.push(claim.head);
    const tail = await all(journal.replay(claim));
    recorded.push(...tail.map((entry) => ({ partition, entry })));
    await archiveAll(archive, recorded.slice(-tail.length || recorded.length));
  }
  await journal.close();
  await archive.close();
  await data.close();
  return { recorded, heads, epoch: data.meta.epoch };
}
