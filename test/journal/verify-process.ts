/**
 * A process that verifies the stores it is told of on standard input, a path a line, and answers each with a line of JSON:
 * the damages, and where there is none a digest of everything a reader sees.
 */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openReadOnly } from '../../src/journal/read-store.ts';
import { verifyStore } from '../../src/journal/verify.ts';

for await (const path of createInterface({ input: process.stdin })) {
  const { damages } = await verifyStore(path).catch((error: Error) => ({ damages: [{ what: error.message }] }));
  writeSync(1, `${JSON.stringify({ damages, digest: damages.length > 0 ? null : await digestOf(path) })}\n`);
}

async function digestOf(path: string): Promise<string> {
  const digest = createHash('sha256');
  const reader = await openReadOnly(path);
  for await (const id of reader.conversations()) {
    const state = await reader.state(id);
    digest.update(JSON.stringify([id, state, [...(state?.members ?? [])]]));
    for await (const archived of reader.events(id)) digest.update(JSON.stringify(archived));
  }
  await reader.close();
  return digest.digest('hex');
}
