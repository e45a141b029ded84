/**
 * The newest time of what an archive holds. Times order lists, so a server that starts goes on behind it, whatever its
 * machine's clock says by then: the journal tells of the entries behind the last checkpoint only.
 */
import type { Micros } from '../conversation/commands.ts';
import { unpackCommands } from './answered-commands.ts';
import type { ArchiveBatch } from './archive.ts';
import { newestNoted, noteChanges, readNumber } from './archive-notes.ts';
import type { Change, TableReader } from './tables.ts';

const key = Buffer.from('newest');

/** 0: nothing is noted yet. Throws `Damaged`. */
export function newestTime(tables: TableReader): Micros {
  return readNumber(tables, key) ?? 0;
}

/** The note of this time, unless that of a newer one is there. */
export function* noteOfTime(tables: TableReader, at: Micros): Iterable<Change> {
  if (at > (newestNoted(tables, key) ?? 0)) yield* noteChanges(key, [at]);
}

/** 0: nothing in it has a time. */
export function newestIn({ conversations, commands }: Pick<ArchiveBatch, 'conversations' | 'commands'>): Micros {
  let newest = 0;
  for (const { events } of conversations) newest = Math.max(newest, events[events.length - 1]?.event.at ?? 0);
  for (const { at } of unpackCommands(commands)) newest = Math.max(newest, at);
  return newest;
}
