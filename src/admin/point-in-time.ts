/** A point in a store's history as an admin writes it: a moment with its zone, or a position of the journal. */
import { InvalidArgumentError } from 'commander';
import { assertCut, type Cut } from '../journal/cut.ts';
import { Failure } from './exit-codes.ts';

const moment = /^((\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)$/;

export const pointHelp = '2026-11-22T16:00:00Z (with a zone), or a position of the journal';

/** For commander. `2026-11-22T16:00:00.25+01:00` is exact to the microsecond; everything up to it counts. */
export function pointInTime(text: string): Cut {
  if (/^\d{1,15}$/.test(text)) return { position: Number(text) };
  const [, seconds, day = '', fraction = '', zone] = moment.exec(text) ?? [];
  const millis = Date.parse(`${seconds}${zone}`);
  if (seconds === undefined || Number.isNaN(millis) || !isDay(day))
    throw new InvalidArgumentError(`It must look like ${pointHelp}.`);
  return { time: millis * 1_000 + Number(fraction.padEnd(6, '0')) };
}

/** `Date` takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  return new Date(day).toISOString().startsWith(day);
}

/** Positions name a point only where there is one partition. */
export function requireCut(cut: Cut | undefined, partitions: number): void {
  try {
    assertCut(cut, partitions);
  } catch (error) {
    throw new Failure('usage', (error as Error).message);
  }
}

/** Microseconds since 1970 as ISO 8601, all six digits. */
export function isoOf(micros: number): string {
  const whole = new Date(Math.floor(micros / 1_000)).toISOString().slice(0, -1);
  return `${whole}${String(micros % 1_000).padStart(3, '0')}Z`;
}
