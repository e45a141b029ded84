import { describe, sameBytes } from './format.js';
import { decodeFrame } from './format-entry.js';
import { Damaged } from './journal.js';
import { firstOf, partitionKey } from './keys.js';
export class FrameChain {
    partition;
    /** Position of the last entry followed. */
    position;
    /** Hash of the last frame followed: the next one must name it. */
    hash;
    /** Owners' epochs do not go back. */
    #epoch = 0;
    constructor(partition, base) {
        this.partition = partition;
        this.position = base.position;
        this.hash = base.hash;
    }
    follow(place, value) {
        const frame = decodeFrame(place, this.partition, value);
        const expected = this.position + 1;
        if (firstOf(place.key) !== frame.first)
            throw new Damaged(`${describe(place)}: a frame of another position`);
        if (frame.first !== expected) {
            throw new Damaged(`${describe(place)}: entries ${expected} to ${frame.first - 1} are missing`);
        }
        if (!sameBytes(frame.previous, this.hash)) {
            throw new Damaged(`${describe(place)}: does not follow the frame before it`);
        }
        if (frame.epoch < this.#epoch)
            throw new Damaged(`${describe(place)}: an owner's epoch goes back`);
        this.position += frame.entries.length;
        this.hash = frame.hash;
        this.#epoch = frame.epoch;
        return frame;
    }
    /** Throws `Damaged` unless everything up to `head` has come. */
    expectEnd(store, head) {
        if (this.position >= head)
            return;
        const place = { store, key: partitionKey(this.partition) };
        throw new Damaged(`${describe(place)}: entries ${this.position + 1} to ${head} are missing`);
    }
}
//# sourceMappingURL=frame-chain.js.map