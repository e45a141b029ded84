/**
 * The journal in memory, for tests and simulations: through the same bytes as on disk. What a restart would find is the
 * `MemoryDisk`; open a journal on the same one again and it is there. Faults are the disk's: `before` may delay an append
 * or fail it with nothing written, `after` may fail one that was written, so that its answer is lost.
 */
import { assertCheckpoint, assertFollows } from './append-check.js';
import { decodeFrame, decodePartition, emptyPartition, encodeFrame, encodePartition, } from './format-entry.js';
import { FrameChain } from './frame-chain.js';
import { Fenced, Unavailable } from './journal.js';
import { partitionKey } from './keys.js';
export function createMemoryDisk(epoch, partitions) {
    const logs = Array.from({ length: partitions }, () => ({ record: null, frames: [] }));
    return { epoch, partitions: logs, before: () => { }, after: () => { } };
}
export function openMemoryJournal(disk) {
    return new MemoryJournal(disk);
}
class MemoryJournal {
    epoch;
    partitions;
    #disk;
    #appending = new Set();
    /** Partitions whose last append or checkpoint failed: nothing more is written with their claims. */
    #failed = new Set();
    constructor(disk) {
        this.#disk = disk;
        this.epoch = disk.epoch;
        this.partitions = disk.partitions.length;
    }
    async claim(partition) {
        const record = this.#record(partition);
        const newest = this.#log(partition).frames.at(-1);
        if (newest !== undefined)
            decodeFrame(framePlace(newest.key), partition, newest.value);
        const head = this.#last(partition, record).position;
        const epoch = record.epoch + 1;
        this.#put(partition, { ...record, epoch, held: true });
        this.#failed.delete(partition);
        return { partition, epoch, head, checkpoint: record.checkpoint };
    }
    async *replay(claim) {
        const chain = new FrameChain(claim.partition, this.#record(claim.partition).base);
        for (const { key, value } of [...this.#log(claim.partition).frames]) {
            if (chain.position >= claim.head)
                break;
            for (const entry of chain.follow(framePlace(key), value).entries) {
                if (entry.position > claim.checkpoint && entry.position <= claim.head)
                    yield entry;
            }
        }
        chain.expectEnd('journal/frames', claim.head);
    }
    async append(claim, entries) {
        const { partition } = claim;
        if (this.#appending.has(partition))
            throw new Error('an append of this partition is under way');
        if (this.#failed.has(partition))
            throw new Unavailable('an earlier append has failed');
        const last = this.#last(partition, this.#owned(claim));
        assertFollows(last.position, entries);
        const frame = { partition, first: last.position + 1, epoch: claim.epoch, previous: last.hash, entries };
        const encoded = encodeFrame(frame);
        this.#appending.add(partition);
        try {
            await this.#disk.before(entries);
            this.#owned(claim);
            this.#log(partition).frames.push({ ...encoded, last: last.position + entries.length });
            await this.#disk.after(entries);
        }
        catch (error) {
            if (error instanceof Fenced)
                throw error;
            this.#failed.add(partition);
            throw new Unavailable('the append failed', { cause: error });
        }
        finally {
            this.#appending.delete(partition);
        }
    }
    async checkpoint(claim, upTo) {
        const record = this.#owned(claim);
        assertCheckpoint(upTo, this.#last(claim.partition, record).position);
        const log = this.#log(claim.partition);
        const dropped = log.frames.filter((frame) => frame.last <= upTo);
        const newest = dropped[dropped.length - 1];
        const base = newest === undefined ? record.base : { position: newest.last, hash: newest.hash };
        this.#put(claim.partition, { ...record, checkpoint: Math.max(record.checkpoint, upTo), base });
        log.frames = log.frames.slice(dropped.length);
    }
    async release(claim) {
        const record = this.#owned(claim);
        this.#put(claim.partition, { ...record, held: false });
    }
    async head(partition) {
        return this.#last(partition, this.#record(partition)).position;
    }
    async close() { }
    #log(partition) {
        const log = this.#disk.partitions[partition];
        if (log === undefined)
            throw new RangeError(`there is no partition ${partition}`);
        return log;
    }
    #record(partition) {
        const { record } = this.#log(partition);
        const place = { store: 'journal/partitions', key: partitionKey(partition) };
        return record === null ? emptyPartition : decodePartition(place, record);
    }
    #put(partition, record) {
        this.#log(partition).record = encodePartition(partition, record);
    }
    #owned(claim) {
        const record = this.#record(claim.partition);
        if (record.epoch !== claim.epoch || !record.held) {
            throw new Fenced(`partition ${claim.partition} is no longer held with epoch ${claim.epoch}`);
        }
        return record;
    }
    #last(partition, { base }) {
        const { frames } = this.#log(partition);
        const newest = frames[frames.length - 1];
        return newest === undefined ? base : { position: newest.last, hash: newest.hash };
    }
}
function framePlace(key) {
    return { store: 'journal/frames', key };
}
//# sourceMappingURL=journal-memory.js.map