/**
 * Watches the free space of the data directory's disk. On a full disk even deletes fail, and a small write may succeed
 * after a larger one did not: so the server becomes read-only well before, with a clear answer to commands. A ballast
 * file is given back then, so that the checkpoint under way still fits; it is made again when there is room.
 */
import { randomFillSync } from 'node:crypto';
import { open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { limits as standardLimits } from '../limits.js';
/** `path`: the data directory. Resolves after the first look. */
export async function createDiskGuard(path, options) {
    const guard = new Guard(path, options);
    await guard.check();
    return guard;
}
class Guard {
    readOnly = false;
    freeBytes = Number.POSITIVE_INFINITY;
    #path;
    #ballast;
    #log;
    #limits;
    #listeners = new Set();
    #timer;
    #looking = Promise.resolve();
    #closed = false;
    constructor(path, { clock, log, limits = standardLimits, pollMs = 1_000 }) {
        this.#path = path;
        this.#ballast = join(path, 'ballast');
        this.#log = log;
        this.#limits = limits;
        this.#timer = clock.every(pollMs, () => void this.check());
    }
    onChange(listener) {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }
    check() {
        this.#looking = this.#looking.then(() => this.#look());
        return this.#looking;
    }
    close() {
        this.#closed = true;
        this.#timer.cancel();
    }
    async #look() {
        if (this.#closed)
            return;
        try {
            const { bavail, bsize, blocks } = await statfs(this.#path);
            this.freeBytes = bavail * bsize;
            const scaled = scale(this.#limits, blocks * bsize);
            if (!this.readOnly && this.freeBytes < scaled.diskReadOnlyBelowBytes)
                await this.#becomeReadOnly();
            else if (this.readOnly && this.freeBytes > scaled.diskWritableAboveBytes)
                this.#change(false);
            if (this.freeBytes > scaled.diskWritableAboveBytes + scaled.ballastBytes)
                await this.#makeBallast(scaled);
        }
        catch (error) {
            this.#log.error({ error: error.message }, 'the disk cannot be looked at');
        }
    }
    async #becomeReadOnly() {
        this.#change(true);
        await rm(this.#ballast, { force: true });
    }
    #change(readOnly) {
        this.readOnly = readOnly;
        const fields = { freeBytes: this.freeBytes };
        if (readOnly)
            this.#log.error(fields, 'the disk is nearly full: read-only until there is room');
        else
            this.#log.warn(fields, 'there is room on the disk again: writable');
        for (const listener of this.#listeners)
            listener(readOnly);
    }
    /** Random bytes, so that no file system keeps them for less than they are. */
    async #makeBallast({ ballastBytes }) {
        const size = await stat(this.#ballast).then((found) => found.size, () => 0);
        if (size === ballastBytes || this.#closed)
            return;
        const file = await open(this.#ballast, 'w', 0o600);
        try {
            const block = Buffer.alloc(65_536);
            for (let at = 0; at < ballastBytes; at += block.length) {
                await file.write(randomFillSync(block), 0, Math.min(block.length, ballastBytes - at), at);
            }
            await file.sync();
        }
        finally {
            await file.close();
        }
    }
}
function scale(limits, totalBytes) {
    const share = Math.min(1, totalBytes / (8 * limits.diskReadOnlyBelowBytes));
    return {
        diskReadOnlyBelowBytes: Math.floor(limits.diskReadOnlyBelowBytes * share),
        diskWritableAboveBytes: Math.floor(limits.diskWritableAboveBytes * share),
        ballastBytes: Math.floor(limits.ballastBytes * share),
    };
}
//# sourceMappingURL=disk-guard.js.map