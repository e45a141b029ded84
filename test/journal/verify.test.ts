import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idOf, stateRows } from '../../src/journal/archive-conversations.ts';
import { dataPaths } from '../../src/journal/data-directory.ts';
import type { ArchivedEvent } from '../../src/journal/entry.ts';
import { encodeIndex, encodeNumber } from '../../src/journal/format-archive.ts';
import { decodeBlock, encodeBlock } from '../../src/journal/format-block.ts';
import { Damaged, Incompatible } from '../../src/journal/journal.ts';
import { openDiskJournal } from '../../src/journal/journal-disk.ts';
import { conversationKey, lastNumberOf, memberKey } from '../../src/journal/keys.ts';
import { type FrameSlot, slotsOf } from '../../src/journal/segment.ts';
import { segmentNames } from '../../src/journal/segment-reading.ts';
import { highest, lowest, placeIn, type TableName, type TableReader } from '../../src/journal/tables.ts';
import { openLmdbTables } from '../../src/journal/tables-lmdb.ts';
import { type Damage, verifyStore } from '../../src/journal/verify.ts';
import { type Compiled, compile } from '../support/compiled.ts';
import { LineProcess } from '../support/line-process.ts';
import { fold, type Recorded, seeded } from './random-history.ts';
import { makeStore } from './random-store.ts';

let home: string;
let history: Recorded[];
const at = (name: string) => join(home, name);
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'parley-verify-'));
  history = await makeStore(at('data'), 71, { entries: 200 });
});
afterEach(() => rmSync(home, { recursive: true }));

async function damages(): Promise<readonly Damage[]> {
  return (await verifyStore(at('data'))).damages;
}

/** Changes one row of the archive behind Parley's back. */
async function alter(table: TableName, key: Uint8Array, change: (value: Buffer) => Uint8Array | null): Promise<void> {
  const tables = openLmdbTables(dataPaths(at('data')).archive);
  const value = change(Buffer.from(tables.get(table, key) ?? []));
  await tables.write([{ table, key, value }]);
  await tables.close();
}
async function rowsOf(table: TableName): Promise<Buffer[]> {
  const tables = openLmdbTables(dataPaths(at('data')).archive);
  const keys = tables.rows(table, lowest, highest, 10_000).map(({ key }) => Buffer.from(key));
  await tables.close();
  return keys;
}
async function reading<T>(read: (tables: TableReader) => T): Promise<T> {
  const tables = openLmdbTables(dataPaths(at('data')).archive);
  const found = read(tables);
  await tables.close();
  return found;
}
/** With what the keys of the conversations' rows begin. */
const prefixes = () => reading((tables) => Array.from(stateRows(tables), ({ key }) => Buffer.from(key)));
const flip = (value: Buffer) => {
  value[value.length - 2] = (value[value.length - 2] as number) ^ 1;
  return value;
};

