/**
 * Writes a partition's frames for its owner. One frame at a time: a write to a file opened for synchronous data is
 * durable when it resolves. The next segment is made while the one in use is still half empty.
 */
import { close, constants, fdatasync, open, write } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock, Timer } from '../runtime/clock.ts';
import { syncDirectory } from './atomic-file.ts';
import type { EndsFile } from './ends-file.ts';
import type { Position } from './entry.ts';
import {
  encodeEndMark,
  encodeFirstPage,
  encodeSlot,
  endMarkAt,
  framesAt,
  type SegmentHead,
  segmentName,
} from './segment.ts';

export interface SegmentWriterOptions {
  /** Directory of the segments. */
  readonly path: string;
  readonly partition: number;
  readonly epoch: number;
  /** Length of a segment; one that has to hold a longer frame is longer. */
  readonly segmentBytes: number;
  readonly clock: Pick<Clock, 'after'>;
  /** Where it is noted how far the partition has got; without it nowhere. */
  readonly ends?: EndsFile;
  /** Throws where another directory stands at the path by now: nothing is made or named in that. */
  readonly assertInPlace?: () => void;
}

const openFile = promisify(open);
const closeFile = promisify(close);

/** Windows has no such flag: there each write is followed by a flush. */
const synchronousData: number | undefined = constants.O_DSYNC;

/** How old an end mark may be. */
const endMarkDelayMs = 20;
/**
 * A new segment is written in small pieces: Linux keeps a file's pages in groups as large as they were written in, and
 * looks through a whole group at each later write into it. Pieces of 1 MiB cost each append a fifth more of the kernel's time.
 */
const zeros = Buffer.alloc(16_384);

interface Current {
  /** For frames: a write is durable when it resolves. */
  readonly frames: number;
  /** For the end mark, which nobody waits for. */
  readonly marks: number;
  readonly bytes: number;
  /** Byte behind the newest durable frame. */
  end: number;
  /** First position of that frame; the one before the segment's where there is none. */
  newest: Position;
}

export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  #current: Current | null = null;
  /** The next segment, under a name of its own; null: nobody has asked for it yet. */
  #spare: Promise<string> | null = null;
  #timer: Timer | null = null;
  #marking: Promise<void> = Promise.resolve();
  /** The newest write of a frame: its file is not closed before it is done. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
  }

  /** Begins a segment for the frame at `first`; durable, and to be found by readers, when it resolves. */
  async begin(first: Position, previous: Uint8Array, slotBytes = 0): Promise<SegmentHead> {
    const { path, partition, epoch, segmentBytes } = this.#options;
    const head = { partition, first, epoch, previous };
    const bytes = Math.max(segmentBytes, framesAt + slotBytes);
    const spare = await this.#takeSpare(bytes);
    const frames = await openFile(spare, constants.O_RDWR | (synchronousData ?? 0));
    const marks = await openFile(spare, 'r+');
    const before = this.#current;
    this.#current = { frames, marks, bytes, end: framesAt, newest: first - 1 };
    await writeDurably(frames, encodeFirstPage(head), 0);
    this.#options.assertInPlace?.();
    await rename(spare, join(path, segmentName(head)));
    await syncDirectory(path);
    this.#mark(this.#current);
    if (before !== null) await this.#leave(before);
    return head;
  }

  /** Durable when it resolves. The head of the segment that was begun for it, null where there was room; `previous`: for that. */
  async append(first: Position, value: Uint8Array, previous: Uint8Array): Promise<SegmentHead | null> {
    const slot = encodeSlot(first, value);
    const begun = this.#fits(slot.length) ? null : await this.begin(first, previous, slot.length);
    const current = this.#current as Current;
    this.#writing = writeDurably(current.frames, slot, current.end);
    await this.#writing;
    current.end += slot.length;
    current.newest = first;
    if (current.end - framesAt > (current.bytes - framesAt) / 2) this.#prepare();
    this.#timer ??= this.#options.clock.after(endMarkDelayMs, () => {
      this.#timer = null;
      this.#mark(current);
    });
    return begun;
  }

  #fits(bytes: number): boolean {
    return this.#current !== null && this.#current.end + bytes <= this.#current.bytes;
  }

  /** Leaves a mark that is up to date. */
  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    this.#timer?.cancel();
    const current = this.#current;
    this.#current = null;
    if (current !== null) {
      this.#mark(current);
      await this.#marking;
      await closeFile(current.frames);
      await closeFile(current.marks);
    }
    const spare = await this.#spare?.catch(() => null);
    if (spare != null) await rm(spare, { force: true });
  }

  /** Another segment has been begun behind it. */
  async #leave(before: Current): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    await this.#marking;
    await writeAll(before.marks, encodeEndMark({ end: before.end, continued: true }), endMarkAt);
    await closeFile(before.frames);
    await closeFile(before.marks);
  }

  /** One that fails is made up for by the next: a mark may be old. */
  #mark(current: Current): void {
    const mark = encodeEndMark({ end: current.end, continued: false });
    const { ends, partition, epoch } = this.#options;
    const noted = { epoch, first: current.newest };
    this.#marking = this.#marking
      .then(() => writeAll(current.marks, mark, endMarkAt))
      .then(() => ends?.note(partition, noted))
      .catch(() => undefined);
  }

  #prepare(): void {
    if (this.#spare !== null) return;
    const spare = this.#make(this.#options.segmentBytes);
    this.#spare = spare;
    // On a disk that was full there may be room again when it is needed.
    spare.catch(() => {
      if (this.#spare === spare) this.#spare = null;
    });
  }

  async #takeSpare(bytes: number): Promise<string> {
    const spare = this.#spare;
    this.#spare = null;
    if (spare === null || bytes > this.#options.segmentBytes) {
      if (spare !== null) await rm(await spare, { force: true });
      return this.#make(bytes);
    }
    return spare.catch(() => this.#make(bytes));
  }

  /** Half of one is not left in the way of what else has to be written. */
  async #make(bytes: number): Promise<string> {
    const { path, partition, epoch, assertInPlace } = this.#options;
    assertInPlace?.();
    const name = join(path, spareName(partition, epoch));
    const file = await openFile(name, 'w', 0o600);
    try {
      for (let at = 0; at < bytes; at += zeros.length) {
        await writeAll(file, zeros.subarray(0, Math.min(zeros.length, bytes - at)), at);
      }
      await flush(file);
    } catch (error) {
      await rm(name, { force: true });
      throw error;
    } finally {
      await closeFile(file);
    }
    return name;
  }
}

/** A segment that has no place in the order yet. */
function spareName(partition: number, epoch: number): string {
  return `spare-${partition}-${epoch}`;
}

/** Is it the name of one that some owner of the partition made? */
export function isSpare(name: string, partition: number): boolean {
  return name.startsWith(`spare-${partition}-`);
}

async function writeDurably(file: number, bytes: Uint8Array, position: number): Promise<void> {
  await writeAll(file, bytes, position);
  if (synchronousData === undefined) await flush(file);
}

function writeAll(file: number, bytes: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const rest = (from: number) => {
      write(file, bytes, from, bytes.length - from, position + from, (error, written) => {
        if (error !== null) reject(error);
        else if (from + written < bytes.length) rest(from + written);
        else resolve();
      });
    };
    rest(0);
  });
}

function flush(file: number): Promise<void> {
  return new Promise((resolve, reject) => fdatasync(file, (error) => (error === null ? resolve() : reject(error))));
}
