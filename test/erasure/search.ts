/** Looks for raw bytes in files, as someone would who has got hold of the disk. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files below `path` that hold one of the words, in UTF-8, with the word: none is what an erasure promises. */
export function filesHolding(path: string, words: readonly string[]): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const name = join(entry.parentPath, entry.name);
    const bytes = readFileSync(name);
    for (const word of words)
      if (bytes.includes(word, 0, 'utf8')) found.push(`${name.slice(path.length + 1)}: ${word}`);
  }
  return found;
}
