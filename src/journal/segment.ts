/**
 * The files of a journal's frames. A segment is made of zeros first, at its full length, so that appending changes
 * nothing but data: one write is one flush of the disk, with no work for the file system's own journal.
 *
 * | at | what |
 * |---|---|
 * | 0 | length u32, head: partition, first position, owner's epoch, hash of the frame before (sealed) |
 * | 2,048 | end mark: CRC32C u32, flags u32, end u64 |
 * | 4,096 | frames: CRC32C u32 of the next 12 bytes, length u32, first position u64, the frame (sealed) |
 *
 * The end mark says up to where everything is known to be durable. It is written in passing, without waiting: after a
 * power cut it may be old, never wrong. What stands behind it and cannot be read was under way when the power went and
 * has never been acknowledged; in front of it, it is damage.
 */
import { crc32c } from '../runtime/crc32c.ts';
import type { Position } from './entry.ts';
import { Fields } from './fields.ts';
import { formats, hashBytes, pack, seal, unseal } from './format.ts';
import { Damaged } from './journal.ts';

export interface SegmentHead {
  readonly partition: number;
  /** Position of the first entry that may stand in it. */
  readonly first: Position;
  /** Of the partition's owner that made it; every claim begins a new segment. */
  readonly epoch: number;
  /** Hash of the frame before. */
  readonly previous: Uint8Array;
}

export interface EndMark {
  /** Byte behind the newest frame that is known to be durable. */
  readonly end: number;
  /** Another segment has been begun behind this one. */
  readonly continued: boolean;
}

/** Where a frame stands in the bytes of its segment. */
export interface FrameSlot {
  readonly first: Position;
  readonly value: Uint8Array;
  /** Byte behind it. */
  readonly end: number;
}

export const framesAt = 4_096;
export const endMarkAt = 2_048;
export const frameHeadBytes = 16;
const endMarkBytes = 16;
const continuedFlag = 1;

const namePattern = /^frames-(\d{4})-(\d{8})-(\d{16})$/;

/** In the order of names: by partition, then epoch, then first position. */
export function segmentName({ partition, epoch, first }: Omit<SegmentHead, 'previous'>): string {
  return `frames-${digits(partition, 4)}-${digits(epoch, 8)}-${digits(first, 16)}`;
}

/** The partition of a segment's name, null for other names. */
export function partitionOfName(name: string): number | null {
  const match = namePattern.exec(name);
  return match === null ? null : Number(match[1]);
}

/** The first page of a segment, with an end mark that says that nothing is in it. */
export function encodeFirstPage(head: SegmentHead): Buffer {
  const page = Buffer.alloc(framesAt);
  const sealed = seal(formats.segment, keyOf(segmentName(head)), pack(membersOf(head)));
  page.writeUInt32BE(sealed.length, 0);
  page.set(sealed, 4);
  page.set(encodeEndMark({ end: framesAt, continued: false }), endMarkAt);
  return page;
}

/** Throws `Damaged` where the page is not that of the segment of this name, which its checksum covers. */
export function decodeHead(name: string, page: Buffer): SegmentHead {
  const place = { store: `journal/${name}`, key: keyOf(name) };
  const length = page.length < framesAt ? 0 : page.readUInt32BE(0);
  if (length > endMarkAt - 4) throw new Damaged(`journal/${name}: its first page cannot be read`);
  const fields = Fields.of(unseal(formats.segment, place, page.subarray(4, 4 + length)), place);
  const head = {
    partition: fields.count(),
    first: fields.count(),
    epoch: fields.count(),
    previous: fields.bytes(hashBytes),
  };
  fields.end();
  return head;
}

export function encodeEndMark({ end, continued }: EndMark): Buffer {
  const mark = Buffer.alloc(endMarkBytes);
  mark.writeUInt32BE(continued ? continuedFlag : 0, 4);
  mark.writeBigUInt64BE(BigInt(end), 8);
  mark.writeUInt32BE(crc32c(mark.subarray(4)), 0);
  return mark;
}

export function decodeEndMark(name: string, page: Buffer): EndMark {
  const mark = page.subarray(endMarkAt, endMarkAt + endMarkBytes);
  if (mark.readUInt32BE(0) !== crc32c(mark.subarray(4))) throw new Damaged(`journal/${name}: its end mark is altered`);
  return { end: Number(mark.readBigUInt64BE(8)), continued: (mark.readUInt32BE(4) & continuedFlag) !== 0 };
}

/** The frame as it stands in a segment. */
export function encodeSlot(first: Position, value: Uint8Array): Buffer {
  const slot = Buffer.allocUnsafe(frameHeadBytes + value.length);
  slot.writeUInt32BE(value.length, 4);
  slot.writeBigUInt64BE(BigInt(first), 8);
  slot.writeUInt32BE(crc32c(slot.subarray(4, frameHeadBytes)), 0);
  slot.set(value, frameHeadBytes);
  return slot;
}

/** Frames one after the other, up to the first place where none begins. Their values may still be damaged. */
export function* slotsOf(bytes: Buffer): Iterable<FrameSlot> {
  let at = framesAt;
  while (at + frameHeadBytes < bytes.length) {
    const head = bytes.subarray(at, at + frameHeadBytes);
    if (head.readUInt32BE(0) !== crc32c(head.subarray(4))) return;
    const end = at + frameHeadBytes + head.readUInt32BE(4);
    if (end > bytes.length) return;
    yield { first: Number(head.readBigUInt64BE(8)), value: bytes.subarray(at + frameHeadBytes, end), end };
    at = end;
  }
}

function membersOf({ partition, first, epoch, previous }: SegmentHead): unknown[] {
  return [partition, first, epoch, previous];
}

function keyOf(name: string): Uint8Array {
  return Buffer.from(name, 'latin1');
}

function digits(number: number, count: number): string {
  return String(number).padStart(count, '0');
}
