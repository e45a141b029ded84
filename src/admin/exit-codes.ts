/** The exit codes of every command, once. Numbers from 64 on are those of BSD's sysexits.h. */
import { constants } from 'node:os';
import { errors as joseErrors } from 'jose';
import { DirectoryUnavailable } from '../directory/create-directory.ts';
import { DirectoryDamaged } from '../directory/directory-store.ts';
import { LedgerUnfit } from '../journal/erasure-ledger.ts';
import { Damaged, Fenced, Incompatible, InUse, Unavailable } from '../journal/journal.ts';
import { ErasedMeanwhile } from '../journal/snapshot.ts';
import { BadKeys } from '../session/token-keys.ts';
import { SecretUnreadable } from './config-secrets.ts';

export const exitCodes = {
  ok: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'failed, or damage was found; the message says what' },
  usage: { code: 2, meaning: 'wrong usage' },
  threshold: { code: 3, meaning: 'a measured value missed its threshold' },
  unavailable: { code: 69, meaning: 'a server that is needed cannot be reached' },
  bug: { code: 70, meaning: 'a bug of Parley; the stack is on stderr' },
  cannotCreate: { code: 73, meaning: 'a file or directory cannot be made where it was asked for' },
  fenced: {
    code: 74,
    meaning: 'reading or writing failed, of the store or of what is printed; a server has fenced itself',
  },
  inUse: { code: 75, meaning: 'the data directory or a port is in use; try again later' },
  configuration: { code: 78, meaning: 'the configuration, or the data directory it names, does not fit' },
} as const;

export type ExitName = keyof typeof exitCodes;

/** An end that was foreseen: said in one line, without a stack. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exit: ExitName;

  constructor(exit: ExitName, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.exit = exit;
  }
}

const ofClasses: readonly [abstract new (...given: never[]) => Error, ExitName][] = [
  [InUse, 'inUse'],
  [Incompatible, 'configuration'],
  [LedgerUnfit, 'configuration'],
  [ErasedMeanwhile, 'inUse'],
  [BadKeys, 'configuration'],
  [SecretUnreadable, 'configuration'],
  [Damaged, 'failed'],
  [DirectoryDamaged, 'failed'],
  [Fenced, 'fenced'],
  [Unavailable, 'fenced'],
  [DirectoryUnavailable, 'fenced'],
  [joseErrors.JOSEError, 'configuration'],
];

const ofSystem: Readonly<Record<string, ExitName>> = {
  EADDRINUSE: 'inUse',
  EADDRNOTAVAIL: 'configuration',
  ENOTFOUND: 'configuration',
  EACCES: 'configuration',
  EPERM: 'configuration',
  EROFS: 'configuration',
  ENOTDIR: 'configuration',
  EISDIR: 'configuration',
  ENOENT: 'failed',
  EIO: 'fenced',
  ENOSPC: 'fenced',
  EDQUOT: 'fenced',
};

/** LMDB's errors bear the system's numbers. */
const systemNames = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** What an error that reached the top means; anything that nobody foresaw is a bug. */
export function exitOf(error: unknown): ExitName {
  if (error instanceof Failure) return error.exit;
  for (const [kind, exit] of ofClasses) if (error instanceof kind) return exit;
  const { code } = (error ?? {}) as { code?: unknown };
  const name = typeof code === 'number' && code > 0 ? systemNames.get(code) : code;
  return (typeof name === 'string' ? ofSystem[name] : undefined) ?? 'bug';
}

/** For the end of every `--help`. */
export function exitCodeHelp(): string {
  const lines = Object.values(exitCodes).map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`);
  return ['Exit codes:', ...lines].join('\n');
}
