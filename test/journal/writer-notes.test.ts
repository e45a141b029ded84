import { describe, expect, it } from 'vitest';
import { HistoryAppender } from '../../src/journal/archive-appending.ts';
import { openMemoryArchive } from '../../src/journal/archive-memory.ts';
import { noHash } from '../../src/journal/format.ts';
import { numberPrefix, requireConversationKey } from '../../src/journal/keys.ts';
import { createMemoryTables, openMemoryTables } from '../../src/journal/tables-memory.ts';
import { WriterNotes } from '../../src/journal/writer-notes.ts';
import { archiveAll } from './checkpoint.ts';
import { fold, randomHistory } from './random-history.ts';

describe('what the one who writes the archive remembers', () => {
  it('is some thousand conversations, those written last; of the others the tables tell', async () => {
    const history = randomHistory(7, { entries: 120 });
    const memory = createMemoryTables();
    await archiveAll(openMemoryArchive(memory), history);
    const tables = openMemoryTables(memory);
    const notes = new WriterNotes(tables);
    const [found] = fold(history).states;
    if (found === undefined) throw new Error('the history is empty');
    const [id, { state, position }] = found;
    const key = requireConversationKey(id);
    const prefix = numberPrefix(9);
    const noted = { prefix, v: 9, position: 9, history: new HistoryAppender(tables, { id, prefix }, noHash) };
    notes.note(id, noted);
    expect(notes.take(id, key)).toBe(noted);
    expect(notes.take(id, key)).toMatchObject({ v: state.v, position });
    notes.note(id, noted);
    for (let nth = 1; nth <= 4_096; nth += 1) notes.note(`other ${nth}`, noted);
    expect(notes.take(id, key)).toMatchObject({ v: state.v, position });
    expect(notes.take('other 1', key)).toBe(noted);
  });
});
