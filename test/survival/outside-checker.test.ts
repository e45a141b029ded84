/** The checker must see what it is there for. */
import { describe, expect, it } from 'vitest';
import { type Acknowledged, copiesOf, type ExportedEvent, faultsOf } from './outside-checker.ts';

const conversation = 'c';
const base = { conversation, position: 1, at: 1 };
const events: readonly ExportedEvent[] = [
  { ...base, v: 1, by: 'ann', type: 'started', seq: 1, text: 'one', people: ['bob'] },
  { ...base, v: 2, position: 2, at: 2, by: 'bob', type: 'replied', seq: 2, text: 'two' },
  { ...base, v: 3, position: 3, at: 3, by: 'ann', type: 'joined', seq: 3, who: 'cid' },
  { ...base, v: 4, position: 4, at: 4, by: 'ann', type: 'replied', seq: 4, text: 'three' },
  { ...base, v: 5, position: 5, at: 5, by: 'cid', type: 'left', seq: 5 },
  { ...base, v: 6, position: 6, at: 6, by: 'ann', type: 'replied', seq: 6, text: 'four' },
];
const two: Acknowledged = { person: 'bob', conversation, did: 'reply', text: 'two', seq: 2, at: 2 };

describe('the outside checker', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(faultsOf(events, [two])).toEqual([]);
  });

  it('sees what was lost, doubled, moved and reordered', () => {
    const without = events.filter(({ v }) => v !== 2);
    expect(faultsOf(without, [two])).toContainEqual(expect.stringContaining('lost'));
    expect(faultsOf(without, [two])).toContainEqual(expect.stringContaining('v 3 after 1'));
    const doubled = [...events, { ...(events[1] as ExportedEvent), v: 7, seq: 7, position: 7, at: 7 }];
    expect(faultsOf(doubled, [two])).toEqual(['twice: two']);
    expect(faultsOf(events, [{ ...two, seq: 4 }])).toContainEqual(expect.stringContaining('moved'));
    expect(faultsOf(events, [two, two])).toContainEqual(expect.stringContaining('reordered'));
  });

  it('[SEE-1] [LEAVE-4] [READ-4] knows what a copy shows', () => {
    const [copy] = copiesOf(events, 'cid');
    expect(copy?.entries.map(({ seq }) => seq)).toEqual([3, 4, 5]);
    expect(copy).toMatchObject({ unread: 1, order: 4 });
    expect(copiesOf(events, 'bob')).toMatchObject([{ unread: 2, order: 6 }]);
    expect(copiesOf(events, 'dan')).toEqual([]);
  });
});
