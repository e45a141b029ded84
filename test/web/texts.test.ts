import { expect, test } from 'vitest';
import { ParleyError } from '../../src/client/index.ts';
import { refusals } from '../../src/conversation/refusals.ts';
import { de } from '../../src/web/texts/de.ts';
import { en } from '../../src/web/texts/en.ts';
import { refusalText } from '../../src/web/texts/refusal-text.ts';
import { sentence } from '../../src/web/texts/sentence.ts';
import { nameOf } from '../../src/web/texts/texts.ts';

const catalogues = { en, de };
const languages = Object.keys(catalogues) as (keyof typeof catalogues)[];

/** Every text with its place; functions are called with what can be told apart in the answer. */
function leaves(value: unknown, path: string): [path: string, text: string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String(value(7, 'B'))]];
  return Object.entries(value as object).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`));
}

test('every language has every text, and none is empty', () => {
  const paths = leaves(en, '').map(([path]) => path);
  expect(leaves(de, '').map(([path]) => path)).toEqual(paths);
  for (const language of languages) {
    for (const [path, text] of leaves(catalogues[language], '')) {
      expect(text.trim(), `${language}${path}`).not.toBe('');
      expect(text, `${language}${path}`).not.toMatch(/undefined|null|#/);
    }
  }
});

test('German is translated: nothing reads the same in both', () => {
  const same = leaves(en, '').filter(([, text], i) => leaves(de, '')[i]?.[1] === text);
  expect(same.map(([path]) => path)).toEqual([]);
});

test('numbers take the form that their language has for them', () => {
  expect(en.unreadMessages(1)).toBe('1 unread message');
  expect(en.unreadMessages(1200)).toBe('1,200 unread messages');
  expect(de.unreadMessages(1)).toBe('1 ungelesene Nachricht');
  expect(de.unreadMessages(1200)).toBe('1.200 ungelesene Nachrichten');
});

test('[LIST-6] the launcher is named by its badge', () => {
  expect(en.launcher(0)).toBe('Conversations');
  expect(en.launcher(1)).toBe('Conversations, 1 with unread messages');
  expect(en.launcher(3)).toBe('Conversations, 3 with unread messages');
});

/** Refusals that say nothing to a person: a client that asks for what it was not shown is at fault itself. */
const ofPrograms = ['command-id-reused', 'read-beyond-shown', 'delete-beyond-shown'];

test.each(languages)('[CMD-2] each refusal that a person can meet has its own words: %s', (language) => {
  const texts = catalogues[language];
  for (const [name, rule] of Object.entries(refusals)) {
    const text = refusalText(texts, new ParleyError({ code: 2000, name, rule, message: 'on the wire' }));
    expect(text === texts.refusals.fallback, name).toBe(ofPrograms.includes(name));
    expect(text).not.toContain('on the wire');
  }
});

test('what is no known refusal gets the general words, whatever it is called', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'nonsense']) {
    expect(refusalText(en, new ParleyError({ code: 1, name, message: '' }))).toBe(en.refusals.fallback);
  }
  expect(refusalText(en, new Error('offline'))).toBe(en.refusals.fallback);
});

test('a name in a sentence is isolated from it, and stands where the language wants it', () => {
  const parts = sentence(de.joined, 'Ben', '\u202eRLO');
  expect(parts.map((part) => (typeof part === 'string' ? part : part.values))).toEqual([
    '',
    ['Ben'],
    ' hat ',
    ['\u202eRLO'],
    ' eingeladen',
  ]);
});

test('a person with one name is called by it', () => {
  expect(nameOf({ id: 'x', first: '', last: 'Álvarez', active: true })).toBe('Álvarez');
  expect(nameOf({ id: 'x', first: 'Inés', last: '', active: true })).toBe('Inés');
  expect(nameOf({ id: 'x', first: 'Inés', last: 'Álvarez', active: true })).toBe('Inés Álvarez');
});
