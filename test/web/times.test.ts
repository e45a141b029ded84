import { expect, test } from 'vitest';
import { localeOf } from '../../src/web/texts/texts.ts';
import { dayOf, fullTime, shortTime } from '../../src/web/texts/times.ts';

const at = (...parts: [number, number, number, number, number]) => new Date(...parts).getTime();
const now = at(2026, 10, 22, 9, 30);
const british = localeOf('en', 'en-GB');
const german = localeOf('de', 'de-DE');

test('today and yesterday are called so, from midnight to midnight', () => {
  expect(shortTime(at(2026, 10, 22, 0, 0), now, british)).toBe('Today 00:00');
  expect(shortTime(at(2026, 10, 21, 23, 59), now, british)).toBe('Yesterday 23:59');
  expect(shortTime(at(2026, 10, 22, 9, 5), now, german)).toBe('Heute 09:05');
  expect(shortTime(at(2026, 10, 21, 9, 5), now, german)).toBe('Gestern 09:05');
});

test('what is further away has a date, with the year where it is another', () => {
  expect(shortTime(at(2026, 2, 12, 14, 5), now, british)).toBe('12 Mar 14:05');
  expect(shortTime(at(2025, 2, 12, 14, 5), now, british)).toBe('12 Mar 2025 14:05');
  expect(shortTime(at(2025, 2, 12, 14, 5), now, german)).toBe('12.03.2025 14:05');
});

test('a clock that goes before the server’s makes no tomorrow of now', () => {
  expect(shortTime(at(2026, 10, 23, 0, 1), at(2026, 10, 22, 23, 59), british)).toBe('23 Nov 00:01');
});

test('yesterday stays yesterday where the clocks were changed', () => {
  for (const month of [2, 9]) {
    for (let day = 2; day <= 31; day += 1) {
      const noon = at(2026, month, day, 12, 0);
      expect(shortTime(at(2026, month, day - 1, 12, 0), noon, british)).toBe('Yesterday 12:00');
    }
  }
});

test('the full form names day, month, year and seconds', () => {
  expect(fullTime(now, british)).toMatch(/^Sunday.*22 November 2026.*09:30:00$/);
  expect(dayOf(now)).toBe(at(2026, 10, 22, 0, 0));
});
