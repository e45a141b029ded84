/** How many files, sockets included, a process may have open: raised for the children of this one where it may be. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Needed } from './needed.ts';

/** For the journal, the archive and what Node itself has open. */
const besides = 200;

export function allowOpenFiles(sockets: number): void {
  const wanted = sockets + besides;
  const limit = hardLimit();
  if (limit >= wanted) return;
  try {
    // Node raises the soft limit to the hard one as it starts, and children inherit the hard one.
    execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${wanted}:${wanted}`], { stdio: 'pipe' });
  } catch {
    throw new Needed(
      `${sockets} connections need ${wanted} open files; the hard limit here is ${limit} and may not be raised. ` +
        `Call it where \`ulimit -Hn\` says so many (root: ulimit -n ${wanted}; Docker: --ulimit nofile=${wanted}), ` +
        `or with --size ${Math.max(1, limit - besides)}`,
    );
  }
}

function hardLimit(): number {
  const line = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
  return line?.[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(line?.[1]);
}
