import { writeSync } from 'node:fs';

/** Writes all of it to stdout before it returns: a pipe may take less than a line at once. */
export function say(line: string): void {
  const bytes = Buffer.from(line);
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
