import { decodeFrame, decodePartition, emptyPartition } from './format-entry.js';
import { FrameChain } from './frame-chain.js';
import { Damaged } from './journal.js';
import { frameKey, partitionKey } from './keys.js';
import { openEnvironment, openTable } from './lmdb-environment.js';
/** Frames read at once: a frame may be a few megabytes. */
const chunk = 16;
/** `transaction` null: each read sees what is there then. */
export class JournalTables {
    frames;
    records;
    #inside;
    constructor(environment, transaction = null) {
        this.frames = openTable(environment, 'frames');
        this.records = openTable(environment, 'partitions', true);
        this.#inside = transaction === null ? {} : { transaction };
    }
    partition(partition) {
        const key = partitionKey(partition);
        const value = this.records.get(key, this.#inside);
        return value === undefined ? emptyPartition : decodePartition({ store: 'journal/partitions', key }, value);
    }
    /** Frames of the partition that begin at `from` or later, in order. */
    *framesFrom(partition, from) {
        let start = frameKey(partition, from);
        const end = partitionKey(partition + 1);
        for (;;) {
            const rows = Array.from(this.frames.getRange({ ...this.#inside, start, end, limit: chunk }));
            for (const { key, value } of rows)
                yield { key, value };
            const last = rows[rows.length - 1];
            if (last === undefined || rows.length < chunk)
                return;
            start = Buffer.concat([last.key, Buffer.from([0])]);
        }
    }
    /** The newest frame's last entry and hash; the base where there is no frame. */
    last(partition) {
        const { base } = this.partition(partition);
        const key = this.#newestKey(partition, partitionKey(partition + 1), base.position + 1);
        if (key === undefined)
            return base;
        const { first, entries, hash } = decodeFrame(framePlace(key), partition, this.#frame(key));
        return { position: first + entries.length - 1, hash };
    }
    /** What the base becomes when everything up to `upTo` is dropped: the end of the newest frame that it covers wholly. */
    baseAt(partition, upTo) {
        const { base } = this.partition(partition);
        if (upTo <= base.position)
            return base;
        const last = this.last(partition);
        if (upTo >= last.position)
            return last;
        const next = this.#newestKey(partition, frameKey(partition, upTo + 2), base.position + 1);
        if (next === undefined)
            throw new Damaged(`journal/frames: the frame of entry ${upTo} is missing`);
        const { first, previous } = decodeFrame(framePlace(next), partition, this.#frame(next));
        return { position: first - 1, hash: previous };
    }
    /** The newest frame key from `from` on and below `before`. */
    #newestKey(partition, before, from) {
        const end = frameKey(partition, from - 1);
        const keys = this.frames.getKeys({ ...this.#inside, start: before, end, reverse: true, limit: 2 });
        return Array.from(keys).find((key) => Buffer.compare(key, before) < 0);
    }
    #frame(key) {
        const value = this.frames.get(key, this.#inside);
        if (value === undefined)
            throw new Damaged('journal/frames: a frame went away while it was read');
        return value;
    }
    /** The base of the partition and a chain that stands at it. */
    chain(partition) {
        return new FrameChain(partition, this.partition(partition).base);
    }
}
export function framePlace(key) {
    return { store: 'journal/frames', key };
}
export function openJournalSnapshot(path) {
    const environment = openEnvironment({ path, readOnly: true });
    // Tables are opened first: opening one ends the read transaction before it.
    openTable(environment, 'frames');
    openTable(environment, 'partitions', true);
    const transaction = environment.useReadTransaction();
    return {
        tables: new JournalTables(environment, transaction),
        close() {
            transaction.done();
            return environment.close();
        },
    };
}
//# sourceMappingURL=journal-reading.js.map