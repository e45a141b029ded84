/** A process with the server in it: the real composition root on a simulated disk, network, clock and mail server. */
import type { Mail, SendResult } from '../../src/alerts/mail-sender.ts';
import type { DirectoryStore, StoreWrite } from '../../src/directory/directory-store.ts';
import { lmdbDirectoryStore } from '../../src/directory/directory-store-lmdb.ts';
import { archiveOver } from '../../src/journal/archive-tables.ts';
import type { JournalEntry } from '../../src/journal/entry.ts';
import { openFileLedger } from '../../src/journal/erasure-ledger-file.ts';
import type { Claim, Journal } from '../../src/journal/journal.ts';
import { openDiskJournal } from '../../src/journal/journal-disk.ts';
import { openLmdbTables } from '../../src/journal/tables-lmdb.ts';
import type { Limits } from '../../src/limits.ts';
import { type Clock, createTicks } from '../../src/runtime/clock.ts';
import type { Log } from '../../src/runtime/log.ts';
import { type Server, startServer } from '../../src/server.ts';
import type { Authenticator } from '../../src/session/authenticator.ts';
import type { Chance } from './chance.ts';
import type { SimulatedDisk } from './disk.ts';
import type { Network } from './network.ts';
import { quietMetrics } from './quiet-metrics.ts';
import { type Scheduler, Scope } from './scheduler.ts';
import type { Truth } from './truth.ts';

export interface ProcessPort {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly truth: Truth;
  readonly chance: Chance;
  readonly limits: Limits;
  readonly partitions: number;
  /** Microseconds since 1970: of the machine's wall clock, which may jump. */
  wall(): number;
  readonly authenticator: Authenticator;
  /** A mail is made and handed over; later, what the mail server says to it. */
  mailed(mail: Mail): void;
  sendMail(mail: Mail, process: ServerProcess): SendResult;
  /** Told of what the directory makes durable, and of what it finds. */
  readonly directory: { attempted(change: StoreWrite): void; written(): void; found(version: number): void };
  /** Is this a store of the past, of which things are erased before anybody is let in? */
  isClosedToAll(): boolean;
  complain(complaint: string): void;
  /** The store cannot be vouched for: the process will end itself. */
  fenced(process: ServerProcess): void;
}

/** Of the ledger of erasures: it stays when a store of the past is put in place. */
export const ledgerName = 'erasures';

/** What a server says of a disk that has failed. */
const diskFailures: ReadonlySet<string> = new Set(['Unavailable', 'DirectoryUnavailable']);

export class ServerProcess {
  readonly scope = new Scope();
  readonly #port: ProcessPort;
  server: Server | null = null;
  #open: () => void = () => {};

  constructor(port: ProcessPort, disk: SimulatedDisk) {
    this.#port = port;
    disk.mount({ scheduler: port.scheduler, scope: this.scope });
  }

