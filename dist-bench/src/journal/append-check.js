export function assertFollows(last, entries) {
    if (entries.length === 0)
        throw new RangeError('an append without entries');
    entries.forEach((entry, index) => {
        const expected = last + 1 + index;
        if (entry.position !== expected)
            throw new RangeError(`position ${entry.position} where ${expected} follows`);
    });
}
export function assertCheckpoint(upTo, last) {
    if (upTo > last)
        throw new RangeError(`a checkpoint up to ${upTo} where ${last} is the last entry`);
}
//# sourceMappingURL=append-check.js.map