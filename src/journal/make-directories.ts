/** Directories, and those above them that are missing. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes them with `mode`; those that are there stay as they are. Throws what the system says: `EEXIST` or `ENOTDIR` where
 * something else stands in the way. Node's own `recursive` makes it anew for ever where the system has no such name in a
 * directory that is there, as in /proc.
 */
export function makeDirectories(path: string, mode = 0o777): void {
  if (isDirectory(path)) return;
  const above = dirname(path);
  if (above !== path) makeDirectories(above, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
