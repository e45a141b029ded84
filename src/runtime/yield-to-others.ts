/** Work that nobody waits for goes behind answers that somebody does. */
import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Beside a busy thread of the usual priority it gets a tenth of a core. */
export const niceness = 10;

/** Of this thread. Linux gives each one a priority of its own, and says which thread this is. Elsewhere all are equal. */
export function yieldToOthers(): void {
  if (process.platform !== 'linux') return;
  const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  // Whoever was started with a lower one may not raise it.
  if (getPriority(thread) < niceness) setPriority(thread, niceness);
}
