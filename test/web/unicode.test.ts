import { LinkifyIt } from 'linkify-it';
import { expect, it } from 'vitest';
import { Any, Cc, P, Z } from '../../src/web/unicode.ts';

/** Code points of a class, but for those that one of the two tables may not know yet. */
function membersOf(source: string): number[] {
  const whole = new RegExp(`^(?:${source})$`);
  const members: number[] = [];
  for (let code = 0; code <= 0x10ffff; code += 1) {
    const char = String.fromCodePoint(code);
    if (whole.test(char) && !/\p{Cn}/u.test(char)) members.push(code);
  }
  return members;
}

// Not through the build, so these are those of uc.micro.
const { re } = new LinkifyIt();

it.each([
  ['every character', Any, re.src_Any],
  ['controls', Cc, re.src_Cc],
  ['punctuation', P, re.src_P],
  ['spaces', Z, re.src_Z],
])('linkify-it would find the same for %s', (_, own, original) => {
  const members = membersOf(own.source);
  expect(own.source).not.toBe('');
  expect(members.length).toBeGreaterThan(10);
  expect(members).toEqual(membersOf(original));
});
