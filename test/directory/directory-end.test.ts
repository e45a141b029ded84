/** Which directory was there last: an earlier one in its place is found out, and no other ever is. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDirectory } from '../../src/directory/create-directory.ts';
import { personKey } from '../../src/directory/directory-format.ts';
import { DirectoryDamaged, type StoredDirectory } from '../../src/directory/directory-store.ts';
import { lmdbDirectoryStore } from '../../src/directory/directory-store-lmdb.ts';
import { seeded } from '../journal/random-history.ts';
import { acme, ann, bob } from './directory-store-suite.ts';

let home: string;
const at = (name: string) => join(home, name);
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'parley-directory-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const openStore = (readOnly = false) => lmdbDirectoryStore(at('directory'), { end: at('end'), readOnly });
/** As a server starts, and ends. */
async function withDirectory(work: (directory: Awaited<ReturnType<typeof createDirectory>>) => Promise<unknown>) {
  const directory = await createDirectory(openStore());
  await work(directory);
  await directory.close();
}
async function load(readOnly = false): Promise<StoredDirectory> {
  const store = openStore(readOnly);
  try {
    return await store.load();
  } finally {
    await store.close();
  }
}
/** As whoever copies files behind a server's back. */
async function swapIn(copy: string): Promise<void> {
  rmSync(at('directory'), { recursive: true });
  cpSync(at(copy), at('directory'), { recursive: true });
}
const closedTo = (people: string[]) => ({ records: [{ ...acme, view: people, edit: people }] });

describe('[SEE-6] an earlier directory', () => {
  it('in the place of the current one is Damaged, to a server and to whoever verifies', async () => {
    await withDirectory((directory) => directory.put({ people: [ann, bob], records: [acme] }));
    cpSync(at('directory'), at('earlier'), { recursive: true });
    await withDirectory((directory) => directory.put(closedTo(['ann'])));
    cpSync(at('directory'), at('newest'), { recursive: true });
    await swapIn('earlier');
    for (const readOnly of [false, true]) {
      await expect(load(readOnly)).rejects.toThrow(new DirectoryDamaged('directory: it is of version 1, and was of 2'));
    }
    await swapIn('newest');
    expect((await load()).version).toBe(2);
  });

  it('of which pages stand among those of the current one is Damaged', async () => {
    await withDirectory((directory) => directory.put({ people: [ann, bob] }));
    const raw = () => open<Buffer, Buffer>({ path: at('directory'), encoding: 'binary', keyEncoding: 'binary' });
    let db = raw();
    const earlier = Buffer.from(db.get(personKey('bob')) as Buffer);
    await db.close();
    await withDirectory((directory) => directory.put({ people: [{ ...bob, active: false }] }));
    db = raw();
    await db.put(personKey('bob'), earlier);
    await db.close();
    await expect(load()).rejects.toThrow(new DirectoryDamaged('directory: some of it is not of version 2'));
  });
});

describe('the current directory', () => {
  it('is taken for nothing else where the note of it is old, torn, or not there', async () => {
    await withDirectory((directory) => directory.put({ people: [ann, bob] }));
    const old = readFileSync(at('end'));
    await withDirectory((directory) => directory.put(closedTo(['bob'])));
    const newest = readFileSync(at('end'));
    const torn = Buffer.concat([old.subarray(0, 8), newest.subarray(8)]);
    for (const bytes of [old, torn, Buffer.alloc(0), Buffer.alloc(16)]) {
      writeFileSync(at('end'), bytes);
      expect((await load(true)).version).toBe(2);
    }
    rmSync(at('end'));
    expect((await load()).version).toBe(2);
    // A server that has read it knows it again.
    expect(readFileSync(at('end'))).toEqual(newest);
  });

  it('is taken for nothing else after a version that knew of no note has written to it', async () => {
    await withDirectory((directory) => directory.put({ people: [ann] }));
    const directory = await createDirectory(lmdbDirectoryStore(at('directory')));
    await directory.put({ people: [bob] });
    await directory.put(closedTo(['ann']));
    await directory.close();
    expect((await load()).version).toBe(3);
  });

  it('is known whatever was written: changes, removals that are forgotten, rights of long ago, erasures', async () => {
    const seed = Number(process.env.PARLEY_SEED ?? 20_261_130);
    const random = seeded(seed);
    const id = () => `x${random(8)}`;
    for (let start = 0; start < 12; start += 1) {
      await withDirectory(async (directory) => {
        for (let time = 0; time < 25; time += 1) {
          const kind = 'contact' as const;
          const step = random(10);
          if (step === 0) await directory.put({ removeRecords: [{ kind, id: id() }] });
          else if (step === 1) await directory.erase(`e${random(40)}`);
          else if (step < 6) await directory.put({ people: [{ ...bob, id: id(), active: random(2) === 0 }] });
          else await directory.put({ records: [{ ...acme, kind, id: id(), view: [id()] }] });
        }
      });
      // What the server forgets of removals comes late; the store is asked to here.
      const store = openStore();
      const { version, completeSince, records } = await store.load();
      const forget = records.filter(({ record }) => record === null).map(({ key }) => key);
      await store.write({ version: version + 1, at: 1, completeSince, people: [], records: [], forget });
      await store.close();
      // Were the sum of what was written not that of what is read, this would be taken for another directory.
      expect((await load()).version, `PARLEY_SEED=${seed}, start ${start}`).toBe(version + 1);
      expect(readFileSync(at('end')).readBigUInt64BE(8)).toBe(BigInt(version + 1));
    }
  });
});
