/**
 * An archive whose writes have a bound: a disk that stops answering fails nothing, and without one no checkpoint would ever
 * end. The archive carries out one after the other, so the time of each begins when those asked before it are done.
 */
import type { Limits } from '../limits.ts';
import { type Clock, deadline } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Archive } from './archive.ts';
import { overridden } from './archive-overridden.ts';
import { Overdue } from './journal.ts';

export interface WatchPort {
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>;
  readonly limits: Limits;
  readonly log: Log;
  /** Whether the write happened is unknown, and nothing is written after it. */
  overdue(error: Overdue): void;
}

export interface WatchedArchive {
  readonly archive: Archive;
  /** For how long the write under way has been waited for; 0 = there is none. */
  waitingMs(): number;
}

/** What asks for a write, and whether it walks through whole tables for it. */
const writes = {
  write: 'archiveDeadlineMs',
  forgetCommands: 'archiveDeadlineMs',
  noteErasedUpTo: 'archiveDeadlineMs',
  erase: 'archiveWalkDeadlineMs',
  mend: 'archiveWalkDeadlineMs',
  scrub: 'archiveWalkDeadlineMs',
} as const;
type Write = keyof typeof writes;

export function watchedArchive(archive: Archive, port: WatchPort): WatchedArchive {
  const watch = new Watch(port);
  const names = Object.keys(writes) as Write[];
  return {
    archive: overridden(archive, names, (name, write) => watch.over(name as Write, write())),
    waitingMs: () => watch.waitingMs,
  };
}

class Watch {
  readonly #port: WatchPort;
  #before: Promise<void> = Promise.resolve();
  /** When the write that is being carried out came to its turn, in monotonic milliseconds. */
  #began: number | null = null;

  constructor(port: WatchPort) {
    this.#port = port;
  }

  get waitingMs(): number {
    return this.#began === null ? 0 : this.#port.clock.monotonicMs() - this.#began;
  }

  over<T>(name: Write, writing: Promise<T>): Promise<T> {
    const settled = writing.then(
      () => undefined,
      () => undefined,
    );
    this.#before = this.#before.then(() => this.#watch(name, settled));
    return writing;
  }

  async #watch(name: Write, settled: Promise<undefined>): Promise<void> {
    const { clock, limits, log, overdue } = this.#port;
    this.#began = clock.monotonicMs();
    const late = deadline(clock, limits.archiveLateMs, () =>
      log.warn({ write: name }, 'the archive takes long to write'),
    );
    const end = deadline(clock, limits[writes[name]], () => overdue(new Overdue(`the archive’s ${name} is overdue`)));
    await settled;
    late.cancel();
    end.cancel();
    this.#began = null;
  }
}
