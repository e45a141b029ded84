/** The configuration for a command, or its end with every error. */
import type { Command } from 'commander';
import { ledgerPath } from '../journal/data-directory.ts';
import { configOf } from './config-flags.ts';
import type { Config } from './config-keys.ts';
import { Failure } from './exit-codes.ts';

/** `own`: names of the command's options that are no keys of the configuration. Throws `Failure`. */
export function configured(command: Command, own: readonly string[]): Config {
  const resolved = configOf(command, own);
  if ('errors' in resolved) throw badConfiguration(resolved.errors);
  return resolved.config;
}

export function badConfiguration(errors: readonly string[]): Failure {
  return new Failure('configuration', errors.join('\n'));
}

/** Path of the ledger of erasures. */
export function ledgerPathOf({ erasureLedger, dataDir }: Config): string {
  return erasureLedger ?? ledgerPath(dataDir);
}
