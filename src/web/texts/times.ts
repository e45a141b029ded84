/** Times of entries, in the reader's language and time zone. */
import type { Locale } from './texts.ts';

interface Formats {
  readonly time: Intl.DateTimeFormat;
  readonly day: Intl.DateTimeFormat;
  readonly dayAndYear: Intl.DateTimeFormat;
  readonly full: Intl.DateTimeFormat;
  readonly relative: Intl.RelativeTimeFormat;
}
const formats = new Map<string, Formats>();

function formatsOf({ tag }: Locale): Formats {
  let known = formats.get(tag);
  if (known === undefined) {
    known = {
      time: new Intl.DateTimeFormat(tag, { timeStyle: 'short' }),
      day: new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'short' }),
      dayAndYear: new Intl.DateTimeFormat(tag, { dateStyle: 'medium' }),
      full: new Intl.DateTimeFormat(tag, { dateStyle: 'full', timeStyle: 'medium' }),
      relative: new Intl.RelativeTimeFormat(tag, { numeric: 'auto' }),
    };
    formats.set(tag, known);
  }
  return known;
}

/** Local midnight of a moment, in milliseconds: changes when "today" does. */
export function dayOf(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** "Today 14:05", "Yesterday 14:05", "12 Mar 14:05"; with the year where it is another. Times are milliseconds. */
export function shortTime(at: number, now: number, locale: Locale): string {
  const { time, day, dayAndYear, relative } = formatsOf(locale);
  // Days of a change to summer time have 23 or 25 hours.
  const days = Math.round((dayOf(at) - dayOf(now)) / 86_400_000);
  const isNear = days === 0 || days === -1;
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const date = isNear ? capital(relative.format(days, 'day')) : (isThisYear ? day : dayAndYear).format(at);
  return `${date} ${time.format(at)}`;
}

/** Everything about the moment, for a tool tip. */
export function fullTime(at: number, locale: Locale): string {
  return formatsOf(locale).full.format(at);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
