/**
 * Takes texts out of history (ERASE-1). Rows of several events leave texts out of the running hash: the one row changes, and
 * with it its seal, which is all that guarded the text. Where a text stands in a row of its own, as versions before data
 * directories of format 3 wrote it, the hashes of all events behind it hold what it was: then the whole conversation is
 * written anew in rows of several, and nothing of the text is left, not even in a hash.
 */
import type { Seq } from '../conversation/commands.ts';
import { withoutText } from '../conversation/erasing.ts';
import { HistoryAppender } from './archive-appending.ts';
import type { Conversation } from './archive-conversations.ts';
import { ArchiveHistory } from './archive-history.ts';
import type { ArchivedEvent } from './entry.ts';
import { noHash } from './format.ts';
import { encodeBlock } from './format-block.ts';
import { decodeHistoryRow, type HistoryRow, type HistoryTable } from './history-row.ts';
import { after } from './keys.ts';
import { allRows, type Change, type TableReader } from './tables.ts';
import { createMemoryTables, openMemoryTables } from './tables-memory.ts';

export interface Rewritten {
  readonly changes: Change[];
  /** Goes on behind what `changes` leave; what is added to it loses these texts, too. */
  readonly history: HistoryAppender;
}

/** Throws `Damaged` where what has to be read is. */
export function withoutTexts(tables: TableReader, conversation: Conversation, erased: ReadonlySet<Seq>): Rewritten {
  const { id, prefix, record } = conversation;
  const rows = Array.from(allRows(tables, 'timeline', prefix, after(prefix)), (row) =>
    decodeHistoryRow('timeline', row, id),
  ).filter(({ events }) => events.some(({ event }) => withoutText(event, erased) !== event));
  if (rows.some(({ single }) => single !== null)) return writtenAnew(tables, conversation, erased);
  return {
    changes: rows.map((row) => withoutTextsOf(row, erased)),
    history: new HistoryAppender(tables, conversation, record.hash, erased),
  };
}

function withoutTextsOf({ place, events, hash }: HistoryRow, erased: ReadonlySet<Seq>): Change {
  const bare = events.map((one): ArchivedEvent => ({ ...one, event: withoutText(one.event, erased) }));
  return { table: 'timeline', key: place.key, value: encodeBlock(place.key, { events: bare, hash }) };
}

function writtenAnew(tables: TableReader, conversation: Conversation, erased: ReadonlySet<Seq>): Rewritten {
  const { prefix, record } = conversation;
  const changes: Change[] = [];
  for (const table of ['timeline', 'marks'] satisfies HistoryTable[]) {
    for (const { key } of allRows(tables, table, prefix, after(prefix))) changes.push({ table, key, value: null });
  }
  const history = new HistoryAppender(openMemoryTables(createMemoryTables()), conversation, noHash, erased);
  for (const { archived } of new ArchiveHistory(tables, conversation).upTo(record))
    changes.push(...history.add(archived));
  return { changes, history };
}
