import fc from 'fast-check';
import { expect, it } from 'vitest';
import { listChanges } from '../../src/web/list-changes.ts';

const items = (ids: string) => [...ids].map((id) => ({ id }));

it('what stays is passed over: identical items, in the order they had', () => {
  const pool = Array.from({ length: 14 }, (_, n) => ({ id: `c${n}` }));
  const list = fc.shuffledSubarray(pool);
  fc.assert(
    fc.property(list, list, fc.func(fc.boolean()), (before, picked, isNew) => {
      const after = picked.map((item) => (isNew(item.id) ? { ...item } : item));
      const { placed, gone } = listChanges(before, after);
      const staying = after.filter((_, index) => !placed.includes(index));
      expect(before.filter((item) => staying.includes(item))).toEqual(staying);
      expect(staying.every((item) => before.includes(item))).toBe(true);
      const left = new Set(after.map(({ id }) => id));
      expect([...gone].sort()).toEqual(
        before
          .map(({ id }) => id)
          .filter((id) => !left.has(id))
          .sort(),
      );
    }),
    { numRuns: 2_000 },
  );
});

it('one that changed, moved, came or went is told apart from all the others', () => {
  const before = items('abcdefgh');
  const [a, b, c, d, e, f, g, h] = before as [Item, Item, Item, Item, Item, Item, Item, Item];
  type Item = { readonly id: string };
  const changes = (after: readonly Item[]) => {
    const { placed, gone } = listChanges(before, after);
    return [placed.map((index) => after[index]?.id).join(''), [...gone].join('')];
  };
  expect(changes(before)).toEqual(['', '']);
  expect(changes([{ ...h }, a, b, c, d, e, f, g])).toEqual(['h', '']);
  expect(changes([a, b, c, { ...d }, e, f, g, h])).toEqual(['d', '']);
  expect(changes([{ id: 'z' }, ...before])).toEqual(['z', '']);
  expect(changes([a, b, d, e, f, g, h])).toEqual(['', 'c']);
  expect(changes([...before, { id: 'y' }, { id: 'z' }])).toEqual(['yz', '']);
});
