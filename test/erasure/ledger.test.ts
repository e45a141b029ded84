import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ErasedSet } from '../../src/journal/erased-set.ts';
import { type Erasure, expectLedger, Ledger, LedgerUnfit } from '../../src/journal/erasure-ledger.ts';
import { openFileLedger, readLedger } from '../../src/journal/erasure-ledger-file.ts';
import { memoryLedger } from '../../src/journal/erasure-ledger-memory.ts';
import { Damaged } from '../../src/journal/journal.ts';

const conversation = 'AAAAAAAAAAAAAAAAAAAAAA';
const messages = (seq: number): Erasure => ({
  what: 'messages',
  at: 1_000 + seq,
  conversation,
  messages: [[seq, 500 + seq]],
});
const person: Erasure = { what: 'person', at: 2_000, person: 'u1' };

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'parley-ledger-'));
  path = join(directory, 'erasures');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A ledger with so many erasures, in the file. */
async function made(count: number): Promise<Ledger> {
  const ledger = openFileLedger(path);
  let known: Ledger | null = null;
  for (let seq = 1; seq <= count; seq += 1) known = await ledger.append(known?.end ?? null, messages(seq));
  return known as Ledger;
}

describe.each([
  ['in a file', () => openFileLedger(path)],
  ['in memory', () => memoryLedger()],
])('a ledger %s', (_, open) => {
  it('is not there until something is erased, and then holds it in order', async () => {
    const ledger = open();
    expect(await ledger.read()).toBeNull();
    const first = await ledger.append(null, messages(1));
    const second = await ledger.append(first.end, person);
    expect((await ledger.read())?.erasures).toEqual([messages(1), person]);
    expect((await ledger.read())?.end).toEqual(second.end);
    expect(second.placeAt(1)).toEqual(first.end);
  });

  it('takes nothing from someone who knows another end', async () => {
    const ledger = open();
    const first = await ledger.append(null, messages(1));
    await expect(ledger.append({ ...first.end, hash: 'another' }, person)).rejects.toThrow(LedgerUnfit);
    await expect(ledger.append({ ...first.end, erasures: 2 }, person)).rejects.toThrow(LedgerUnfit);
    expect((await ledger.read())?.erasures).toEqual([messages(1)]);
  });
});

describe('a ledger in a file', () => {
  it('is for its owner alone', async () => {
    await made(1);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('does not count a line that was never whole, and writes the next in its place', async () => {
    const before = await made(2);
    appendFileSync(path, '{"what":"person","at":99,"per');
    expect((await readLedger(path))?.erasures).toEqual(before.erasures);
    const after = await openFileLedger(path).append(before.end, person);
    expect((await readLedger(path))?.end).toEqual(after.end);
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(5);
  });

  it('of which not even the first line is whole is begun anew', async () => {
    writeFileSync(path, '{"parley":"erasure le');
    expect(await readLedger(path)).toBeNull();
    const after = await openFileLedger(path).append(null, person);
    expect((await readLedger(path))?.end).toEqual(after.end);
  });

  it('notices every altered byte and every line that is dropped, doubled or moved', async () => {
    await made(4);
    const whole = readFileSync(path, 'utf8');
    for (let at = 0; at < whole.length - 1; at += 1) {
      const altered = whole.slice(0, at) + (whole[at] === 'a' ? 'b' : 'a') + whole.slice(at + 1);
      expect(() => Ledger.parse(altered), `byte ${at}`).toThrow();
    }
    const [head = '', a = '', b = '', ...rest] = whole.split('\n');
    for (const lines of [
      [head, b, ...rest],
      [head, a, a, b, ...rest],
      [head, b, a, ...rest],
      [a, b, ...rest],
    ]) {
      expect(() => Ledger.parse(lines.join('\n'))).toThrow(Damaged);
    }
  });

  it('is told from what is none', () => {
    expect(() => Ledger.parse('{"some":"json"}\n')).toThrow(Damaged);
    expect(() => Ledger.parse('\n')).toThrow(Damaged);
    expect(() => Ledger.parse(Ledger.begin('x').text.replace('"format":1', '"format":2'))).toThrow(Damaged);
  });

  it('that goes on where this process did not write is left alone', async () => {
    const known = await made(1);
    await openFileLedger(path).append(known.end, messages(2));
    await expect(openFileLedger(path).append(known.end, person)).rejects.toMatchObject({ is: 'another' });
    expect((await readLedger(path))?.erasures).toEqual([messages(1), messages(2)]);
  });

  it('is not made by looking', async () => {
    await openFileLedger(path).read();
    expect(existsSync(path)).toBe(false);
  });
});

describe('a place in a ledger', () => {
  it('is gone through by the ledger it is of, and its continuations', async () => {
    const ledger = await made(3);
    for (const erasures of [0, 1, 2, 3]) ledger.expectThrough(ledger.placeAt(erasures));
    expectLedger(null, null);
    expectLedger(ledger, null);
  });

  it('is missed by none, an older copy and another ledger, each named', async () => {
    const ledger = await made(3);
    const older = Ledger.parse(`${ledger.text.split('\n').slice(0, 3).join('\n')}\n`);
    const another = Ledger.begin('another').with(messages(1)).with(messages(2)).with(messages(3));
    const isOf = (found: Ledger | null) => {
      try {
        expectLedger(found, ledger.end);
        return 'fit';
      } catch (error) {
        return (error as LedgerUnfit).is;
      }
    };
    expect([isOf(ledger), isOf(null), isOf(older), isOf(another)]).toEqual(['fit', 'missing', 'older', 'another']);
  });
});

describe('what an erasure names', () => {
  const said = { type: 'replied', v: 5, seq: 4, at: 504, by: 'u1', text: 'x' } as const;
  it('are messages by place and time: after a restore to a point before, a place may be another message’s', () => {
    const erased = new ErasedSet([messages(3), messages(4)]);
    expect(erased.names(conversation, said)).toBe(true);
    expect(erased.names(conversation, { ...said, at: 505 })).toBe(false);
    expect(erased.names(conversation, { ...said, seq: 5 })).toBe(false);
    expect(erased.names('BBBBBBBBBBBBBBBBBBBBBB', said)).toBe(false);
    expect(erased.names(conversation, { type: 'left', v: 5, seq: 4, at: 504, by: 'u1' })).toBe(false);
  });

  it('is all that a person did up to the moment', () => {
    const erased = new ErasedSet([person]);
    expect(erased.names(conversation, said)).toBe(true);
    expect(erased.names(conversation, { ...said, by: 'u2' })).toBe(false);
    expect(erased.names(conversation, { ...said, at: 2_001 })).toBe(false);
  });
});
