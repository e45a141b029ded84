/** Takes snapshots of a running server, one after the other, as `parley snapshot` does: written, read back, checked. */
import { lstatSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSnapshot } from '../src/journal/snapshot.ts';
import { checkSnapshot } from '../src/journal/snapshot-check.ts';
import { yieldToOthers } from '../src/runtime/yield-to-others.ts';
import { answering } from './processes.ts';

/** `until`: in milliseconds from now on no further one is begun; the one under way then is finished. */
export interface Question {
  readonly dataDir: string;
  readonly to: string;
  readonly until: number;
}
export interface Taken {
  readonly snapshots: number;
  readonly conversations: number;
  /** Of the last one. */
  readonly bytes: number;
  /** For all of them. */
  readonly ms: number;
}

answering<Question>(async ({ dataDir, to, until }): Promise<Taken> => {
  yieldToOthers();
  const began = performance.now();
  const passed = () => performance.now() - began;
  let taken: Taken = { snapshots: 0, conversations: 0, bytes: 0, ms: 0 };
  while (passed() < until) {
    const { counts } = await writeSnapshot({ dataDir, to });
    await checkSnapshot(to);
    const bytes = readdirSync(to).reduce((sum, name) => sum + lstatSync(join(to, name)).size, 0);
    await rm(to, { recursive: true });
    taken = { snapshots: taken.snapshots + 1, conversations: counts.conversations, bytes, ms: passed() };
  }
  return taken;
});
process.once('disconnect', () => process.exit(0));
