/**
 * Commands on their way. Each has an id for all time (CMD-1), so sending one again never does it twice. Commands to one
 * conversation go one after the other, so that what was typed first stands first, whatever has to be sent again.
 */
import type { ClientFrames, CommandFrame, Results } from '../wire/frames.ts';
import type { ClientClock } from './environment.ts';
import { newId } from './environment.ts';
import { closedBecause, localFault, ParleyError } from './failure.ts';
import { loadKept, type OutboxStorage, rewriteKept } from './outbox-storage.ts';
import type { Requests, WithoutId } from './requests.ts';
import { DerivedStore, Pulse, type Store } from './store.ts';

export interface OutboxItem {
  readonly id: string;
  readonly command: CommandFrame['t'];
  /** Null where it concerns none, or one that is only to be. */
  readonly conversation: string | null;
  /** Of `start` and `reply`. */
  readonly text: string | null;
  /**
   * `pending`: not answered yet. `sent`: durable at the server, and about to be shown among the conversation's entries,
   * which removes it here. `failed`: refused, see `error`; stays until `retry` or `discard`.
   */
  readonly status: 'pending' | 'sent' | 'failed';
  readonly error: ParleyError | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** The public face of the outbox. */
export interface Outbox extends Store<readonly OutboxItem[]> {
  /** Sends a failed item anew: with a new id, because the old one would get its old answer. Rejects as the first time. */
  retry(id: string): Promise<unknown>;
  /** Forgets a failed item, or stops sending a pending one, which may have been done already if it was under way. */
  discard(id: string): void;
}

type Command = WithoutId<CommandFrame>;

interface Job {
  item: OutboxItem;
  readonly frame: CommandFrame;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  readonly abort: AbortController;
  /** Of `sent`: gone from here when the conversation shows it. */
  seq: number;
}

/** Items waiting, failed ones included. */
const itemsMax = 1_000;

export class CommandOutbox extends DerivedStore<readonly OutboxItem[]> implements Outbox {
  readonly #requests: Requests;
  readonly #clock: ClientClock;
  readonly #storage: OutboxStorage | null;
  readonly #fault: (error: ParleyError) => void;
  /** Newest seq of a conversation that is shown; null = it is not. */
  readonly #shownUpTo: (conversation: string) => number | null;
  readonly #jobs = new Map<string, Job>();
  readonly #lanes = new Map<string, string[]>();
  readonly #pulse: Pulse;
  #closed: ParleyError | null = null;
  #person: string | null = null;

