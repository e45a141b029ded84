import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDirectory, readStoreMeta } from '../../src/journal/data-directory.ts';
import { Damaged, Incompatible, InUse } from '../../src/journal/journal.ts';

describe('the data directory', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'parley-dir-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));
  const at = (name: string) => join(home, name);
  const meta = () => join(at('data'), 'parley.json');

  it('is made where there is none, for its owner only, and is the same when it is opened again', async () => {
    const first = await openDataDirectory(join(at('data'), 'deep'), { partitions: 4 });
    expect(first.meta).toMatchObject({ format: 3, partitions: 4 });
    expect(first.meta.product).toMatch(/^\d+\.\d+\.\d+/);
    expect(statSync(first.path).mode & 0o777).toBe(0o700);
    await first.close();
    const second = await openDataDirectory(first.path, { partitions: 9 });
    expect(second.meta).toEqual(first.meta);
    await second.close();
    expect(await readStoreMeta(first.path)).toEqual(first.meta);
  });

  it('two are two histories', async () => {
    const [first, second] = [await openDataDirectory(at('a')), await openDataDirectory(at('b'))];
    expect(first.meta.epoch).not.toBe(second.meta.epoch);
    await first.close();
    await second.close();
  });

  it('is one server’s: a second is refused by name, under any of its paths, until the first lets go', async () => {
    const first = await openDataDirectory(at('data'));
    symlinkSync(at('data'), at('link'));
    for (const path of [at('data'), at('link'), join(at('data'), '..', 'data')]) {
      const opening = openDataDirectory(path);
      await expect(opening).rejects.toThrow(InUse);
      await expect(opening).rejects.toThrow(`${path} is in use by process ${process.pid}`);
    }
    expect(await readStoreMeta(at('data'))).toEqual(first.meta);
    await first.close();
    await (await openDataDirectory(at('link'))).close();
  });

  it('is let go although somebody who asked whose it is does not hang up', async () => {
    const first = await openDataDirectory(at('data'));
    const { dev, ino } = statSync(at('data'), { bigint: true });
    const asking = connect({ path: `\0parley-${dev}-${ino}`, allowHalfOpen: true });
    const [pid] = await once(asking, 'data');
    expect(`${pid}`).toBe(`${process.pid}`);
    await first.close();
    await (await openDataDirectory(at('data'))).close();
    asking.destroy();
  });

  it('takes an empty directory, a new file system, and one whose making was cut short', async () => {
    mkdirSync(join(at('data'), 'lost+found'), { recursive: true });
    writeFileSync(`${meta()}.tmp`, '{"par');
    const made = await openDataDirectory(at('data'));
    expect(statSync(at('data')).mode & 0o777).toBe(0o700);
    expect(readdirSync(at('data')).sort()).toEqual(['archive', 'directory', 'journal', 'lost+found', 'parley.json']);
    await made.close();
  });

  it('refuses a directory of somebody else, changes nothing in it and does not hold it', async () => {
    mkdirSync(at('data'));
    writeFileSync(join(at('data'), 'notes.txt'), 'mine');
    for (let time = 0; time < 2; time += 1) {
      await expect(openDataDirectory(at('data'))).rejects.toThrow(Incompatible);
    }
    expect(readdirSync(at('data'))).toEqual(['notes.txt']);
    await expect(readStoreMeta(at('data'))).rejects.toThrow(Incompatible);
  });

  it('refuses a newer format, another program’s parley.json and one that was altered', async () => {
    await (await openDataDirectory(at('data'))).close();
    const text = readFileSync(meta(), 'utf8');
    const cases: [string, typeof Incompatible | typeof Damaged][] = [
      [text.replace('"format": 3', '"format": 4'), Incompatible],
      [text.replace('"format": 3', '"format": 0'), Damaged],
      [text.replace('"data directory"', '"a game"'), Incompatible],
      ['[]', Incompatible],
      ['null', Incompatible],
      [text.replace('"partitions": 1', '"partitions": 0'), Damaged],
      [text.replace('"partitions": 1', '"partitions": 1e9'), Damaged],
      [text.replace(/"epoch": "[^"]*"/, '"epoch": "../x"'), Damaged],
      [text.slice(0, 20), Damaged],
    ];
    for (const [altered, error] of cases) {
      writeFileSync(meta(), altered);
      await expect(openDataDirectory(at('data')), altered).rejects.toThrow(error);
    }
    writeFileSync(meta(), text);
    await (await openDataDirectory(at('data'))).close();
  });

  it('says that it is of this version before this version writes to one of an earlier, and keeps the rest', async () => {
    await (await openDataDirectory(at('data'))).close();
    const text = readFileSync(meta(), 'utf8');
    for (const earlier of [1, 2]) {
      writeFileSync(meta(), text.replace('"format": 3', `"format": ${earlier}`));
      expect((await readStoreMeta(at('data'))).format).toBe(earlier);
      await (await openDataDirectory(at('data'))).close();
      expect(readFileSync(meta(), 'utf8')).toBe(text);
    }
  });

  it('refuses a number of partitions that makes no sense', async () => {
    for (const partitions of [0, 1.5, 5_000]) {
      await expect(openDataDirectory(at(`x${partitions}`), { partitions })).rejects.toThrow(RangeError);
    }
  });
});
