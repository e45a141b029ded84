/** What a list keeps from one snapshot to the next, against filtering and sorting everything anew. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Asker } from '../../src/client/asker.ts';
import { Held } from '../../src/client/held.ts';
import { Listing } from '../../src/client/listing.ts';
import { Views } from '../../src/client/view.ts';
import type { Card } from '../../src/wire/frames.ts';

const people = ['anna', 'ben', 'grace'];
const asker: Asker = {
  ask: () => new Promise(() => {}),
  changed: () => {},
  me: () => 'anna',
};

function cardOf(conversation: string, order: number, head: number): Card {
  return {
    conversation,
    starter: 'anna',
    participants: ['anna', 'ben'],
    about: null,
    private: false,
    standing: 'participant',
    readUpTo: 0,
    unread: 0,
    order,
    visible: [[1, head]],
    entries: [{ kind: 'message', seq: head, at: order, by: 'ben', text: `at ${order}` }],
    from: head,
    more: false,
  };
}

const id = fc.integer({ min: 0, max: 12 }).map((n) => `c${n}`);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('card'), id, order: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('gone'), id }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('match'), id, matches: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('page'), id, order: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('name'), person: fc.constantFrom(...people) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('afresh'), keep: fc.integer({ min: 0, max: 12 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('look') }) },
);

it('[LIST-1] [LIST-2] [LIST-4] rows that are kept are those that filtering and sorting would give', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 60 }), (filters, steps) => {
      const held = new Held(asker, false, 20, () => {});
      const views = new Views();
      views.learn(people.map((person) => ({ id: person, first: '', last: person, active: true })));
      const listing = new Listing(filters ? 'ben' : null);
      listing.next = null;
      let head = 1;
      const look = () => {
        const rows = held.rows.of(listing, held, views);
        expect(rows).toEqual(listing.of(held.threads).map((thread) => held.view(thread, views)));
        expect(held.rows.of(listing, held, views)).toBe(rows);
      };
      for (const one of steps) {
        if ('order' in one && one.kind === 'card') {
          head += 1;
          held.news(one.id, { kind: 'card', card: cardOf(one.id, one.order, head) });
        } else if ('order' in one) listing.next = { order: one.order, conversation: one.id };
        else if ('matches' in one) {
          if (one.matches) listing.only?.add(one.id);
          else listing.only?.delete(one.id);
          held.changed(one.id);
        } else if ('person' in one)
          views.learn([{ id: one.person, first: `${head}`, last: 'x', active: head % 2 === 0 }]);
        else if ('keep' in one) {
          head += 1;
          const kept = Array.from({ length: one.keep }, (_, n) => cardOf(`c${n}`, 21 - n, head));
          held.replace(kept, false);
        } else if ('id' in one) held.news(one.id, { kind: 'gone' });
        else look();
      }
      look();
    }),
    { numRuns: 500 },
  );
});

it('a change leaves the views of the others, and their array where nothing is shown of it', () => {
  const held = new Held(asker, false, 20, () => {});
  const views = new Views();
  const listing = new Listing(null);
  listing.next = { order: 5, conversation: 'c5' };
  for (let n = 1; n <= 10; n += 1) held.news(`c${n}`, { kind: 'card', card: cardOf(`c${n}`, n, n) });
  const before = held.rows.of(listing, held, views);
  expect(before.map((row) => row.id)).toEqual(['c10', 'c9', 'c8', 'c7', 'c6', 'c5']);
  held.news('c2', { kind: 'card', card: cardOf('c2', 3, 20) });
  expect(held.rows.of(listing, held, views)).toBe(before);
  held.news('c7', { kind: 'card', card: cardOf('c7', 30, 21) });
  const after = held.rows.of(listing, held, views);
  expect(after.map((row) => row.id)).toEqual(['c7', 'c10', 'c9', 'c8', 'c6', 'c5']);
  expect(after.filter((row) => before.includes(row)).map((row) => row.id)).toEqual(['c10', 'c9', 'c8', 'c6', 'c5']);
});
