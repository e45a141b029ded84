/** How the server's process ends: by a signal in good order, by a second one at once, and by a bug with a last word. */
import { constants } from 'node:os';
import { DirectoryOverdue } from '../directory/create-directory.ts';
import { Overdue } from '../journal/journal.ts';
import type { Log } from '../runtime/log.ts';
import { exitCodes, exitOf } from './exit-codes.ts';

const signals = ['SIGTERM', 'SIGINT'] as const;

/** `close` is called for the first signal; when it is done the process exits with 0. */
export function endOnSignal(log: Log, close: () => Promise<void>): void {
  let ending = false;
  const end = (signal: (typeof signals)[number]): void => {
    if (ending) {
      log.warn({ signal }, 'ending at once');
      process.exit(128 + constants.signals[signal]);
    }
    ending = true;
    log.info({ signal }, 'draining');
    close().then(
      () => {
        log.info({}, 'ended');
        process.exit(exitCodes.ok.code);
      },
      (error: Error) => {
        log.fatal({ error: error.stack }, 'the end failed');
        process.exit(exitCodes[exitOf(error)].code);
      },
    );
  };
  for (const signal of signals) process.on(signal, end);
}

/**
 * Node waits for its threads before it ends, and one that waits for a disk that does not answer may never come back: then
 * only the kernel ends the process. It does not do so to the first process of a container, which has to be ended from outside.
 */
export function endFenced(error: Error): void {
  if (error instanceof Overdue || error instanceof DirectoryOverdue) process.kill(process.pid, 'SIGKILL');
  process.exit(exitCodes.fenced.code);
}

/** What nobody caught leaves a state that nobody knows: the process ends, and the journal has all that was acknowledged. */
export function endOnBug(log: Log): void {
  const end = (what: string) => (error: unknown) => {
    log.fatal({ error: error instanceof Error ? error.stack : String(error) }, what);
    process.exit(exitCodes[exitOf(error)].code);
  };
  process.on('uncaughtException', end('uncaught exception'));
  process.on('unhandledRejection', end('unhandled rejection'));
}
