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
      await writeFrom(
        path,
        found === null ? 0 : Buffer.byteLength(found.text),
        after.text.slice(found?.text.length ?? 0),
      );
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

/** Behind `at` bytes, in place of whatever a write that was cut off left there; durable when it resolves. */
async function writeFrom(path: string, at: number, text: string): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.truncate(at);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(dirname(path));
}