  constructor(options: {
    readonly requests: Requests;
    readonly clock: ClientClock;
    readonly storage: OutboxStorage | null;
    readonly fault: (error: ParleyError) => void;
    readonly shownUpTo: (conversation: string) => number | null;
  }) {
    const pulse = new Pulse();
    super(pulse, () => [...this.#jobs.values()].map((job) => job.item));
    this.#pulse = pulse;
    this.#requests = options.requests;
    this.#clock = options.clock;
    this.#storage = options.storage;
    this.#fault = options.fault;
    this.#shownUpTo = options.shownUpTo;
  }

  /** What this person typed before a reload is sent now, first. */
  signedIn(person: string): void {
    if (this.#person !== null) return;
    this.#person = person;
    const mine = [...this.#jobs.values()];
    for (const kept of loadKept(this.#storage, person)) {
      if (this.#jobs.has(kept.frame.id)) continue;
      const error = kept.error === null ? null : new ParleyError({ ...kept.error, message: kept.error.message });
      // Nobody waits for these any more: their outcome is told by the store.
      const job = this.#put(kept.frame, kept.createdAt, { resolve: () => {}, reject: () => {} }, error);
      if (error === null) this.#enter(job);
    }
    for (const job of mine) this.#keep(job);
    this.#pulse.beat();
  }

  /** Gives it its id. */
  add<C extends Command>(command: C, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Results[C['t']]> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#closed !== null) throw this.#closed;
      if (this.#jobs.size >= itemsMax) throw localFault('outbox-full', 'Too many commands are waiting.');
      const frame = { ...command, id: newId() } as CommandFrame;
      const stop = () => this.#cancel(frame.id, signal?.reason);
      signal?.addEventListener('abort', stop);
      const done = () => signal?.removeEventListener('abort', stop);
      const job = this.#put(
        frame,
        this.#clock.now(),
        {
          resolve: (result: never) => {
            done();
            resolve(result);
          },
          reject: (error: unknown) => {
            done();
            reject(error);
          },
        },
        null,
      );
      this.#keep(job);
      this.#enter(job);
      this.#pulse.beat();
    });
  }

  retry(id: string): Promise<unknown> {
    const job = this.#jobs.get(id);
    if (job === undefined || job.item.status !== 'failed') return Promise.reject(new RangeError('no such failed item'));
    this.#remove(job);
    return this.add(job.frame);
  }

  discard(id: string): void {
    this.#cancel(id, new DOMException('The command was discarded.', 'AbortError'));
  }

  /** The conversation now shows what it shows: `sent` items that stand there, or never will, go. */
  shown(conversation: string): void {
    for (const job of this.#jobs.values()) {
      if (job.item.status === 'sent' && job.item.conversation === conversation && this.#isShown(job)) this.#remove(job);
    }
  }

  /** Terminal: nothing is sent any more. What is kept in storage stays there for a later visit. */
  close(error: ParleyError): void {
    this.#closed = closedBecause(error);
    for (const job of this.#jobs.values()) job.reject(error);
  }

  #put(frame: CommandFrame, createdAt: number, ends: Pick<Job, 'resolve' | 'reject'>, error: ParleyError | null): Job {
    const item: OutboxItem = {
      id: frame.id,
      command: frame.t,
      conversation: 'conversation' in frame ? frame.conversation : null,
      text: 'text' in frame ? frame.text : null,
      status: error === null ? 'pending' : 'failed',
      error,
      createdAt,
    };
    const job: Job = { item, frame, ...ends, abort: new AbortController(), seq: 0 };
    this.#jobs.set(frame.id, job);
    return job;
  }

  #enter(job: Job): void {
    const lane = laneOf(job.frame);
    const queue = this.#lanes.get(lane);
    if (queue !== undefined) {
      queue.push(job.frame.id);
      return;
    }
    this.#lanes.set(lane, [job.frame.id]);
    void this.#run(lane);
  }

  async #run(lane: string): Promise<void> {
    const queue = this.#lanes.get(lane) ?? [];
    for (let id = queue[0]; id !== undefined; id = queue[0]) {
      const job = this.#jobs.get(id);
      if (job !== undefined) await this.#send(job);
      queue.shift();
    }
    this.#lanes.delete(lane);
  }

  async #send(job: Job): Promise<void> {
    try {
      const result = await this.#requests.ask(job.frame, job.abort.signal);
      this.#done(job, result);
    } catch (error) {
      // The end of the client is not the end of the message: it stays as it is, for the next visit.
      if (this.#closed !== null || job.abort.signal.aborted) return;
      if (error instanceof ParleyError) this.#failed(job, error);
      job.reject(error);
    }
  }

  #done(job: Job, result: object): void {
    if (job.frame.t === 'reply') {
      job.seq = (result as Results['reply']).seq;
      job.item = { ...job.item, status: 'sent' };
      this.#forget(job);
      if (this.#isShown(job)) this.#jobs.delete(job.frame.id);
    } else {
      this.#jobs.delete(job.frame.id);
      this.#forget(job);
    }
    this.#pulse.beat();
    job.resolve(result as never);
  }

  /** A refused text is kept until its author decides; what else was refused has nothing worth keeping. */
  #failed(job: Job, error: ParleyError): void {
    if (job.item.text === null) {
      this.#remove(job);
      return;
    }
    job.item = { ...job.item, status: 'failed', error };
    this.#keep(job);
    this.#pulse.beat();
  }

  #isShown(job: Job): boolean {
    const upTo = this.#shownUpTo((job.frame as ClientFrames['reply']).conversation);
    return upTo === null || upTo >= job.seq;
  }

  #cancel(id: string, reason: unknown): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    this.#remove(job);
    job.abort.abort(reason);
    job.reject(reason);
  }

  #remove(job: Job): void {
    this.#jobs.delete(job.frame.id);
    this.#forget(job);
    this.#pulse.beat();
  }

  #keep({ frame, item }: Job): void {
    if (frame.t !== 'start' && frame.t !== 'reply') return;
    const kept = { frame, createdAt: item.createdAt, error: item.error };
    this.#rewrite((all) => [...all.filter((one) => one.frame.id !== frame.id), kept]);
  }

  #forget({ frame }: Job): void {
    if (frame.t !== 'start' && frame.t !== 'reply') return;
    this.#rewrite((all) => all.filter((one) => one.frame.id !== frame.id));
  }

  #rewrite(change: Parameters<typeof rewriteKept>[2]): void {
    if (this.#storage === null || this.#person === null) return;
    try {
      rewriteKept(this.#storage, this.#person, change);
    } catch (cause) {
      this.#fault(localFault('storage-failed', 'The outbox could not be kept.', cause));
    }
  }
}

function laneOf(frame: CommandFrame): string {
  if ('conversation' in frame) return frame.conversation;
  return frame.t === 'start' ? frame.id : frame.t;
}
