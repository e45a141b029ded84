/**
 * What the archive notes about itself: its newest time, how far it goes in each partition, and up to where erasures are
 * carried out. A start needs all of them, and they follow from nothing else. So each stands twice, under its key and under
 * that behind a `t`, written together: where one copy is damaged, or is as it was once, the other says what it was. All of
 * them begin with a number that only grows.
 */
import { Fields } from './fields.ts';
import { damagedAt, formats, type Place, pack, sameBytes, seal, unseal } from './format.ts';
import { Damaged } from './journal.ts';
import { type Change, placeIn, type TableReader } from './tables.ts';

/** A copy under each of its two keys. */
export function* noteChanges(key: Uint8Array, members: readonly unknown[]): Iterable<Change> {
  yield* copiesOf(key, pack(members));
}

/**
 * Null where nothing is noted. Throws `Damaged` where the copies are not both what was written; versions before wrote one,
 * and that has to be right then.
 */
export function readNote(tables: TableReader, key: Uint8Array): Fields | null {
  const [place, twin] = placesOf(key);
  const [value, copy] = [tables.get('meta', place.key), tables.get('meta', twin.key)];
  if (value === undefined && copy === undefined) return null;
  if (value === undefined) throw damagedAt(place, 'missing');
  const payload = unseal(formats.meta, place, value);
  if (copy !== undefined && !sameBytes(payload, unseal(formats.meta, twin, copy))) {
    throw damagedAt(twin, 'not what stands there twice');
  }
  return Fields.of(payload, place);
}

/** Of a note that is one number. Null where nothing is noted. Throws `Damaged` as `readNote` does. */
export function readNumber(tables: TableReader, key: Uint8Array): number | null {
  const fields = readNote(tables, key);
  if (fields === null) return null;
  const number = fields.count();
  fields.end();
  return number;
}

/** Both copies as the better of them. Throws `Damaged` where neither can be read. */
export function mendedNote(tables: TableReader, place: Place): Change[] {
  const key = noteKeyOf(place.key);
  const payload = newestPayload(tables, key);
  if (payload === null) throw damagedAt(placeIn('meta', key), 'missing');
  return [...copiesOf(key, payload)];
}

/** The number with which a note begins, also where one of its copies is damaged; null where nothing is noted. */
export function newestNoted(tables: TableReader, key: Uint8Array): number | null {
  const payload = newestPayload(tables, key);
  return payload === null ? null : numberIn(payload, placeIn('meta', key));
}

/** The number with which one copy begins. Throws `Damaged`. */
export function numberOfCopy(place: Place, value: Uint8Array): number {
  return numberIn(unseal(formats.meta, place, value), place);
}

/** The note's own key, of either copy's. */
export function noteKeyOf(key: Uint8Array): Uint8Array {
  return key[0] === twinMark[0] ? key.subarray(1) : key;
}

const twinMark = Buffer.from('t');

function placesOf(key: Uint8Array): [Place, Place] {
  return [placeIn('meta', key), placeIn('meta', Buffer.concat([twinMark, key]))];
}

function* copiesOf(key: Uint8Array, payload: Uint8Array): Iterable<Change> {
  for (const place of placesOf(key)) {
    yield { table: 'meta', key: place.key, value: seal(formats.meta, place.key, payload) };
  }
}

/** Null where there is no copy. Throws `Damaged` where none can be read. */
function newestPayload(tables: TableReader, key: Uint8Array): Uint8Array | null {
  let newest: Uint8Array | null = null;
  let damaged: Damaged | null = null;
  for (const place of placesOf(key)) {
    try {
      const value = tables.get('meta', place.key);
      if (value === undefined) continue;
      const payload = unseal(formats.meta, place, value);
      if (newest === null || numberIn(payload, place) > numberIn(newest, place)) newest = payload;
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      damaged ??= error;
    }
  }
  if (newest === null && damaged !== null) throw damaged;
  return newest;
}

function numberIn(payload: Uint8Array, place: Place): number {
  return Fields.of(payload, place).count();
}