describe('verifyStore', () => {
  it('finds nothing in a sound store, and says how much it has read', async () => {
    const verified = await verifyStore(at('data'));
    const folded = fold(history);
    expect(verified.damages).toEqual([]);
    expect(verified.journalEntries).toBeGreaterThan(0);
    expect(verified.conversations).toBeLessThanOrEqual(folded.states.size);
    expect(verified.events).toBeGreaterThan(0);
  });

  it('refuses what is no store', async () => {
    await expect(verifyStore(home)).rejects.toThrow(Incompatible);
  });

  for (const table of ['timeline', 'marks', 'states', 'members', 'records', 'commands', 'preferences'] as const) {
    it(`names a flipped bit in ${table} by table and key`, async () => {
      const [key] = await rowsOf(table);
      if (key === undefined) throw new Error(`the store has no ${table}`);
      await alter(table, key, flip);
      const found = await damages();
      expect(found.some((each) => each.store === `archive/${table}` && each.key === key.toString('hex'))).toBe(true);
    });
    it(`names a row of ${table} that is missing, where something else says that it was there`, async () => {
      const [key] = await rowsOf(table);
      await alter(table, key as Buffer, () => null);
      // Nothing else knows of preferences.
      const isKnown = table !== 'preferences';
      expect((await damages()).length > 0).toBe(isKnown);
    });
  }

  it('names an index entry too many, a conversation without state and an event of nobody', async () => {
    const [prefix] = await prefixes();
    const id = (await reading((tables) => idOf(tables, prefix as Buffer))) as string;
    const stray = memberKey('nobody', prefix as Buffer);
    await alter('members', stray, () => encodeIndex(stray));
    expect(await damages()).toEqual([
      {
        store: 'archive/members',
        key: stray.toString('hex'),
        conversation: id,
        what: 'an index entry too many',
      },
    ]);
    await alter('states', prefix as Buffer, () => null);
    const found = await damages();
    expect(found.some((each) => each.conversation === id)).toBe(true);
    expect(found.some(({ what }) => what === 'an event of a conversation that is not there')).toBe(true);
  });

  it('names a conversation that cannot be found by its id, and an id that leads to another', async () => {
    const [one, other] = (await prefixes()) as [Buffer, Buffer];
    const id = conversationKey((await reading((tables) => idOf(tables, one))) as string) as Buffer;
    let number: Buffer = Buffer.alloc(0);
    await alter('states', id, (value) => {
      number = Buffer.from(value);
      return null;
    });
    expect((await damages()).map(({ what }) => what)).toContain('cannot be found by its id');
    await alter('states', id, () => encodeNumber(id, lastNumberOf(other)));
    expect((await damages()).map(({ what }) => what)).toContain('the number of another conversation, or of none');
    await alter('states', id, () => number);
    expect(await damages()).toEqual([]);
  });

  it('names an event that is not the one that was written, with its seal right', async () => {
    const [key] = await rowsOf('timeline');
    await alter('timeline', key as Buffer, (value) => {
      const { events, hash } = decodeBlock(placeIn('timeline', key as Buffer), '', value);
      const [first, second, ...others] = events as [ArchivedEvent, ArchivedEvent];
      const texts = { ...first.event, at: second.event.at };
      return encodeBlock(key as Buffer, { events: [{ ...first, event: texts }, second, ...others], hash });
    });
    expect((await damages()).map(({ what }) => what).join()).toMatch(/does not follow the event before it/);
  });

  it('names a frame of the journal that is altered, and one that is missing', async () => {
    const path = dataPaths(at('data')).journal;
    const file = join(path, segmentNames(path, 0).at(-1) as string);
    const sound = readFileSync(file);
    const slots = [...slotsOf(sound)];
    const newest = slots.at(-1) as FrameSlot;
    const altered = Buffer.from(sound);
    altered.writeUInt8(altered.readUInt8(newest.end - 2) ^ 1, newest.end - 2);
    writeFileSync(file, altered);
    expect((await damages())[0]?.what).toMatch(/journal\/frames .*checksum/);
    writeFileSync(file, sound);
    expect(await damages()).toEqual([]);
    writeFileSync(file, Buffer.from(sound).fill(0, slots.at(-2)?.end, newest.end));
    expect((await damages())[0]?.what).toMatch(/journal\/frames: frames-.* ends at byte \d+ and was \d+ long/);
  });

  it('names a journal that ends before the archive does', async () => {
    await makeStore(at('short'), 72, { entries: 1 });
    rmSync(dataPaths(at('data')).journal, { recursive: true });
    cpSync(dataPaths(at('short')).journal, dataPaths(at('data')).journal, { recursive: true });
    expect((await damages()).map(({ what }) => what).join()).toMatch(/ends at 1, the archive at/);
  });

  it('hands the directory to the room that owns it', async () => {
    const checkDirectory = async () => {
      throw new Error('no such person');
    };
    const verified = await verifyStore(at('data'), { checkDirectory });
    expect(verified.damages).toEqual([{ store: 'directory', key: null, conversation: null, what: 'no such person' }]);
  });
});

