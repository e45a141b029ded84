/**
 * Segments whose bytes have to go, not only their names (ERASE-1): they are renamed, so that no reader opens them any more,
 * and overwritten when nobody is left who had them open.
 */
import { readdirSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncDirectory } from './atomic-file.ts';

const prefix = 'retired-';
const zeros = Buffer.alloc(1_048_576);

export async function retireSegment(path: string): Promise<void> {
  await rename(path, join(dirname(path), `${prefix}${basename(path)}`));
}

/** Zeros in place of all that they hold, durable, and then they are removed. `path`: directory of the journal. */
export async function overwriteRetired(path: string): Promise<void> {
  // A power cut must not give a segment its name back whose bytes are gone.
  await syncDirectory(path);
  for (const name of readdirSync(path)) {
    if (!name.startsWith(prefix)) continue;
    await overwrite(join(path, name));
    await rm(join(path, name));
  }
}

async function overwrite(path: string): Promise<void> {
  const bytes = statSync(path).size;
  const file = await open(path, 'r+');
  try {
    for (let at = 0; at < bytes; ) {
      const { bytesWritten } = await file.write(zeros, 0, Math.min(zeros.length, bytes - at), at);
      at += bytesWritten;
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}
