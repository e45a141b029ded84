/**
 * An archive that mends itself: where a read meets a damaged row that follows from others, that row is made again and the
 * read goes on. What cannot be mended is `Damaged` as before, and only for who asks for it; it is not tried again, because
 * that takes a walk through whole tables. Everything that is found is named in the log and counted.
 */
import type { ConversationId } from '../conversation/commands.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Archive } from './archive.ts';
import { overridden } from './archive-overridden.ts';
import { describe, type Place } from './format.ts';
import { Damaged } from './journal.ts';

export interface MendingPort {
  /** Of the store. */
  readonly partitions: number;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'damage'>;
}

type Unreadable = (damaged: Damaged) => void;

/** Reads that rest on rows which follow from others; and of boxes, which do not, so that they are named at least. */
const mendable = [
  'state',
  'newestState',
  'timeline',
  'eventsSince',
  'conversationsAbout',
  'command',
  'covered',
  'newestAt',
  'erasedUpTo',
  'preferences',
] as const;

export function mendedArchive(archive: Archive, port: MendingPort): Archive {
  const mending = new Mending(archive, port);
  return {
    ...overridden(archive, mendable, (_, read) => mending.read(read)),
    conversationsOf: (...asked) => mending.conversationsOf(...asked),
    outbox: () => mending.outbox(),
  };
}

class Mending {
  readonly #archive: Archive;
  readonly #port: MendingPort;
  /** By the row's place: the way to its mending, for good where that failed. */
  readonly #tried = new Map<string, Promise<void>>();

  constructor(archive: Archive, port: MendingPort) {
    this.#archive = archive;
    this.#port = port;
  }

  async read<T>(read: () => Promise<T>, mended: readonly string[] = []): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      const { place } = error;
      // A row that is damaged again after it was mended is no accident of one moment.
      const isAgain = place !== null && mended.includes(describe(place));
      if (place === null || isAgain || !(await this.#mend(place, error))) {
        this.#port.metrics.damage('refused');
        throw error;
      }
      return this.read(read, [...mended, describe(place)]);
    }
  }

  /** The rows that can be read, or made so. */
  async *outbox(): ReturnType<Archive['outbox']> {
    yield* await this.#readable(
      (unreadable) => all(this.#archive.outbox(unreadable)),
      () => {},
    );
  }

  async conversationsOf(...[person, unreadable]: Parameters<Archive['conversationsOf']>): Promise<ConversationId[]> {
    if (unreadable === undefined) return this.read(() => this.#archive.conversationsOf(person));
    return this.#readable((missing) => this.#archive.conversationsOf(person, missing), unreadable);
  }

  /** What many rows say, read again where some of them had to be mended; `unreadable` hears of those that could not be. */
  async #readable<T>(read: (unreadable: Unreadable) => Promise<T>, unreadable: Unreadable): Promise<T> {
    const damaged: Damaged[] = [];
    const found = await read((row) => void damaged.push(row));
    if (damaged.length === 0) return found;
    for (const row of damaged) if (row.place !== null) await this.#mend(row.place, row);
    return read((row) => {
      this.#port.metrics.damage('refused');
      unreadable(row);
    });
  }

  async #mend(place: Place, found: Damaged): Promise<boolean> {
    const name = describe(place);
    const isFirst = !this.#tried.has(name);
    const mending = this.#tried.get(name) ?? this.#archive.mend(place, this.#port.partitions);
    this.#tried.set(name, mending);
    try {
      await mending;
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      const said = { damage: found.message, because: error.message };
      if (isFirst) this.#port.log.error(said, 'something stored is damaged and cannot be made again');
      return false;
    }
    this.#tried.delete(name);
    if (isFirst) {
      this.#port.metrics.damage('mended');
      this.#port.log.error({ damage: found.message }, 'something stored was damaged, and was made again');
    }
    return true;
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
