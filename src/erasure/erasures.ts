/**
 * Erases, in this order, each step durable before the next:
 * 1. the ledger notes it;
 * 2. the journal's files are begun anew, so that what they hold is overwritten and not only dropped;
 * 3. conversations say it: with that it is gone from all that anybody is shown;
 * 4. a checkpoint takes all over, in which the archive drops the texts;
 * 5. the archive drops hashes that a text could be guessed from;
 * 6. the journal's old files are overwritten, and those of LMDB scrubbed;
 * 7. the archive notes up to where in the ledger all of this is done.
 * After a crash the next start carries out anew what the ledger has beyond that note; doing it again changes nothing.
 */
import type { ConversationId, Micros, Seq } from '../conversation/commands.ts';
import { isMessage } from '../conversation/events.ts';
import type { OpenDirectory } from '../directory/create-directory.ts';
import type { Host } from '../host/host.ts';
import type { Archive } from '../journal/archive.ts';
import type { ArchivedEvent, Position } from '../journal/entry.ts';
import { ErasedSet } from '../journal/erased-set.ts';
import {
  type Erasure,
  type ErasureLedger,
  expectLedger,
  type Ledger,
  type LedgerPlace,
} from '../journal/erasure-ledger.ts';
import { Fenced, type Journal, Unavailable } from '../journal/journal.ts';
import { partitionOf } from '../journal/partition-of.ts';
import type { Limits } from '../limits.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { conversationsOf, type ErasurePlan, type ErasureRequest, planErasure } from './erasure-plan.ts';

export interface ErasuresPort {
  readonly host: Host;
  readonly archive: Archive;
  readonly journal: Journal;
  readonly directory: OpenDirectory;
  readonly ledger: ErasureLedger;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Pick<Limits, 'scrubRetryMs'>;
  /** A write of a store failed: its outcome is unknown. */
  fenced(error: Error): void;
}

/**
 * What is being done. `waiting`: for somebody who reads the store as it was before, such as a snapshot, or for room on the
 * disk.
 */
export type ErasurePhase = 'conversations' | 'journal' | 'archive' | 'files' | 'waiting';

export interface ErasureProgress {
  /** In the ledger. */
  readonly erasures: number;
  /** Of these, in order, all that is done. */
  readonly carriedOut: number;
  /** Null while there is nothing to do. */
  readonly phase: ErasurePhase | null;
  /** Why it does not go on; it does with the next erasure, or at the next start. */
  readonly failure: string | null;
}

/** What leaves no trace in the memory of commands, by partition. */
type Places = Map<number, Set<Position>>;

export class Erasures {
  readonly #port: ErasuresPort;
  #ledger: Ledger | null = null;
  /** Up to where in the ledger everything is done. */
  #done: LedgerPlace | null = null;
  /** The ledger is not that of this store, or cannot be read. */
  #unfit: Error | null = null;
  #phase: ErasurePhase | null = null;
  #failure: string | null = null;
  #running: Promise<void> | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #stopped = false;

  private constructor(port: ErasuresPort) {
    this.#port = port;
  }

