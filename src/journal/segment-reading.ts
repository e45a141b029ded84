/** Reads of a partition's segments, the same for their owner and for another process that only looks. */
import { closeSync, fdatasyncSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type NotedEnd, readNotedEnd } from './ends-file.ts';
import type { Position } from './entry.ts';
import { formats, unseal } from './format.ts';
import { decodeFrame, framePlace } from './format-entry.ts';
import { Damaged } from './journal.ts';
import { frameKey } from './keys.ts';
import {
  decodeEndMark,
  decodeHead,
  type FrameSlot,
  framesAt,
  partitionOfName,
  type SegmentHead,
  slotsOf,
} from './segment.ts';
import type { Row } from './tables.ts';
import { unlessDamaged } from './unless-damaged.ts';

/** Names of the partition's segments, in order. */
export function segmentNames(path: string, partition: number): string[] {
  return readdirSync(path)
    .filter((name) => partitionOfName(name) === partition)
    .sort();
}

/** Partitions that have segments. */
export function segmentPartitions(path: string): number[] {
  const partitions = readdirSync(path).map(partitionOfName);
  return [...new Set(partitions.filter((partition) => partition !== null))];
}

interface OpenSegment {
  readonly name: string;
  readonly head: SegmentHead;
  readonly descriptor: number;
  /** What is read of it: nothing behind the newest frame as the set was opened. */
  bytes: number;
}

/** How often a set is opened anew whose owner dropped or began a segment meanwhile. */
const attempts = 10;

/**
 * The segments of one partition, held open: what their owner drops meanwhile can still be read. What is read is durable
 * and as of the opening: what the owner had written and not yet flushed then is flushed by it.
 */
export class SegmentSet {
  readonly #partition: number;
  readonly #segments: OpenSegment[];
  /** First position of the newest frame, or the one before the newest segment's. */
  #newestFirst: Position = 0;
  readonly #last: { readonly position: Position; readonly hash: Uint8Array } | null;

  private constructor(partition: number, segments: OpenSegment[]) {
    this.#partition = partition;
    this.#segments = segments;
    this.#last = this.#findLast();
  }

  /** Throws `Damaged` where a first page is, or where the newest segment has lost its end. */
  static open(path: string, partition: number): SegmentSet {
    for (let attempt = 1; ; attempt += 1) {
      // Before the segments are looked at: their owner may go on meanwhile.
      const noted = readNotedEnd(path, partition);
      const names = segmentNames(path, partition);
      const segments: OpenSegment[] = [];
      try {
        for (const name of names) segments.push(openSegment(path, name));
        const set = new SegmentSet(partition, segments);
        set.#expectReaches(noted);
        return set;
      } catch (error) {
        for (const { descriptor } of segments) closeSync(descriptor);
        const changed = segmentNames(path, partition).join() !== names.join();
        if (!changed || attempt === attempts) throw error;
      }
    }
  }

  get heads(): SegmentHead[] {
    return this.#segments.map(({ head }) => head);
  }

  /** The newest entry's position and its frame's hash; null where there is no segment. */
  get last(): { readonly position: Position; readonly hash: Uint8Array } | null {
    return this.#last;
  }

  /** Frames that begin at `from` or later, in order. */
  *framesFrom(from: Position): Iterable<Row> {
    for (const [index, segment] of this.#segments.entries()) {
      // Behind the beginning of the next segment nothing counts: an owner wrote it who had lost the partition.
      const next = Math.min(...this.#segments.slice(index + 1).map(({ head }) => head.first));
      if (next <= from) continue;
      for (const { first, value } of slotsOf(readWhole(segment))) {
        if (first >= next) break;
        if (first >= from) yield { key: frameKey(this.#partition, first), value };
      }
    }
  }

  close(): void {
    for (const { descriptor } of this.#segments.splice(0)) closeSync(descriptor);
  }

  /** Throws `Damaged` where there was more once. */
  #expectReaches(noted: NotedEnd | null): void {
    if (noted === null) return;
    const epoch = this.#segments.at(-1)?.head.epoch ?? 0;
    if (epoch > noted.epoch || (epoch === noted.epoch && this.#newestFirst >= noted.first)) return;
    throw new Damaged(
      `journal/frames: what followed position ${this.#newestFirst} of partition ${this.#partition} is gone`,
    );
  }

  #findLast(): SegmentSet['last'] {
    const newest = this.#segments.at(-1);
    if (newest === undefined) return null;
    const slot = wholeSlots(newest).at(-1);
    newest.bytes = slot?.end ?? framesAt;
    this.#newestFirst = slot?.first ?? newest.head.first - 1;
    fdatasyncSync(newest.descriptor);
    if (slot === undefined) return { position: newest.head.first - 1, hash: newest.head.previous };
    const { entries, hash } = decodeFrame(
      framePlace(frameKey(this.#partition, slot.first)),
      this.#partition,
      slot.value,
    );
    return { position: slot.first + entries.length - 1, hash };
  }
}

/** Of the newest segment. */
function wholeSlots(segment: OpenSegment): FrameSlot[] {
  const { name, head } = segment;
  const bytes = readWhole(segment);
  const mark = decodeEndMark(name, bytes);
  if (mark.continued) throw new Damaged(`journal/frames: the segment behind ${name} is missing`);
  const slots = [...slotsOf(bytes)];
  const newest = slots.at(-1);
  if (newest !== undefined && newest.end > mark.end && !isWhole(head.partition, newest)) slots.pop();
  const end = slots.at(-1)?.end ?? framesAt;
  if (end < mark.end) throw new Damaged(`journal/frames: ${name} ends at byte ${end} and was ${mark.end} long`);
  return slots;
}

function isWhole(partition: number, { first, value }: FrameSlot): boolean {
  const payload = unlessDamaged(
    () => unseal(formats.frame, framePlace(frameKey(partition, first)), value),
    () => null,
  );
  return payload !== null;
}

function openSegment(path: string, name: string): OpenSegment {
  const descriptor = openSync(join(path, name), 'r');
  try {
    const page = Buffer.alloc(framesAt);
    const length = readSync(descriptor, page, 0, framesAt, 0);
    const head = decodeHead(name, page.subarray(0, length));
    return { name, head, descriptor, bytes: fstatSync(descriptor).size };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function readWhole({ descriptor, bytes }: OpenSegment): Buffer {
  const all = Buffer.allocUnsafe(bytes);
  let at = 0;
  while (at < bytes) {
    const read = readSync(descriptor, all, at, bytes - at, at);
    if (read === 0) break;
    at += read;
  }
  return all.subarray(0, at);
}
