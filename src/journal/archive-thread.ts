/**
 * The archive on disk, with its writes in a thread of their own. A checkpoint encodes thousands of rows and waits for the
 * disk: done here, all of it would stand before answers that people wait for, and its garbage would be collected here.
 * Reads stay in this thread: LMDB lets them go on beside the one writer.
 */
import { Worker } from 'node:worker_threads';
import { plain } from '../conversation/members.ts';
import type { Archive, ArchiveBatch, ArchiveErasure } from './archive.ts';
import { ArchiveReader } from './archive-tables.ts';
import type { WriterAnswer, WriterRequest } from './archive-writer.ts';
import type { LedgerPlace } from './erasure-ledger.ts';
import type { Place } from './format.ts';
import { Damaged, Incompatible, Unavailable } from './journal.ts';
import { openLmdbTableReader, type RenewableReader } from './tables-lmdb.ts';

interface Waiting {
  resolve(value: boolean): void;
  reject(error: Error): void;
}

/** Opens the environment in the directory `path` and makes it where there is none. `script`: `archive-writer`, compiled. */
export function openArchiveThread(path: string, script = new URL('./archive-writer.js', import.meta.url)): Archive {
  return new ThreadArchive(openLmdbTableReader(path), new Worker(script, { workerData: { path } }));
}

class ThreadArchive extends ArchiveReader implements Archive {
  readonly #reader: RenewableReader;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #gone: Error | null = null;

  constructor(reader: RenewableReader, worker: Worker) {
    super(reader);
    this.#reader = reader;
    this.#worker = worker;
    worker.on('message', (answer: WriterAnswer) => this.#answered(answer));
    worker.on('error', (error) => this.#end(new Unavailable('the archive’s writer broke', { cause: error })));
    worker.on('exit', () => this.#end(new Unavailable('the archive’s writer has ended')));
  }

  async write(batch: ArchiveBatch): Promise<void> {
    await this.#ask({ write: sendable(batch) });
    this.wrote(batch);
  }

  forgetCommands(before: number, limit: number): Promise<boolean> {
    return this.#ask({ forget: { before, limit } });
  }

  async erase(what: ArchiveErasure): Promise<void> {
    await this.#ask({ erase: what });
  }

  async noteErasedUpTo(place: LedgerPlace): Promise<void> {
    await this.#ask({ note: place });
  }

  async mend({ store, key }: Place, partitions: number): Promise<void> {
    await this.#ask({ mend: { place: { store, key: new Uint8Array(key) }, partitions } });
    this.mended();
  }

  scrub(): Promise<boolean> {
    return this.#ask({ scrub: true });
  }

  async close(): Promise<void> {
    if (this.#gone === null) {
      await this.#ask({ close: true });
      await this.#worker.terminate();
    }
    await this.#reader.close();
  }

  #ask(request: WriterRequest['ask']): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#gone !== null) return reject(this.#gone);
      this.#asked += 1;
      this.#waiting.set(this.#asked, { resolve, reject });
      this.#worker.postMessage({ id: this.#asked, ask: request } satisfies WriterRequest);
    });
  }

  #answered(answer: WriterAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    // From now on every read sees what was written.
    this.#reader.renew();
    if ('error' in answer) waiting?.reject(errorOf(answer.error));
    else waiting?.resolve(answer.done);
  }

  #end(error: Error): void {
    this.#gone ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }
}

/** As what can be cloned. */
function sendable(batch: ArchiveBatch): ArchiveBatch {
  const conversations = batch.conversations.map(({ stored: { state, position }, events }) => ({
    stored: { state: { ...state, members: plain(state.members) }, position },
    events,
  }));
  return { ...batch, conversations };
}

/** An error loses its class on the way between threads. */
const classes = { Unavailable, Damaged, Incompatible, RangeError } as const;

function errorOf({ name, message }: { readonly name: string; readonly message: string }): Error {
  return Object.hasOwn(classes, name) ? new classes[name as keyof typeof classes](message) : new Error(message);
}
