/** Where a run is to write: tried before anything is measured for minutes. */
import { existsSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../src/admin/exit-codes.ts';
import { makeDirectories } from '../src/journal/make-directories.ts';
import type { Flags } from './flags.ts';

/** A `Failure` that names the option. The directories of results and profiles are made where they are missing. */
export function requirePlaces({ directory, results, profile, svg }: Flags): void {
  requireDirectory('--directory', directory);
  for (const [option, path] of [
    ['--results', results],
    ['--profile', profile],
  ] as const) {
    if (path === false || path === undefined) continue;
    trying(option, path, () => makeDirectories(path));
    requireDirectory(option, path);
  }
  if (svg === undefined) return;
  requireDirectory('--svg', dirname(svg));
  if (existsSync(svg) && statSync(svg).isDirectory()) {
    throw new Failure('cannotCreate', `--svg: ${svg} is a directory`);
  }
}

function requireDirectory(option: string, path: string): void {
  trying(option, path, () => rmdirSync(mkdtempSync(join(path, 'parley-bench-'))));
}

function trying(option: string, path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new Failure(
      'cannotCreate',
      `${option}: nothing can be written to ${path}: ${(error as Error).message}`,
      error,
    );
  }
}
