/**
 * The log: pino, JSON lines, synchronous, so that the last words before a crash are on disk. No message text and no
 * token ever goes in (law 6): callers pass ids, codes and counts. Nothing is logged for each message.
 */
import { pino } from 'pino';
/** `fd`: 1 = stdout, 2 = stderr. */
export function createLog(level, fd = 2) {
    return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: ['token', '*.token', 'text', '*.text'] }, pino.destination({ fd, sync: true }));
}
//# sourceMappingURL=log.js.map