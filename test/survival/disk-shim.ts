/** `disk-shim.c`, compiled once for each test file that wants it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface ShimOptions {
  /** The directory that it concerns itself with, by its real name. */
  readonly root: string;
  readonly log?: string;
  /** What happens at the n-th write, truncation or sync. */
  readonly fault?: { readonly at: number; readonly what: 'EIO' | 'ENOSPC' | 'KILL' };
  /** While a file of this name is there, nothing becomes durable. */
  readonly hold?: string;
}

export interface DiskShim {
  /** The environment of a process with this disk under it. */
  env(options: ShimOptions): Record<string, string>;
  destroy(): void;
}

export function compileDiskShim(): DiskShim {
  if (spawnSync('gcc', ['--version']).error !== undefined) {
    throw new Error('These tests compile a library in C: apt-get install gcc libc6-dev');
  }
  const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const out = mkdtempSync(join(cache, 'disk-shim-'));
  const library = join(out, 'disk-shim.so');
  const source = join(import.meta.dirname, 'disk-shim.c');
  execFileSync('gcc', [
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-shared',
    '-fPIC',
    '-pthread',
    '-o',
    library,
    source,
    '-ldl',
  ]);
  return {
    env: ({ root, log, fault, hold }) => ({
      LD_PRELOAD: library,
      DISK_SHIM_ROOT: root,
      ...(log === undefined ? {} : { DISK_SHIM_LOG: log }),
      ...(fault === undefined ? {} : { DISK_SHIM_AT: `${fault.at}`, DISK_SHIM_DO: fault.what }),
      ...(hold === undefined ? {} : { DISK_SHIM_HOLD: hold }),
    }),
    destroy: () => rmSync(out, { recursive: true }),
  };
}