  /** Never rejects: what goes wrong ends the process. */
  async start(epoch: string): Promise<void> {
    const { scheduler, network, limits, authenticator, partitions, complain, chance } = this.#port;
    const clock = this.#clock();
    const journal = openDiskJournal({ path: 'journal', epoch, partitions, segmentBytes: 12_288, clock });
    const stores = {
      journal: this.#overheard(journal),
      archive: archiveOver(openLmdbTables('archive'), clock),
      directory: this.#overheardDirectory(lmdbDirectoryStore('directory', { end: 'directory-end' })),
      ledger: openFileLedger(ledgerName, { id: () => 'simulated', fraction: () => chance.fraction() }),
      path: null,
      release: async () => {},
    };
    try {
      this.server = await startServer({
        stores,
        authenticator,
        log: this.#log(),
        host: 'simulated',
        port: 0,
        transport: async ({ accept }) => {
          this.#open = () => {
            network.listener = { accept, scope: this.scope };
          };
          if (!this.#port.isClosedToAll()) this.#open();
          return {
            name: 'simulated',
            port: 0,
            publish: (topic, bytes) => network.publish(topic, bytes),
            stopListening() {
              network.listener = null;
            },
            async close() {},
          };
        },
        allowedOrigins: [],
        admin: null,
        mail: {
          sender: {
            send: (mail) =>
              new Promise((resolve) => {
                this.#port.mailed(mail);
                scheduler.after(chance.between(1, 40), this.scope, () => resolve(this.#port.sendMail(mail, this)));
              }),
            close() {},
          },
          settings: {
            from: { name: '', address: 'parley@example.com' },
            replyTo: null,
            linkUrl: null,
            unsubscribeUrl: null,
            unsubscribeAddress: 'parley@example.com',
            includeText: true,
            language: 'en',
          },
        },
        clock,
        random: { id: () => 'simulated', fraction: () => chance.fraction() },
        metrics: quietMetrics,
        limits,
        onFenced: () => this.#port.fenced(this),
      });
    } catch (error) {
      const { name, stack } = error as Error;
      if (!diskFailures.has(name)) complain(`a server did not start: ${stack}`);
      this.#port.fenced(this);
    }
  }

  /** Whoever was kept out may come. */
  open(): void {
    this.#open();
  }

  /** From here on it does nothing. */
  end(): void {
    this.scope.alive = false;
    if (this.#port.network.listener?.scope === this.scope) this.#port.network.listener = null;
    this.#port.network.processEnded();
  }

  #clock(): Clock {
    const { scheduler, wall } = this.#port;
    const { scope } = this;
    const [originMs, origin] = [scheduler.nowMs, wall()];
    return {
      ...createTicks(() => origin + (scheduler.nowMs - originMs) * 1_000),
      now: () => wall(),
      monotonicMs: () => scheduler.nowMs - originMs,
      after: (ms, run) => scheduler.after(ms, scope, run),
      every(ms, run) {
        let timer = scheduler.after(ms, scope, again);
        function again(): void {
          timer = scheduler.after(ms, scope, again);
          run();
        }
        return { cancel: () => timer.cancel() };
      },
      soon: (run) => void scheduler.after(0, scope, run),
    };
  }

  #overheard(journal: Journal): Journal {
    const { truth } = this.#port;
    return {
      epoch: journal.epoch,
      partitions: journal.partitions,
      claim: async (partition) => {
        const claim = await journal.claim(partition);
        truth.claimed(partition, claim.head);
        return claim;
      },
      async *replay(claim: Claim): AsyncIterable<JournalEntry> {
        for await (const entry of journal.replay(claim)) {
          truth.replayed(claim.partition, entry);
          yield entry;
        }
      },
      append: async (claim, entries) => {
        truth.attempted(claim.partition, entries);
        await journal.append(claim, entries);
        truth.durable(claim.partition);
      },
      checkpoint: (claim, upTo) => journal.checkpoint(claim, upTo),
      roll: (claim) => journal.roll(claim),
      scrub: () => journal.scrub(),
      release: (claim) => journal.release(claim),
      head: (partition) => journal.head(partition),
      close: () => journal.close(),
    };
  }

  #overheardDirectory(store: DirectoryStore): DirectoryStore {
    const { directory } = this.#port;
    return {
      load: async () => {
        const stored = await store.load();
        directory.found(stored.version);
        return stored;
      },
      write: async (change) => {
        directory.attempted(change);
        await store.write(change);
        directory.written();
      },
      personPeriods: (id) => store.personPeriods(id),
      recordPeriods: (key) => store.recordPeriods(key),
      scrub: () => store.scrub(),
      close: () => store.close(),
    };
  }

  /** What is an error in the log is a bug, unless the disk has failed. */
  #log(): Log {
    const silent = () => {};
    return {
      debug: silent,
      info: silent,
      warn: silent,
      error: (fields, text) => {
        if (text.startsWith('the mail server')) return;
        if (text === 'an erasure does not go on' && /Unavailable|EIO/.test(JSON.stringify(fields))) return;
        this.#port.complain(`the server logged: ${text} ${JSON.stringify(fields)}`);
      },
      fatal: silent,
    };
  }
}
