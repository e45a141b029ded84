/** Is the archive the one that the journal told, before it dropped what it had told? */
import type { Archive } from '../journal/archive.ts';
import { type Claim, Damaged } from '../journal/journal.ts';

/** Throws `Damaged` for an earlier copy of it, and for an empty one. */
export async function assertToldArchive(archive: Archive, { partition, checkpoint }: Claim): Promise<void> {
  const covered = await archive.covered(partition);
  if (covered !== null && covered >= checkpoint) return;
  // One of an earlier version does not say how far it goes; an empty one is not it.
  if (covered === null && (checkpoint === 0 || !(await isEmpty(archive)))) return;
  throw new Damaged(`the archive ends at ${covered ?? 0}, and the journal has dropped what is up to ${checkpoint}`);
}

async function isEmpty(archive: Archive): Promise<boolean> {
  for await (const _ of archive.conversations()) return false;
  return true;
}
