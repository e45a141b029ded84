import fc from 'fast-check';
import { LinkifyIt } from 'linkify-it';
import { expect, test } from 'vitest';
import { tokensOf } from '../../src/web/links.ts';

const linksOf = (text: string) => tokensOf(text).filter((token) => typeof token !== 'string');
const textOf = (text: string) =>
  tokensOf(text)
    .map((token) => (typeof token === 'string' ? token : token.text))
    .join('');

test('addresses become links, what is around them stays text', () => {
  expect(tokensOf('See https://example.org/a(b)?c=1#d. Thanks!')).toEqual([
    'See ',
    { text: 'https://example.org/a(b)?c=1#d', href: 'https://example.org/a(b)?c=1#d' },
    '. Thanks!',
  ]);
  expect(tokensOf('http://example.org')).toEqual([{ text: 'http://example.org', href: 'http://example.org/' }]);
  expect(tokensOf('to anna@example.org, please')).toEqual([
    'to ',
    { text: 'anna@example.org', href: 'mailto:anna@example.org' },
    ', please',
  ]);
  expect(tokensOf('mailto:anna@example.org')).toEqual([
    { text: 'mailto:anna@example.org', href: 'mailto:anna@example.org' },
  ]);
});

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt://example.org/%0aalert(1)',
  'java\tscript://example.org',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'ftp://example.org/x',
  '//example.org/x',
  'blob:https://',
  'view-source:javascript://x',
  'https://',
  'https:example',
  '<img src=x onerror=alert(1)>',
])('no link is made of %j', (text) => {
  expect(linksOf(text)).toEqual([]);
  expect(textOf(text)).toBe(text);
});

test('a link never points anywhere but to http, https or mail', () => {
  const schemes = ['javascript', 'data', 'file', 'ftp', 'blob', 'about', 'vbscript', 'https', 'http', 'mailto'];
  for (const scheme of schemes) {
    for (const tail of [':x', '://x.org', ':/x', ':alert(1)//a@b.org', ':https://x.org', '&colon;//x.org']) {
      for (const link of linksOf(`${scheme}${tail} x${scheme}${tail} (${scheme}${tail})`)) {
        expect(link.href).toMatch(/^(https?:\/\/|mailto:)/);
      }
    }
  }
});

test('an address that could read as another is none', () => {
  for (const hidden of ['\u202e', '\u200b', '\u2066', '\u200f', '\ufeff']) {
    for (const link of linksOf(`https://example.org/${hidden}gro.live//:sptth and more`)) {
      expect(link.text).not.toContain(hidden);
    }
  }
  expect(linksOf('https://bank.example/\u202egro.live')).toEqual([]);
});

test('a name in another script points to what the browser will ask for', () => {
  expect(linksOf('https://еxample.org/')).toEqual([
    { text: 'https://еxample.org/', href: 'https://xn--xample-2of.org/' },
  ]);
});

test('nothing is lost, whatever the text', () => {
  const texts = [
    '',
    ' ',
    '\n\nhttps://a.example\n',
    'https://'.repeat(500),
    '@'.repeat(5000),
    'a@b.c '.repeat(300),
    '🙂https://a.example🙂',
    `https://a.example/${'([{'.repeat(3000)}`,
    '\ud800 https://a.example',
  ];
  for (const text of texts) expect(textOf(text)).toBe(text);
});

test('finds of any address what linkify-it finds by itself, where a browser can read it', () => {
  const linkify = new LinkifyIt().add('ftp:', null).add('//', null);
  const begin = fc.constantFrom('', ' ', '(', '“', 'a', '_', '.', '🙂', '>', '\u00a0');
  const scheme = fc.constantFrom('https://', 'http://', 'HTTP://', 'mailto:', '');
  const signs = [...'@.:/?#-_()[]{}"\',;!*&=%~<>| \n…“。｜·7'];
  const words = [
    'example',
    'org',
    'xn--e1a',
    'пример',
    '例え',
    'ü',
    '127.0.0.1',
    '[::1]',
    '[IPv6:::1]',
    '🙂',
    '\u00a0',
  ];
  const address = fc.array(fc.constantFrom(...signs, ...words), { maxLength: 10 });
  fc.assert(
    fc.property(begin, scheme, address, (before, prefix, parts) => {
      const text = before + prefix + parts.join('');
      const theirs = (linkify.match(text) ?? [])
        .map(({ raw }) => raw)
        .filter((raw) => isReadable(/^[a-z]+:/i.test(raw) ? raw : `mailto:${raw}`));
      expect(linksOf(text).map((link) => (typeof link === 'string' ? link : link.text))).toEqual(theirs);
    }),
    { numRuns: 5_000 },
  );
});

function isReadable(url: string): boolean {
  try {
    return new URL(url).href !== '';
  } catch {
    return false;
  }
}
