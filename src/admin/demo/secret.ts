/** The demo's own secret: random, in the data directory, readable by its owner only, made once. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const name = 'demo-secret';

/** Null where this data directory never was a demo's. */
export function readDemoSecret(dataDir: string): string | null {
  try {
    return readFileSync(join(dataDir, name), 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The data directory must exist. */
export function makeDemoSecret(dataDir: string): string {
  const known = readDemoSecret(dataDir);
  if (known !== null) return known;
  const secret = randomBytes(32).toString('base64url');
  writeFileSync(join(dataDir, name), `${secret}\n`, { mode: 0o600, flag: 'wx' });
  return secret;
}