describe('files that were altered behind LMDB’s back', () => {
  let script: Compiled;
  let verifier: LineProcess;
  beforeAll(() => {
    script = compile('test/journal/verify-process');
    verifier = new LineProcess(script, 'exec 2>/dev/null');
  });
  afterAll(async () => {
    await verifier.end();
    script.destroy();
  });

  /** Damages and digest, or how the process that looked has ended. */
  async function look(): Promise<{ damages: Damage[]; digest: string | null } | string> {
    const answer = await verifier.ask(at('data'));
    return 'line' in answer ? JSON.parse(answer.line) : `${answer.ended}`;
  }

  /** Looks after each of the changes to one file. What it finds, and that what was not found was harmless. */
  async function expectFoundOrHarmless(
    file: string,
    changes: readonly { readonly what: string; readonly change: (bytes: Buffer) => Uint8Array }[],
  ): Promise<{ found: number; harmless: number }> {
    const bytes = readFileSync(file);
    const sound = await look();
    expect(sound).toMatchObject({ damages: [] });
    const outcomes = { found: 0, harmless: 0 };
    for (const { what, change } of changes) {
      writeFileSync(file, change(Buffer.from(bytes)));
      const looked = await look();
      if (typeof looked === 'string' || looked.damages.length > 0) outcomes.found += 1;
      else {
        expect(looked, `${file}: ${what}`).toEqual(sound);
        outcomes.harmless += 1;
      }
      // Readers of a broken file may have left the lock file broken.
      rmSync(join(file, '..', 'lock.mdb'), { force: true });
      writeFileSync(file, bytes);
    }
    return outcomes;
  }

  const tablesOf = (environment: 'archive' | 'journal') => join(dataPaths(at('data'))[environment], 'data.mdb');
  const newestSegment = () => {
    const { journal } = dataPaths(at('data'));
    return join(journal, segmentNames(journal, 0).at(-1) as string);
  };
  /** As far as something has been written to it. */
  const lengthOf = (file: string) => {
    const bytes = readFileSync(file);
    return file.endsWith('data.mdb') ? bytes.length : ([...slotsOf(bytes)].at(-1) as FrameSlot).end;
  };

  for (const [what, fileOf] of [
    ['the archive', () => tablesOf('archive')],
    ['the records of the journal', () => tablesOf('journal')],
    ['a segment of the journal', newestSegment],
  ] as const) {
    it(`a flipped bit in ${what} is found or harmless, never read as something else`, async () => {
      const seed = 73;
      const random = seeded(seed);
      const length = lengthOf(fileOf());
      const changes = Array.from({ length: 40 }, (_, time) => {
        const [part, bit] = [random(1_000_000) / 1_000_000, random(8)];
        const change = (bytes: Buffer) => {
          const place = Math.floor(part * length);
          bytes[place] = (bytes[place] as number) ^ (1 << bit);
          return bytes;
        };
        return { what: `seed ${seed}, time ${time}`, change };
      });
      const { found, harmless } = await expectFoundOrHarmless(fileOf(), changes);
      expect(found).toBeGreaterThan(0);
      expect(found + harmless).toBe(40);
    });
  }

  for (const [what, fileOf] of [
    ['the records of the journal', () => tablesOf('journal')],
    ['a segment of the journal', newestSegment],
  ] as const) {
    it(`each page of ${what} zeroed, half zeroed, or the last one there is: found or harmless`, async () => {
      const length = lengthOf(fileOf());
      const changes = [];
      for (let page = 0; page < length; page += 4_096) {
        const [half, end] = [page + 2_048, page + 4_096];
        changes.push({ what: `zeroed from ${page}`, change: (bytes: Buffer) => bytes.fill(0, page, end) });
        changes.push({ what: `zeroed from ${half}`, change: (bytes: Buffer) => bytes.fill(0, half, end) });
        if (page % 3 === 0)
          changes.push({ what: `cut at ${half}`, change: (bytes: Buffer) => bytes.subarray(0, half) });
      }
      const { found } = await expectFoundOrHarmless(fileOf(), changes);
      expect(found).toBeGreaterThan(3);
    });
  }

  it('a journal whose newest commit is zeroed is not opened at the commit before', async () => {
    const path = dataPaths(at('data')).journal;
    const file = join(path, 'data.mdb');
    const sound = readFileSync(file);
    for (const page of [0, 4_096]) {
      writeFileSync(file, Buffer.from(sound).fill(0, page, page + 4_096));
      expect((await damages())[0]?.store).toBe('journal');
      expect(() => openDiskJournal({ path, epoch: 'e', partitions: 1 })).toThrow(Damaged);
    }
  });
});
