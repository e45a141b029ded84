/**
 * The log: pino, JSON lines, synchronous, so that the last words before a crash are on disk. No message text and no
 * token ever goes in (law 6): callers pass ids, codes and counts. Nothing is logged for each message.
 */
import { pino } from 'pino';

export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
  fatal(fields: object, text: string): void;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Bytes of lines that could not be written and are kept for a later try; what comes beyond them is dropped. */
const unwrittenMaxBytes = 65_536;

/**
 * `fd`: 1 = stdout, 2 = stderr, or a file that is open for writing. A log that cannot be written, because its disk is full or
 * its reader is gone, is no reason to end: what was to be said is said when it can be again.
 */
export function createLog(level: LogLevel, fd = 2): Log {
  const destination = pino.destination({ fd, sync: true, maxLength: unwrittenMaxBytes });
  destination.on('error', () => undefined);
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: ['token', '*.token', 'text', '*.text'] },
    destination,
  );
}
