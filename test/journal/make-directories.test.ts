import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDirectories } from '../../src/journal/make-directories.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'parley-directories-'));
});
afterEach(() => rmSync(home, { recursive: true }));

it('makes what is missing, with the mode asked for, and leaves what is there as it is', () => {
  mkdirSync(join(home, 'there'), { mode: 0o755 });
  makeDirectories(join(home, 'there', 'a', 'b'), 0o700);
  makeDirectories(join(home, 'there', 'a', 'b'), 0o755);
  expect(['there', 'there/a', 'there/a/b'].map((name) => statSync(join(home, name)).mode & 0o777)).toEqual([
    0o755, 0o700, 0o700,
  ]);
});

it('follows links to directories, and says what stands in the way', () => {
  mkdirSync(join(home, 'there'));
  symlinkSync(join(home, 'there'), join(home, 'link'));
  makeDirectories(join(home, 'link', 'a'));
  expect(statSync(join(home, 'there', 'a')).isDirectory()).toBe(true);
  writeFileSync(join(home, 'file'), '');
  symlinkSync(join(home, 'nowhere'), join(home, 'dangling'));
  for (const name of ['file', 'dangling']) {
    expect(() => makeDirectories(join(home, name))).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  }
  expect(() => makeDirectories(join(home, 'file', 'a'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
});

it('makes those below the working directory too', () => {
  const before = process.cwd();
  process.chdir(home);
  try {
    makeDirectories('a/b');
    expect(statSync(join(home, 'a', 'b')).isDirectory()).toBe(true);
  } finally {
    process.chdir(before);
  }
});
