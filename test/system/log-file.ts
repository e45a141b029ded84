/** The server's real log, redaction and all, in a file, to be read by a test. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog, type Log, type LogLevel } from '../../src/runtime/log.ts';
import { temporaryDirectory } from '../support/server.ts';

export interface LogFile {
  readonly log: Log;
  read(): string;
  remove(): void;
}

export function logInFile(level: LogLevel): LogFile {
  const directory = temporaryDirectory('parley-log-');
  const path = join(directory.path, 'log');
  const fd = openSync(path, 'a');
  return {
    log: createLog(level, fd),
    read: () => readFileSync(path, 'utf8'),
    remove() {
      closeSync(fd);
      directory.remove();
    },
  };
}
