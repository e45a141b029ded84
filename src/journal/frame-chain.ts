/** Follows the frames of one partition and throws `Damaged` at the first that is not the next one as it was written. */
import type { Position } from './entry.ts';
import { describe, type Place, sameBytes } from './format.ts';
import { decodeFrame, type Frame } from './format-entry.ts';
import { Damaged } from './journal.ts';
import { firstOf, partitionKey } from './keys.ts';

export class FrameChain {
  readonly partition: number;
  /** Position of the last entry followed. */
  position: Position;
  /** Hash of the last frame followed: the next one must name it. */
  hash: Uint8Array;
  /** Owners' epochs do not go back. */
  #epoch = 0;

  constructor(partition: number, base: { readonly position: Position; readonly hash: Uint8Array }) {
    this.partition = partition;
    this.position = base.position;
    this.hash = base.hash;
  }

  follow(place: Place, value: Uint8Array): Frame {
    const frame = decodeFrame(place, this.partition, value);
    const expected = this.position + 1;
    if (firstOf(place.key) !== frame.first) throw new Damaged(`${describe(place)}: a frame of another position`);
    if (frame.first !== expected) {
      throw new Damaged(`${describe(place)}: entries ${expected} to ${frame.first - 1} are missing`);
    }
    if (!sameBytes(frame.previous, this.hash)) {
      throw new Damaged(`${describe(place)}: does not follow the frame before it`);
    }
    if (frame.epoch < this.#epoch) throw new Damaged(`${describe(place)}: an owner's epoch goes back`);
    this.position += frame.entries.length;
    this.hash = frame.hash;
    this.#epoch = frame.epoch;
    return frame;
  }

  /** Throws `Damaged` unless everything up to `head` has come. */
  expectEnd(store: string, head: Position): void {
    if (this.position >= head) return;
    const place = { store, key: partitionKey(this.partition) };
    throw new Damaged(`${describe(place)}: entries ${this.position + 1} to ${head} are missing`);
  }
}
