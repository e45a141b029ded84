/** Another owner has claimed the partition: stop serving it, acknowledge nothing. */
export class Fenced extends Error {
    name = 'Fenced';
}
/** A write failed or is overdue: whether it happened is unknown. */
export class Unavailable extends Error {
    name = 'Unavailable';
}
/** Stored bytes are not what was written. The message names the store, the key and what is wrong; never user text. */
export class Damaged extends Error {
    name = 'Damaged';
}
/** A second server on the same data directory. */
export class InUse extends Error {
    name = 'InUse';
}
/** Written by a newer version than this one, or not by Parley at all. */
export class Incompatible extends Error {
    name = 'Incompatible';
}
//# sourceMappingURL=journal.js.map