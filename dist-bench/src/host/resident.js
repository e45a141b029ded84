export function createResident(id, partition) {
    return {
        id,
        partition,
        state: null,
        position: 0,
        unarchived: [],
        actor: null,
        pending: 0,
        waiting: 0,
        tail: Promise.resolve(),
        loaded: false,
        broken: false,
    };
}
/** May be dropped from memory: the archive has all of it and nobody is at work on it. */
export function isIdle(resident) {
    return resident.waiting === 0 && resident.pending === 0 && resident.unarchived.length === 0;
}
//# sourceMappingURL=resident.js.map