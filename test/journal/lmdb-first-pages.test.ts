import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFirstPages } from '../../src/journal/lmdb-first-pages.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'parley-pages-'));
});
afterEach(() => rmSync(home, { recursive: true }));

it('a new file has the first pages that LMDB itself would give it', async () => {
  const [ours, theirs] = [join(home, 'ours'), join(home, 'theirs')];
  makeFirstPages(ours);
  await open({ path: theirs, noSubdir: false, pageSize: 4_096, maxDbs: 16, overlappingSync: false }).close();
  expect(readFileSync(join(ours, 'data.mdb')).equals(readFileSync(join(theirs, 'data.mdb')))).toBe(true);
});

it('a file that is there stays as it is', () => {
  const file = join(home, 'data.mdb');
  writeFileSync(file, 'mine');
  makeFirstPages(home);
  expect(readFileSync(file, 'utf8')).toBe('mine');
});
