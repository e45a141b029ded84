/**
 * The newest time of what an archive holds. Times order lists, so a server that starts goes on behind it, whatever its
 * machine's clock says by then: the journal tells of the entries behind the last checkpoint only.
 */
import type { Micros } from '../conversation/commands.ts';
import { unpackCommands } from './answered-commands.ts';
import type { ArchiveBatch } from './archive.ts';
import { Fields } from './fields.ts';
import { formats, type Place, pack, seal, unseal } from './format.ts';
import { type Change, placeIn, type TableReader } from './tables.ts';

const key = Buffer.from('newest');

/** 0: nothing is noted yet. Throws `Damaged`. */
export function newestTime(tables: TableReader): Micros {
  const value = tables.get('meta', key);
  return value === undefined ? 0 : decodeTime(placeIn('meta', key), value);
}

/** The note of this time, unless that of a newer one is there. */
export function* noteOfTime(tables: TableReader, at: Micros): Iterable<Change> {
  if (at > newestTime(tables)) yield { table: 'meta', key, value: seal(formats.meta, key, pack([at])) };
}

/** 0: nothing in it has a time. */
export function newestIn({ conversations, commands }: Pick<ArchiveBatch, 'conversations' | 'commands'>): Micros {
  let newest = 0;
  for (const { events } of conversations) newest = Math.max(newest, events[events.length - 1]?.event.at ?? 0);
  for (const { at } of unpackCommands(commands)) newest = Math.max(newest, at);
  return newest;
}

export function decodeTime(place: Place, value: Uint8Array): Micros {
  const fields = Fields.of(unseal(formats.meta, place, value), place);
  const at = fields.count();
  fields.end();
  return at;
}
