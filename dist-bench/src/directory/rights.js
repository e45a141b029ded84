/** Below this many people a list is searched as fast as a set, and costs no second copy. */
const setFrom = 9;
export function rightsOf(record) {
    return {
        view: holders(record.view),
        edit: holders(record.edit),
        nameIsRestricted: record.view !== 'everyone' && record.edit !== 'everyone',
    };
}
const everyone = () => true;
function holders(right) {
    if (right === 'everyone')
        return everyone;
    if (right.length < setFrom)
        return (person) => right.includes(person);
    const set = new Set(right);
    return (person) => set.has(person);
}
//# sourceMappingURL=rights.js.map