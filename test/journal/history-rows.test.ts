/** Rows of history, and where they are: what their seals cannot say, and how full their pages are. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConversationNumbers, findOwner } from '../../src/journal/archive-conversations.ts';
import { openMemoryArchive } from '../../src/journal/archive-memory.ts';
import type { ArchivedEvent } from '../../src/journal/entry.ts';
import { noHash } from '../../src/journal/format.ts';
import { encodeNumber } from '../../src/journal/format-archive.ts';
import { encodeBlock } from '../../src/journal/format-block.ts';
import { decodeHistoryRow } from '../../src/journal/history-row.ts';
import { Damaged } from '../../src/journal/journal.ts';
import { eventKey, lastNumberOf, numberPrefix, requireConversationKey } from '../../src/journal/keys.ts';
import { openEnvironment, openTable } from '../../src/journal/lmdb-environment.ts';
import { openLmdbTables } from '../../src/journal/tables-lmdb.ts';
import { createMemoryTables, openMemoryTables } from '../../src/journal/tables-memory.ts';
import { archiveAll } from './checkpoint.ts';
import { fold, randomHistory } from './random-history.ts';

const replied: ArchivedEvent = { position: 9, event: { type: 'replied', v: 5, seq: 3, at: 7, by: 'ann', text: 'hi' } };
const read: ArchivedEvent = { position: 9, event: { type: 'read', v: 5, at: 7, by: 'ann', upTo: 3 } };

describe('a row of history', () => {
  it('holds events of its own table, from the number in its key on', () => {
    const prefix = numberPrefix(1);
    const rowOf = (archived: ArchivedEvent, number: number) => {
      const key = eventKey(prefix, number);
      return { key, value: encodeBlock(key, { events: [archived], hash: noHash }) };
    };
    expect(decodeHistoryRow('timeline', rowOf(replied, 3), '').events).toEqual([replied]);
    expect(decodeHistoryRow('marks', rowOf(read, 5), '').events).toEqual([read]);
    expect(() => decodeHistoryRow('marks', rowOf(replied, 5), '')).toThrow(Damaged);
    expect(() => decodeHistoryRow('timeline', rowOf(read, 5), '')).toThrow(Damaged);
    expect(() => decodeHistoryRow('marks', rowOf(read, 3), '')).toThrow(Damaged);
  });

  it('takes a time or a position that goes back into no block, but into a row of its own', async () => {
    const [first, ...others] = randomHistory(3, { entries: 40, conversations: 1 });
    const later = [first, ...others].flatMap((each) => each ?? []);
    const shifted = later.map(({ partition, entry }, nth) => {
      const events = entry.events.map((event) => ({ ...event, at: event.at - (nth > 20 ? 10_000_000_000 : 0) }));
      return { partition, entry: { ...entry, events } };
    });
    const memory = createMemoryTables();
    await archiveAll(openMemoryArchive(memory), shifted);
    const folded = fold(shifted);
    for (const [id, events] of folded.events) {
      const found: ArchivedEvent[] = [];
      for await (const archived of openMemoryArchive(memory).events(id)) found.push(archived);
      expect(found).toEqual(events);
    }
  });
});

describe('numbers of conversations', () => {
  it('go on behind the last one, also where an id looks like one', async () => {
    const tables = openMemoryTables(createMemoryTables());
    expect(new ConversationNumbers(tables).next()).toBe(1);
    const like = Buffer.concat([numberPrefix(4_000_000_000), Buffer.alloc(8)]);
    await tables.write([
      { table: 'states', key: numberPrefix(70_000), value: Buffer.from('x') },
      { table: 'states', key: like, value: encodeNumber(like, 70_000) },
    ]);
    const numbers = new ConversationNumbers(tables);
    expect([numbers.next(), numbers.next()]).toEqual([70_001, 70_002]);
  });

  it('an id that leads to the state of another conversation is Damaged, not the other’s state', async () => {
    const history = randomHistory(5, { entries: 60 });
    const memory = createMemoryTables();
    await archiveAll(openMemoryArchive(memory), history);
    const tables = openMemoryTables(memory);
    const [id, other] = [...fold(history).states.keys()] as [string, string];
    const key = requireConversationKey(id);
    const prefix = findOwner(tables, requireConversationKey(other))?.prefix as Uint8Array;
    await tables.write([{ table: 'states', key, value: encodeNumber(key, lastNumberOf(prefix)) }]);
    await expect(openMemoryArchive(memory).state(id)).rejects.toThrow(/refers to another conversation/);
  });
});

describe('tables of LMDB', () => {
  it('fill pages to the last row where rows are added behind all others, and take rows in any order', async () => {
    const path = mkdtempSync(join(tmpdir(), 'parley-pages-'));
    const tables = openLmdbTables(path);
    const count = 400;
    const rowOf = (nth: number) =>
      ({ table: 'timeline', key: eventKey(numberPrefix(1), nth), value: Buffer.alloc(990, nth) }) as const;
    for (let from = 0; from < count; from += 50) {
      await tables.write(Array.from({ length: 50 }, (_, nth) => rowOf(2 * (from + nth))));
    }
    const environment = openEnvironment({ path, readOnly: true });
    const { treeLeafPageCount } = openTable(environment, 'timeline').getStats() as { treeLeafPageCount: number };
    await environment.close();
    expect(treeLeafPageCount).toBe(count / 4);
    await tables.write([rowOf(2 * count), rowOf(1), rowOf(2 * count + 2), rowOf(0), rowOf(2 * count + 1)]);
    const numbers = tables
      .rows('timeline', numberPrefix(1), numberPrefix(2), 1_000)
      .map(({ key }) => lastNumberOf(key));
    const even = Array.from({ length: count + 2 }, (_, nth) => 2 * nth);
    expect(numbers).toEqual([...even, 1, 2 * count + 1].sort((a, b) => a - b));
    await tables.close();
    rmSync(path, { recursive: true });
  });
});
