/** How many files, sockets included, a process may have open: raised for the children of this one where it may be. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Failure } from '../src/admin/exit-codes.ts';

/** For the journal, the archive and what Node itself has open. */
const besides = 200;

/** A `Failure` that says what to set, where a process may not have so many connections. */
export function requireOpenFiles(sockets: number): void {
  if (socketsAllowed(sockets) >= sockets) return;
  throw new Failure('unavailable', `${whatIsInTheWay(sockets)}, or with fewer connections`);
}

/** So many connections, or as many as there may be in one process. */
export function socketsAllowed(sockets: number): number {
  const wanted = sockets + besides;
  const limit = hardLimit();
  if (limit >= wanted) return sockets;
  try {
    // Node raises the soft limit to the hard one as it starts, and children inherit the hard one.
    execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${wanted}:${wanted}`], { stdio: 'pipe' });
    return sockets;
  } catch {
    return Math.max(0, limit - besides);
  }
}

/** Of so many connections, and what to do about it. */
export function whatIsInTheWay(sockets: number): string {
  const wanted = sockets + besides;
  return (
    `${sockets} connections need ${wanted} open files in one process; the hard limit here is ${hardLimit()} and may not ` +
    `be raised. Call it where \`ulimit -Hn\` says so many (root: ulimit -n ${wanted}; Docker: --ulimit nofile=${wanted})`
  );
}

function hardLimit(): number {
  const line = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
  return line?.[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(line?.[1]);
}
