/** The bytes of the directory on disk, of every version: what was ever written stays readable. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lmdbDirectoryStore } from '../../src/directory/directory-store-lmdb.ts';
import { acme, ann } from './directory-store-suite.ts';

const annKey = '7049915e0d7d4b402e3017d010bc1c0e83';
const acmeKey = '72cd9c6a1a335747701bf60d402f5f4eb2';
const at = 1_700_000_000_000_001;
const inHex = (text: string) => Buffer.from(text).toString('hex');
const acmeNow = inHex('[1,"company","c1","Acme","everyone",["ann"],1700000000000001,true]');
const annNow = inHex('[1,"ann","Ann","Müller","ann@example.org",true,1700000000000001,true]');

/** Format byte, CRC32C over key and payload, payload. */
const written = {
  1: {
    [annKey]: `01615b95d6${inHex('[1,"ann","Ann","Müller","ann@example.org",true]')}`,
    [acmeKey]: `01a61e3138${inHex('[1,"company","c1","Acme","everyone",["ann"]]')}`,
    '76': `0138cc044a${inHex('[1,0]')}`,
  },
  2: {
    [annKey]: `027ff18c6f${annNow}`,
    [acmeKey]: `02f0f5aedc${acmeNow}`,
    '76': `0238cc044a${inHex('[1,0]')}`,
  },
};

describe('the bytes of the directory', () => {
  const key = { kind: acme.kind, id: acme.id };
  let path: string;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'parley-directory-'));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  async function raw<T>(look: (database: ReturnType<typeof open<Buffer, Buffer>>) => T | Promise<T>): Promise<T> {
    const database = open<Buffer, Buffer>({ path, encoding: 'binary', keyEncoding: 'binary' });
    try {
      return await look(database);
    } finally {
      await database.close();
    }
  }
  const rows = () =>
    raw((database) =>
      Object.fromEntries([...database.getRange()].map(({ key: place, value }) => [hex(place), hex(value)])),
    );
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

  it('are written as version 2, a past period behind the time at which it ended', async () => {
    const store = lmdbDirectoryStore(path);
    const none = { completeSince: 0, forget: [] };
    await store.write({ ...none, version: 1, at, people: [ann], records: [{ key, record: acme }] });
    expect(await rows()).toEqual(written[2]);
    await store.write({ ...none, version: 2, at: at + 1, people: [{ ...ann, active: false }], records: [] });
    await store.close();
    expect((await rows())[`68${annKey}00060a24181e4002`]).toBe(
      `02b48c959f${inHex('[1700000000000001,1700000000000002,{"active":true,"hasAddress":true},true]')}`,
    );
  });

  it.each([1, 2] as const)('of version %i are read', async (version) => {
    await raw((database) =>
      database.batch(() => {
        for (const [place, value] of Object.entries(written[version])) {
          void database.put(Buffer.from(place, 'hex'), Buffer.from(value, 'hex'));
        }
      }),
    );
    const store = lmdbDirectoryStore(path);
    expect(await store.load()).toEqual({
      version: 1,
      completeSince: 0,
      people: [{ version: 1, person: ann }],
      records: [{ version: 1, key, record: acme }],
    });
    const now = { view: 'everyone', edit: ['ann'] };
    const kept = [
      { from: 0, to: at, was: null },
      { from: at, to: null, was: now },
    ];
    expect(await store.recordPeriods(key)).toEqual(version === 1 ? [] : kept);
    // From the next write on it is known.
    const later = { ...acme, name: 'Acme & Co.' };
    await store.write({
      version: 2,
      completeSince: 0,
      at: at + 5,
      people: [],
      records: [{ key, record: later }],
      forget: [],
    });
    expect(await store.recordPeriods(key)).toEqual(version === 1 ? [{ from: at + 5, to: null, was: now }] : kept);
    await store.close();
  });
});
