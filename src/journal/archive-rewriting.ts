/**
 * Takes texts out of history, or puts others in their place. Rows of several events leave texts out of the running hash:
 * the one row changes, and with it its seal, which is all that guarded the text. Where the text stands in a row of its own,
 * as versions before data directories of format 3 wrote it, the hashes of all events behind it hold what it was: then the
 * whole conversation is written anew in rows of several, and nothing of the text is left, not even in a hash.
 */
import { isMessage } from '../conversation/events.ts';
import { HistoryAppender } from './archive-appending.ts';
import type { Conversation } from './archive-conversations.ts';
import { ArchiveHistory } from './archive-history.ts';
import type { ArchivedEvent } from './entry.ts';
import { noHash } from './format.ts';
import { encodeState } from './format-archive.ts';
import { encodeBlock } from './format-block.ts';
import { decodeHistoryRow, type HistoryTable } from './history-row.ts';
import { after, eventKey } from './keys.ts';
import { allRows, type Change, type TableReader } from './tables.ts';
import { createMemoryTables, openMemoryTables } from './tables-memory.ts';

/** In one write. Throws RangeError where there is no message at `seq`, `Damaged` where what has to be read is. */
export function textReplaced(tables: TableReader, conversation: Conversation, seq: number, text: string): Change[] {
  const { id, prefix } = conversation;
  const [row] = tables.rowsDown('timeline', eventKey(prefix, 0), eventKey(prefix, seq + 1), 1);
  const found = row === undefined ? null : decodeHistoryRow('timeline', row, id);
  if (!found?.events.some((archived) => isAt(seq, archived))) throw new RangeError(`no message at seq ${seq}`);
  if (found.single !== null) return [...writtenAnew(tables, conversation, seq, text)];
  const { place, hash } = found;
  const events = found.events.map((archived) => (isAt(seq, archived) ? withText(archived, text) : archived));
  return [{ table: 'timeline', key: place.key, value: encodeBlock(place.key, { events, hash }) }];
}

function* writtenAnew(tables: TableReader, conversation: Conversation, seq: number, text: string): Iterable<Change> {
  const { prefix, record } = conversation;
  const events = Array.from(new ArchiveHistory(tables, conversation).upTo(record), ({ archived }) => archived);
  for (const table of ['timeline', 'marks'] satisfies HistoryTable[]) {
    for (const { key } of allRows(tables, table, prefix, after(prefix))) yield { table, key, value: null };
  }
  const history = new HistoryAppender(openMemoryTables(createMemoryTables()), conversation, noHash);
  for (const archived of events) yield* history.add(isAt(seq, archived) ? withText(archived, text) : archived);
  yield* history.end();
  yield { table: 'states', key: prefix, value: encodeState(prefix, { ...record, hash: history.hash }) };
}

function isAt(seq: number, { event }: ArchivedEvent): boolean {
  return isMessage(event) && event.seq === seq;
}

function withText(archived: ArchivedEvent, text: string): ArchivedEvent {
  return { ...archived, event: { ...archived.event, text } as ArchivedEvent['event'] };
}
