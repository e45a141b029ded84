/** Is the binary that uWebSockets.js would load the one that was pinned? Asked before any of its code runs. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { uwsBinaries } from './uws-binaries.js';
/** The file that the package picks for this platform and this Node. Throws where the package is not installed. */
export function uwsBinaryPath() {
    const entry = createRequire(import.meta.url).resolve('uWebSockets.js');
    return join(dirname(entry), `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`);
}
/** Throws, with a text for the operator, unless the file is in the table with these very bytes. */
export function assertPinnedBinary(path, pinned = uwsBinaries) {
    const name = basename(path);
    const expected = pinned[name];
    if (expected === undefined || !existsSync(path)) {
        throw new Error(`uWebSockets.js has no binary for this platform and Node (${name})`);
    }
    const actual = createHash('sha256').update(readFileSync(path)).digest('hex');
    if (actual !== expected) {
        throw new Error(`${name} is not the binary that was pinned: SHA-256 ${actual}, expected ${expected}`);
    }
}
//# sourceMappingURL=uws-verify.js.map