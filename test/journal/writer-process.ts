/**
 * A process that writes a store as a host does and says on standard output what has been acknowledged, a line each; its
 * arguments: data directory, seed, entries, how it goes about it. `claim`: takes partition 0 over and ends.
 */
import { writeSync } from 'node:fs';
import { openLmdbArchive } from '../../src/journal/archive-lmdb.ts';
import { dataPaths, openDataDirectory } from '../../src/journal/data-directory.ts';
import { type Claim, type Journal, Unavailable } from '../../src/journal/journal.ts';
import { openDiskJournal } from '../../src/journal/journal-disk.ts';
import { archiveAll } from './checkpoint.ts';
import { type Recorded, randomHistory, seeded } from './random-history.ts';

/** So that segments are begun and dropped all the time. */
const segmentBytes = 32_768;

const [path = '', seed = '1', entries = '1000', mode = 'write'] = process.argv.slice(2);

async function main(): Promise<number> {
  if (mode === 'claim') {
    const journal = openDiskJournal({ path: dataPaths(path).journal, epoch: 'e', partitions: 1 });
    say(`epoch ${(await journal.claim(0)).epoch}`);
    await journal.close();
    return 0;
  }
  const data = await openDataDirectory(path);
  const journal = openDiskJournal({ path: dataPaths(path).journal, ...data.meta, segmentBytes });
  const archive = openLmdbArchive(dataPaths(path).archive);
  const claim = await journal.claim(0);
  const history = randomHistory(Number(seed), { entries: Number(entries), conversations: 40 });
  say(`open ${claim.head}`);
  if (mode === 'hold') await new Promise((resolve) => process.stdin.once('data', resolve));
  try {
    await write(journal, claim, history, async (upTo) => {
      await archiveAll(archive, history.slice(0, upTo).slice(-400));
      await journal.checkpoint(claim, upTo);
      say(`checkpoint ${upTo}`);
    });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    say('unavailable');
    return 3;
  }
  await journal.close();
  await archive.close();
  await data.close();
  return 0;
}

async function write(
  journal: Journal,
  claim: Claim,
  history: readonly Recorded[],
  checkpoint: (upTo: number) => Promise<void>,
): Promise<void> {
  const random = seeded(Number(seed) + claim.head);
  let head = claim.head;
  let covered = claim.checkpoint;
  while (head < history.length) {
    const group = history.slice(head, head + 1 + random(20)).map(({ entry }) => entry);
    await journal.append(claim, group);
    head += group.length;
    say(`acknowledged ${head}`);
    if (head - covered < 200) continue;
    covered = head;
    await checkpoint(covered);
  }
}

/** Synchronous, so that what was said is out before the next thing happens. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

process.exit(await main());
