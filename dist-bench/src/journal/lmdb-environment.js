/**
 * How LMDB is opened, in one place, and its traps:
 * - `overlappingSync: false` and `safeRestore: true`: after a power cut the newest page that was synced is believed, not
 *   the newest one that is there. It costs no throughput.
 * - `strictAsyncOrder`: a transaction does not overtake what was put before it.
 * - Conditional batches (`ifVersion`, `batch`) are the one way of writing: they are carried out by the writing thread in
 *   one transaction, and a throw while they are being put together writes nothing that was not asked for.
 * - After a failed commit later ones may never settle: the callers fence themselves at the first failure.
 */
import { open } from 'lmdb';
import { Unavailable } from './journal.js';
/** `safeRestore` is not in LMDB's own type declarations. */
const careful = { overlappingSync: false, safeRestore: true, strictAsyncOrder: true, eventTurnBatching: false };
const encoding = { encoding: 'binary', keyEncoding: 'binary' };
export function openEnvironment({ path, readOnly = false, maxDbs = 16 }) {
    return open({ path, noSubdir: false, readOnly, maxDbs, ...careful, ...encoding });
}
/** `versions`: values carry a number that conditional writes compare. */
export function openTable(environment, name, versions = false) {
    return environment.openDB(name, { ...encoding, useVersions: versions });
}
/**
 * Waits for the promises of one batch. LMDB rejects several promises for one failed commit, one of them inside the error:
 * all are taken care of, so that none is left unhandled. Throws `Unavailable`.
 */
export async function settled(what, writes) {
    const outcomes = await Promise.allSettled(writes);
    const done = [];
    let failure = null;
    for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled')
            done.push(outcome.value);
        else
            failure = await causeOf(outcome.reason);
    }
    if (failure !== null)
        throw new Unavailable(`${what} failed: ${textOf(failure)}`, { cause: failure });
    return done;
}
async function causeOf(reason) {
    const inner = reason?.commitError;
    if (inner === undefined)
        return reason;
    try {
        await inner;
        return reason;
    }
    catch (cause) {
        return cause;
    }
}
function textOf(failure) {
    return failure instanceof Error ? failure.message : String(failure);
}
//# sourceMappingURL=lmdb-environment.js.map