import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { DirectoryDamaged, type DirectoryStore } from '../../src/directory/directory-store.ts';
import { lmdbDirectoryStore } from '../../src/directory/directory-store-lmdb.ts';
import { memoryDirectoryStore } from '../../src/directory/directory-store-memory.ts';
import { compile } from '../support/compiled.ts';
import { acme, ann, bob, directoryStoreSuite } from './directory-store-suite.ts';

function temporary(): string {
  return mkdtempSync(join(tmpdir(), 'parley-directory-'));
}

directoryStoreSuite('memory', () => {
  const store = memoryDirectoryStore();
  return { open: () => store, remove: () => undefined };
});

directoryStoreSuite('LMDB', () => {
  const path = temporary();
  return { open: () => lmdbDirectoryStore(path), remove: () => rmSync(path, { recursive: true, force: true }) };
});

describe('a full disk (LMDB)', () => {
  it('fails the write that met it, and leaves no rejection to nobody, which would end the server', async () => {
    const path = temporary();
    const process = compile('test/directory/full-disk-process');
    try {
      // A limit on the size of files is a full disk for which no special right is needed.
      const running = process.start([path], `ulimit -c 0; trap '' XFSZ; ulimit -f 2000`);
      expect(await running.ended).toBe(0);
      expect(JSON.parse(running.output())).toEqual({ caught: 1, unhandled: 0 });
    } finally {
      process.destroy();
      rmSync(path, { recursive: true, force: true });
    }
  });
});

describe('a store that is closing (LMDB)', () => {
  it('takes nothing more, also while a write is on its way', async () => {
    const path = temporary();
    const store = lmdbDirectoryStore(path);
    const change = { version: 1, at: 1_000, completeSince: 0, people: [ann], records: [], forget: [] };
    const written = store.write(change);
    const closed = store.close();
    await expect(store.write({ ...change, version: 2, people: [bob] })).rejects.toThrow('directory: it is closed');
    await written;
    await closed;
    const again = lmdbDirectoryStore(path);
    expect((await again.load()).people.map(({ person }) => person)).toEqual([ann]);
    await again.close();
    rmSync(path, { recursive: true, force: true });
  });
});

describe('damage on disk (LMDB)', () => {
  type Raw = ReturnType<typeof open<Buffer, Buffer>>;
  /** Writes a small directory, lets `alter` at the bytes, and loads it again. */
  async function loadedAfter(alter: (raw: Raw) => unknown): Promise<unknown> {
    const path = temporary();
    let store: DirectoryStore = lmdbDirectoryStore(path);
    const key = { kind: acme.kind, id: acme.id };
    await store.write({
      version: 1,
      at: 1_000,
      completeSince: 0,
      people: [ann, bob],
      records: [{ key, record: acme }],
      forget: [],
    });
    await store.close();
    const raw: Raw = open<Buffer, Buffer>({ path, encoding: 'binary', keyEncoding: 'binary' });
    await alter(raw);
    await raw.close();
    store = lmdbDirectoryStore(path, { readOnly: true });
    try {
      return await store.load();
    } catch (error) {
      return error;
    } finally {
      await store.close();
      rmSync(path, { recursive: true, force: true });
    }
  }
  const entries = (raw: Raw) => [...raw.getRange()].map(({ key, value }) => ({ key, value: Buffer.from(value) }));

  it('notices any flipped bit of any value', async () => {
    const count = await loadedAfter((raw) => raw).then((stored) => (stored as { people: unknown[] }).people.length);
    expect(count).toBe(2);
    for (const [entry, bit] of [
      [0, 3],
      [1, 0],
      [1, 9],
      [1, 100],
      [2, 41],
      [3, 77],
    ] as const) {
      const found = await loadedAfter((raw) => {
        const { key, value } = entries(raw)[entry] as { key: Buffer; value: Buffer };
        value[bit >> 3] = (value[bit >> 3] as number) ^ (1 << (bit & 7));
        return raw.put(key, value);
      });
      expect(found).toBeInstanceOf(DirectoryDamaged);
    }
  });

  it('notices a value cut short, a value at another key, and a missing version', async () => {
    const short = await loadedAfter((raw) => {
      const { key, value } = entries(raw)[1] as { key: Buffer; value: Buffer };
      return raw.put(key, value.subarray(0, 3));
    });
    const moved = await loadedAfter((raw) => {
      const [first, second] = entries(raw) as [{ key: Buffer; value: Buffer }, { key: Buffer; value: Buffer }];
      return raw.put(second.key, first.value);
    });
    const headless = await loadedAfter((raw) => raw.remove(Buffer.from('v')));
    expect([short, moved, headless].every((found) => found instanceof DirectoryDamaged)).toBe(true);
  });

  it('keeps user text out of keys and of what it says about damage (law 6)', async () => {
    const found = await loadedAfter((raw) => {
      for (const { key } of entries(raw)) {
        expect(key.toString('latin1')).not.toMatch(/ann|bob|c1/);
        expect(key.length).toBeLessThanOrEqual(17);
      }
      const { key, value } = entries(raw)[0] as { key: Buffer; value: Buffer };
      return raw.put(key, Buffer.concat([value, Buffer.from('x')]));
    });
    expect(String(found)).toMatch(/value at [0-9a-f]+: its checksum does not fit/);
    expect(String(found)).not.toMatch(/Müller|Muller|Acme|example/);
  });
});
