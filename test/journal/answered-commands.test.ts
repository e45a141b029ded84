import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AnsweredCommands, type PackedCommands, unpackCommands } from '../../src/journal/answered-commands.ts';
import type { Answer } from '../../src/journal/entry.ts';

const hash = (text: string) => new Uint8Array(createHash('sha256').update(text).digest().subarray(0, 16));
const id = 'AAECAwQFBgcICQoLDA0ODw';
const answers: readonly ((at: number) => Answer)[] = [
  (at) => ({ ok: { seq: 7, at } }),
  (at) => ({ ok: { conversation: id, seq: 1, at } }),
  () => ({ ok: { seqs: [8, 9] } }),
  () => ({ refused: 'leave-starter' }),
  () => ({ ok: {} }),
];
const commandOf = (nth: number, key: Uint8Array = hash(`command ${nth}`)) => {
  const at = 1_700_000_000_000_000 + nth;
  const answer = (answers[nth % answers.length] as (time: number) => Answer)(at);
  return { key, bodyHash: hash(`body ${nth}`), at, position: 2 ** 40 + nth, answer };
};

function filled(count: number, keyOf?: (nth: number) => Uint8Array): AnsweredCommands {
  const commands = new AnsweredCommands();
  for (let nth = 1; nth <= count; nth += 1) {
    const { key, at, position, ...command } = commandOf(nth, keyOf?.(nth));
    commands.add(key, at, position, command);
  }
  return commands;
}

describe('answered commands on their way to the archive', () => {
  it('[CMD-1] finds each of thousands with its answer, and none that was not added', () => {
    const commands = filled(5_000);
    expect(commands.size).toBe(5_000);
    for (let nth = 1; nth <= 5_000; nth += 1) expect(commands.find(hash(`command ${nth}`))).toEqual(commandOf(nth));
    for (let nth = 5_001; nth <= 8_000; nth += 1) expect(commands.find(hash(`command ${nth}`))).toBeNull();
    expect(new AnsweredCommands().find(hash('any'))).toBeNull();
  });

  it('[CMD-1] tells keys apart that begin alike, and keeps the first answer of a key', () => {
    const alike = (nth: number) => Uint8Array.from([1, 2, 3, 4, ...hash(`${nth}`).subarray(4)]);
    const commands = filled(600, alike);
    for (let nth = 1; nth <= 600; nth += 1) expect(commands.find(alike(nth))).toEqual(commandOf(nth, alike(nth)));
    expect(commands.find(alike(601))).toBeNull();
    commands.add(alike(5), 9, 9, { bodyHash: hash('another'), answer: { ok: {} } });
    expect(commands.find(alike(5))).toEqual(commandOf(5, alike(5)));
  });

  it('knows the oldest of them, from the first on', () => {
    const commands = new AnsweredCommands();
    expect(commands.oldest).toBeNull();
    const { key, at, position, ...command } = commandOf(3);
    commands.add(key, at, position, command);
    commands.add(hash('later'), at + 1, position + 1, command);
    expect(commands.oldest).toEqual(commandOf(3));
  });

  it('hands over all of them: as they came, or in groups by the beginnings of their keys', () => {
    const commands = filled(1_000);
    const all = Array.from({ length: 1_000 }, (_, index) => commandOf(index + 1));
    expect([...unpackCommands(commands.packed())]).toEqual(all);
    const groups = Array.from(commands.inOrder(64), (group: PackedCommands) => [...unpackCommands(group)]);
    expect(groups.map((group) => group.length)).toEqual([...Array<number>(15).fill(64), 40]);
    const byBeginning = all.toSorted((a, b) => (a.key[0] as number) - (b.key[0] as number));
    expect(groups.flat()).toEqual(byBeginning);
    // What is sent to another thread takes along all of the memory that is under it.
    for (const group of commands.inOrder(64)) expect(group.buffer.byteLength).toBe(group.length);
    expect([...new AnsweredCommands().inOrder(64)]).toEqual([]);
  });
});
