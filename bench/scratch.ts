/** Directories that a run makes for its data, of gigabytes at times: gone with it, also where it is ended before its time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { endAll } from './processes.ts';

const made = new Set<string>();

/** A new directory in `parent`; whoever asked for it removes it. */
export function makeScratch(parent: string): string {
  const path = mkdtempSync(join(parent, 'parley-bench-'));
  made.add(path);
  return path;
}

export function removeScratch(path: string): void {
  rmSync(path, { recursive: true, force: true });
  made.delete(path);
}

/**
 * Called once, by the process that owns the run. A second signal changes nothing: children that still write would leave
 * behind what is removed under them, and they are given some seconds only.
 */
export function cleanUpAtTheEnd(): void {
  let ending = false;
  process.once('exit', () => made.forEach(removeScratch));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (ending) return;
      ending = true;
      void endAll().finally(() => process.exit(128 + constants.signals[name]));
    });
  }
}