  /**
   * Reads the ledger and goes on with what was not done. A ledger that does not fit, or a note of what is done that cannot
   * be read, is logged; nothing is erased then.
   */
  static async open(port: ErasuresPort): Promise<Erasures> {
    const erasures = new Erasures(port);
    try {
      erasures.#done = await port.archive.erasedUpTo();
      erasures.#ledger = await port.ledger.read();
      expectLedger(erasures.#ledger, erasures.#done);
      erasures.#run();
    } catch (error) {
      erasures.#unfit = error as Error;
      port.log.error({ error: (error as Error).message }, 'the ledger of erasures does not fit; nothing can be erased');
    }
    return erasures;
  }

  get progress(): ErasureProgress {
    const erasures = this.#ledger?.end.erasures ?? 0;
    const carriedOut = this.#done?.erasures ?? 0;
    return { erasures, carriedOut, phase: this.#phase, failure: this.#failure };
  }

  /** What would be erased. Throws `NotErasable`. */
  async plan(request: ErasureRequest): Promise<ErasurePlan> {
    return (await planErasure(this.#port, request)).plan;
  }

  /**
   * Durable in the ledger when resolved, with the number of erasures that then have to be carried out, which begins at
   * once. Throws `NotErasable`, `LedgerUnfit`, and what reading or writing the ledger throws; nothing was erased then.
   */
  erase(request: ErasureRequest): Promise<{ erasures: number; plan: ErasurePlan }> {
    const mine = this.#turn.then(() => this.#erase(request));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** Begins nothing more, and waits for the step that is on. */
  async close(): Promise<void> {
    this.#stopped = true;
    await this.#turn;
    await this.#running;
  }

  async #erase(request: ErasureRequest): Promise<{ erasures: number; plan: ErasurePlan }> {
    if (this.#unfit !== null) throw this.#unfit;
    const { plan, messages } = await planErasure(this.#port, request);
    await this.#note(request, plan, messages);
    this.#run();
    return { erasures: this.#ledger?.end.erasures ?? 0, plan };
  }

  /** Nothing, where it is erased or noted already. */
  async #note(request: ErasureRequest, plan: ErasurePlan, found: readonly (readonly [Seq, Micros])[]): Promise<void> {
    const { clock, directory, ledger } = this.#port;
    const noted = new ErasedSet(this.#todo());
    const messages = found.filter(
      ([seq, at]) => !('conversation' in request && noted.namesMessage(request.conversation, seq, at)),
    );
    if ('person' in request ? noted.isErased(request.person) : messages.length === 0) return;
    if (plan.messages === 0 && !plan.name) return;
    // Whatever they have said is decided by then: what comes later in the ledger's time cannot be theirs (CMD-4).
    const ended = 'person' in request && (await directory.setActive(request.person, false)) ? request.person : null;
    const at = clock.tick();
    const erasure: Erasure =
      'person' in request
        ? { what: 'person', at, person: request.person }
        : { what: 'messages', at, conversation: request.conversation, messages };
    try {
      this.#ledger = await ledger.append(this.#ledger?.end ?? null, erasure);
    } catch (error) {
      const isKnown = await this.#readAgain();
      // Nothing will come of it: they go on as before.
      if (ended !== null && isKnown && !new ErasedSet(this.#todo()).isErased(ended))
        await directory.setActive(ended, true);
      throw error;
    }
  }

  /** Whether a write that failed is in the ledger is unknown: what can be read of it counts. False: nothing can. */
  async #readAgain(): Promise<boolean> {
    try {
      const found = await this.#port.ledger.read();
      expectLedger(found, this.#ledger?.end ?? null);
      this.#ledger = found;
      return true;
    } catch {
      // The next erasure is told of it.
      return false;
    }
  }

  /** What is noted while the server ends is carried out by the next one. */
  #run(): void {
    if (this.#stopped) return;
    this.#running ??= this.#carryOutAll()
      .catch((error: Error) => this.#failed(error))
      .finally(() => {
        this.#running = null;
        this.#phase = null;
        // What was noted while the last step was on.
        if (this.#failure === null && !this.#stopped && this.#todo().length > 0) this.#run();
      });
  }

  #failed(error: Error): void {
    this.#failure = error.message;
    this.#port.log.error({ error: error.stack }, 'an erasure does not go on');
    if (error instanceof Unavailable || error instanceof Fenced) this.#port.fenced(error);
  }

  #todo(): readonly Erasure[] {
    return this.#ledger?.erasures.slice(this.#done?.erasures ?? 0) ?? [];
  }

  async #carryOutAll(): Promise<void> {
    const { host, archive, log } = this.#port;
    const todo = this.#todo();
    const ledger = this.#ledger;
    if (todo.length === 0 || ledger === null) return;
    this.#failure = null;
    const places: Places = new Map();
    this.#phase = 'conversations';
    await host.rollJournal();
    for (const erasure of todo) await this.#sayErased(erasure, places);
    if (this.#stopped) return;
    if (!(await this.#until('journal', () => host.clearJournal()))) return;
    this.#phase = 'archive';
    const people = todo.flatMap((erasure) => (erasure.what === 'person' ? [erasure.person] : []));
    await archive.erase({ commands: places, people });
    if (this.#stopped) return;
    if (!(await this.#scrubAll())) return;
    const done = ledger.placeAt((this.#done?.erasures ?? 0) + todo.length);
    await archive.noteErasedUpTo(done);
    this.#done = done;
    log.info({ erasures: done.erasures }, 'erased');
  }

  async #sayErased(erasure: Erasure, places: Places): Promise<void> {
    if (this.#stopped) return;
    if (erasure.what === 'messages') return this.#eraseIn(erasure.conversation, erasure, places);
    await this.#port.directory.erase(erasure.person);
    for (const conversation of await conversationsOf(this.#port, erasure.person)) {
      if (this.#stopped) return;
      await this.#eraseIn(conversation, erasure, places);
    }
  }

  async #eraseIn(conversation: ConversationId, erasure: Erasure, places: Places): Promise<void> {
    const partition = partitionOf(conversation, this.#port.journal.partitions);
    const positions = places.get(partition) ?? new Set<Position>();
    places.set(partition, positions);
    const erased = new ErasedSet([erasure]);
    await this.#port.host.erase(conversation, async (events: AsyncIterable<ArchivedEvent>) => {
      const seqs: Seq[] = [];
      for await (const { position, event } of events) {
        if (!erased.names(conversation, event)) continue;
        positions.add(position);
        if (isMessage(event) && event.text !== null) seqs.push(event.seq);
      }
      return seqs;
    });
  }

  /** False: the server ends before nobody read the files as they were. */
  async #scrubAll(): Promise<boolean> {
    const { journal, archive, directory } = this.#port;
    for (const store of [journal, archive, directory]) {
      if (!(await this.#until('files', () => store.scrub()))) return false;
    }
    return true;
  }

  /** Tries until it is done. False: the server ends before. */
  async #until(phase: ErasurePhase, isDone: () => Promise<boolean>): Promise<boolean> {
    const { clock, limits } = this.#port;
    this.#phase = phase;
    while (!(await isDone())) {
      this.#phase = 'waiting';
      await new Promise<void>((resolve) => void clock.after(limits.scrubRetryMs, resolve));
      if (this.#stopped) return false;
    }
    return true;
  }
}
