/**
 * Writes `test/fixtures/data-v<format>/`: a small data directory and a snapshot of it, both packed, and the history that
 * is in them. Run once for each format that was ever released, `npx jiti test/journal/make-fixture.ts`, and never again:
 * what is there must stay readable, and `fixture.test.ts` reads it with every later version.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { dataPaths, readStoreMeta } from '../../src/journal/data-directory.ts';
import { writeSnapshot } from '../../src/journal/snapshot.ts';
import { makeStore } from './random-store.ts';

const work = mkdtempSync(join(tmpdir(), 'parley-fixture-'));
const dataDir = join(work, 'data');
const history = await makeStore(dataDir, 2026, { entries: 120, partitions: 2 });
await writeSnapshot({ dataDir, to: join(work, 'snapshot') });
const { format } = await readStoreMeta(dataDir);
const fixture = join(import.meta.dirname, '..', 'fixtures', `data-v${format}`);
if (existsSync(fixture)) throw new Error(`${fixture} is there already and stays as it is`);

for (const path of filesUnder(work)) {
  // Readers' slots are of no use to another process.
  if (path.endsWith('lock.mdb')) continue;
  const packed = join(fixture, `${relative(work, path)}.gz`);
  mkdirSync(dirname(packed), { recursive: true });
  writeFileSync(packed, gzipSync(readFileSync(path), { level: 9 }));
}
const plain = (_: string, value: unknown) =>
  value instanceof Uint8Array ? { hex: Buffer.from(value).toString('hex') } : value;
writeFileSync(join(fixture, 'history.json'), `${JSON.stringify(history, plain, 1)}\n`);
process.stdout.write(`${fixture}: ${Object.keys(dataPaths('')).join(', ')}\n`);
rmSync(work, { recursive: true });

function filesUnder(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)],
  );
}
