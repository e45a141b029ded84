/**
 * Watches the free space of the data directory's disk. On a full disk even deletes fail, and a small write may succeed
 * after a larger one did not: so the server becomes read-only well before, with a clear answer to commands. What has been
 * answered and waits for the archive counts as taken: it will be written, read-only or not. A ballast file is given back
 * then, so that the checkpoint under way still fits; it is made again when there is room.
 */
import { randomFillSync } from 'node:crypto';
import { open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { limits as standardLimits } from '../limits.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';

export interface DiskLimits {
  readonly diskReadOnlyBelowBytes: number;
  readonly diskWritableAboveBytes: number;
  readonly ballastBytes: number;
  /** What the journal takes at a time. */
  readonly journalSegmentBytes: number;
}

/** What is on its way to the disk, in bytes of entries. */
export interface DiskLoad {
  /** Decided since the start. */
  readonly decidedBytes: number;
  /** Of those, what the archive does not have yet. */
  readonly waitingBytes: number;
}

export interface DiskGuardOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** On disks smaller than four times the watermark they are scaled down in proportion. */
  readonly limits?: DiskLimits;
  /** How the disk is asked; tests put one of their own size in its place. */
  readonly space?: (path: string) => Promise<DiskSpace>;
}

export interface DiskSpace {
  /** To whoever is not root. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

async function spaceOf(path: string): Promise<DiskSpace> {
  const { bavail, bsize, blocks } = await statfs(path);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

export interface DiskGuard {
  readonly readOnly: boolean;
  /** As last seen. */
  readonly freeBytes: number;
  /** From now on what is on its way is counted. */
  count(load: DiskLoad): void;
  /** Asked before each command: may it be decided? Looks at the disk again when much has been decided since the last look. */
  hasRoom(): boolean;
  /** Looks: is there room for all that waits for the archive? The watermark is for commands: it may be passed for this. */
  hasRoomToArchive(): Promise<boolean>;
  /** Looks at once. Looks do not overlap: one that is asked for meanwhile waits for its turn. */
  check(): Promise<void>;
  close(): void;
}

/** How often the disk is looked at where little is written. */
const lookEveryMs = 1_000;

/** `path`: the data directory. Resolves after the first look. */
export async function createDiskGuard(path: string, options: DiskGuardOptions): Promise<DiskGuard> {
  const guard = new Guard(path, options);
  await guard.check();
  return guard;
}

class Guard implements DiskGuard {
  readOnly = false;
  freeBytes = Number.POSITIVE_INFINITY;
  readonly #path: string;
  readonly #ballast: string;
  readonly #log: Log;
  readonly #limits: DiskLimits;
  readonly #space: (path: string) => Promise<DiskSpace>;
  readonly #timer: { cancel(): void };
  #looking: Promise<void> = Promise.resolve();
  #load: DiskLoad = { decidedBytes: 0, waitingBytes: 0 };
  /** At the last look: room above the watermark, beside what waited then. */
  #room = 0;
  #decidedThen = 0;
  /** A look has been asked for since the last one. */
  #isDue = false;
  #closed = false;

  constructor(path: string, options: DiskGuardOptions) {
    const { clock, log, limits = standardLimits, space = spaceOf } = options;
    this.#space = space;
    this.#path = path;
    this.#ballast = join(path, 'ballast');
    this.#log = log;
    this.#limits = limits;
    this.#timer = clock.every(lookEveryMs, () => void this.check());
  }

  count(load: DiskLoad): void {
    this.#load = load;
    this.#decidedThen = load.decidedBytes;
  }

  hasRoom(): boolean {
    if (this.readOnly) return false;
    const taken = (this.#load.decidedBytes - this.#decidedThen) * diskBytesPerByte;
    if (taken > this.#room / 4 && !this.#isDue) {
      this.#isDue = true;
      void this.check();
    }
    // The look may be late: what it would find is known already.
    return taken <= this.#room;
  }

  async hasRoomToArchive(): Promise<boolean> {
    await this.check();
    const { waitingBytes } = this.#load;
    return this.freeBytes >= waitingBytes * diskBytesPerByte + this.#limits.journalSegmentBytes / 2;
  }

  check(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look());
    return this.#looking;
  }

  close(): void {
    this.#closed = true;
    this.#timer.cancel();
  }

  async #look(): Promise<void> {
    if (this.#closed) return;
    try {
      // Before the disk is asked: what is decided meanwhile may be in its answer already, and counts once more.
      const { decidedBytes, waitingBytes } = this.#load;
      const { freeBytes, totalBytes } = await this.#space(this.#path);
      this.freeBytes = freeBytes;
      const scaled = scale(this.#limits, totalBytes);
      const left = freeBytes - waitingBytes * diskBytesPerByte;
      this.#room = left - scaled.diskReadOnlyBelowBytes;
      this.#decidedThen = decidedBytes;
      this.#isDue = false;
      if (!this.readOnly && left < scaled.diskReadOnlyBelowBytes) await this.#becomeReadOnly();
      else if (this.readOnly && left > scaled.diskWritableAboveBytes) this.#change(false);
      if (left > scaled.diskWritableAboveBytes + scaled.ballastBytes) await this.#makeBallast(scaled);
    } catch (error) {
      this.#log.error({ error: (error as Error).message }, 'the disk cannot be looked at');
    }
  }

  async #becomeReadOnly(): Promise<void> {
    this.#change(true);
    await rm(this.#ballast, { force: true });
  }

  #change(readOnly: boolean): void {
    this.readOnly = readOnly;
    const fields = { freeBytes: this.freeBytes };
    if (readOnly) this.#log.error(fields, 'the disk is nearly full: read-only until there is room');
    else this.#log.warn(fields, 'there is room on the disk again: writable');
  }

  /** Random bytes, so that no file system keeps them for less than they are. */
  async #makeBallast({ ballastBytes }: DiskLimits): Promise<void> {
    const size = await stat(this.#ballast).then(
      (found) => found.size,
      () => 0,
    );
    if (size === ballastBytes || this.#closed) return;
    const file = await open(this.#ballast, 'w', 0o600);
    try {
      const block = Buffer.alloc(65_536);
      for (let at = 0; at < ballastBytes; at += block.length) {
        await file.write(randomFillSync(block), 0, Math.min(block.length, ballastBytes - at), at);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/**
 * What a byte of an entry takes: one in the journal, one in the archive, and as much for pages that are copied before those
 * that they replace can be used again.
 */
const diskBytesPerByte = 3;

/**
 * However small the disk: while it is read-only the journal may need one more segment and its next in reserve, and a server
 * that starts then needs one, and has the ballast for it.
 */
function scale(limits: DiskLimits, totalBytes: number): DiskLimits {
  const { journalSegmentBytes } = limits;
  const share = Math.min(1, totalBytes / (4 * limits.diskReadOnlyBelowBytes));
  const below = Math.max(Math.floor(limits.diskReadOnlyBelowBytes * share), 2 * journalSegmentBytes);
  const ballastBytes = Math.max(Math.floor(limits.ballastBytes * share), 1.5 * journalSegmentBytes);
  // Giving the ballast back does not make it writable.
  const above = Math.floor(limits.diskWritableAboveBytes * share);
  return {
    diskReadOnlyBelowBytes: below,
    diskWritableAboveBytes: Math.max(above, below + ballastBytes + journalSegmentBytes / 2),
    ballastBytes,
    journalSegmentBytes,
  };
}
