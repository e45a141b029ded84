import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type BinaryDatabase,
  type BinaryEnvironment,
  openEnvironment,
  openTable,
} from '../../src/journal/lmdb-environment.ts';
import { scrubEnvironment, UnknownLayout } from '../../src/runtime/lmdb-scrub.ts';
import { seeded } from '../journal/random-history.ts';

let path: string;
let environment: BinaryEnvironment;
let tables: BinaryDatabase[];
/** What has to be there: value by table and key. */
let expected: Map<string, string>;

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'parley-scrub-'));
  environment = openEnvironment({ path });
  tables = ['first', 'second'].map((name) => openTable(environment, name));
  expected = new Map();
});
afterEach(async () => {
  await environment.close();
  rmSync(path, { recursive: true, force: true });
});

const touch = () => tables[0]?.putSync(Buffer.from('touched'), Buffer.from('again'));
const scrub = () => scrubEnvironment(environment, path, touch);

function put(table: number, key: string, value: string): void {
  tables[table]?.putSync(Buffer.from(key), Buffer.from(value));
  expected.set(`${table} ${key}`, value);
}
function remove(table: number, key: string): void {
  tables[table]?.removeSync(Buffer.from(key));
  expected.delete(`${table} ${key}`);
}

/** Rows that come, change their length and go, also values of many pages: in transactions of a few. */
function live(seed: number, transactions: number, word: () => string): void {
  const random = seeded(seed);
  for (let nth = 0; nth < transactions; nth += 1) {
    environment.transactionSync(() => {
      for (let change = random(12); change >= 0; change -= 1) {
        const [table, key] = [random(2), `key ${random(300)}`];
        if (random(3) === 0) remove(table, key);
        else put(table, key, word().repeat(random(40) === 0 ? 200 + random(2_000) : 1 + random(30)));
      }
    });
  }
}

const bytes = () => readFileSync(join(path, 'data.mdb')).toString('latin1');
const holds = (word: string) => bytes().includes(word);

function expectAllThere(): void {
  const found = new Map<string, string>();
  tables.forEach((table, number) => {
    for (const { key, value } of table.getRange()) {
      const name = Buffer.from(key).toString();
      if (name !== 'touched') found.set(`${number} ${name}`, Buffer.from(value).toString());
    }
  });
  expect(found).toEqual(expected);
}

describe('scrubbing a file of LMDB', () => {
  it.each([1, 2, 3, 4])('leaves no byte of what was removed, and every row (seed %i)', async (seed) => {
    live(seed, 50, () => 'secret-');
    for (const name of [...expected.keys()]) {
      const [table, key] = [Number(name[0]), name.slice(2)];
      environment.transactionSync(() => {
        if (key.length % 2 === 0) remove(table, key);
        else put(table, key, 'plain'.repeat(1 + (key.length % 4)));
      });
    }
    expect(holds('secret-')).toBe(true);
    expect(scrub()).toBe(true);
    expect(holds('secret-')).toBe(false);
    expectAllThere();
    live(seed + 100, 20, () => 'after-');
    expectAllThere();
    await environment.close();
    environment = openEnvironment({ path });
    tables = ['first', 'second'].map((name) => openTable(environment, name));
    expectAllThere();
  });

  it('changes nothing while somebody reads an older commit, and says so', async () => {
    environment.transactionSync(() => put(0, 'a', 'secret-'.repeat(5_000)));
    const reader = environment.useReadTransaction();
    expect(tables[0]?.get(Buffer.from('a'), { transaction: reader })?.length).toBe(35_000);
    environment.transactionSync(() => remove(0, 'a'));
    expect(scrub()).toBe(false);
    expect(Buffer.from(tables[0]?.get(Buffer.from('a'), { transaction: reader }) as Uint8Array).toString()).toBe(
      'secret-'.repeat(5_000),
    );
    reader.done();
    expect(scrub()).toBe(true);
    expect(holds('secret-')).toBe(false);
    expectAllThere();
  });

  it('changes nothing in a file whose books do not agree with its pages', async () => {
    live(7, 60, () => 'secret-');
    environment.transactionSync(touch);
    await environment.close();
    // One leaf says that it is another page.
    const file = readFileSync(join(path, 'data.mdb'));
    for (let page = 2; page * 4_096 < file.length; page += 1) {
      const at = page * 4_096;
      if (Number(file.readBigUInt64LE(at)) === page && file.readUInt16LE(at + 18) === 2) {
        file.writeBigUInt64LE(BigInt(page + 1), at);
      }
    }
    writeFileSync(join(path, 'data.mdb'), file);
    environment = openEnvironment({ path });
    const silent = { ...environmentOf(environment), transactionSync: <T>(work: () => T) => work() };
    expect(() => scrubEnvironment(silent, path, () => {})).toThrow(UnknownLayout);
    expect(readFileSync(join(path, 'data.mdb')).equals(file)).toBe(true);
  });

  it('refuses a file that ends too early', async () => {
    live(8, 60, () => 'secret-');
    await environment.close();
    truncateSync(join(path, 'data.mdb'), 3 * 4_096);
    const nobody = {
      transactionSync: <T>(work: () => T) => work(),
      resetReadTxn() {},
      readerCheck: () => 0,
      readerList: () => '',
    };
    expect(() => scrubEnvironment(nobody, path, () => {})).toThrow(UnknownLayout);
    rmSync(path, { recursive: true, force: true });
    environment = openEnvironment({ path });
  });
});

function environmentOf(open: BinaryEnvironment) {
  return {
    resetReadTxn: () => open.resetReadTxn(),
    readerCheck: () => open.readerCheck(),
    readerList: () => open.readerList(),
  };
}
