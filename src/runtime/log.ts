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

/** `fd`: 1 = stdout, 2 = stderr, or a file that is open for writing. */
export function createLog(level: LogLevel, fd = 2): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: ['token', '*.token', 'text', '*.text'] },
    pino.destination({ fd, sync: true }),
  );
}
