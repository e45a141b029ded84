/** The ledger as a file, beside the data directory unless it is configured elsewhere; readable by its owner alone. */
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Random, systemRandom } from '../runtime/random.ts';
import { syncDirectory } from './atomic-file.ts';
import {
  type Erasure,
  type ErasureLedger,
  expectLedger,
  Ledger,
  type LedgerPlace,
  LedgerUnfit,
} from './erasure-ledger.ts';

export function openFileLedger(path: string, random: Random = systemRandom): ErasureLedger {
  return {
    read: () => readLedger(path),

    /** What stands there is read anew: a copy that somebody put in its place must not go on unnoticed. */
    async append(expected: LedgerPlace | null, erasure: Erasure): Promise<Ledger> {
      const found = await readLedger(path);
      expectLedger(found, expected);
      if ((found?.end.erasures ?? 0) !== (expected?.erasures ?? 0)) {
        throw new LedgerUnfit('another', 'the ledger goes on where nobody wrote to it');
      }
      const before = found ?? Ledger.begin(random.id(12));
      const after = before.with(erasure);
      await writeFrom(path, found?.text ?? '', after.text);
      return after;
    },
  };
}

/** Null where there is no file. Throws `Damaged`, `Incompatible`. */
export async function readLedger(path: string): Promise<Ledger | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return text.includes('\n') ? Ledger.parse(text) : null;
}

/**
 * Adds the lines that `after` has more than `before`, in place of whatever a write that was cut off left there; durable when
 * it resolves. The end of a line is written when the line is durable: after a power cut in between, a line may hold
 * anything, and then it has no end.
 */
async function writeFrom(path: string, before: string, after: string): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.truncate(Buffer.byteLength(before));
    for (const line of after.slice(before.length).split('\n').slice(0, -1)) {
      await file.writeFile(line);
      await file.sync();
      await file.writeFile('\n');
      await file.sync();
    }
  } finally {
    await file.close();
  }
  await syncDirectory(dirname(path));
}
