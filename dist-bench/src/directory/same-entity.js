/** Both in the normal form of `entity-validation.ts`; null and undefined are the same nothing. */
export function sameEntity(a, b) {
    if (!a || !b)
        return !a && !b;
    if ('last' in a && 'last' in b) {
        return a.id === b.id && a.first === b.first && a.last === b.last && a.email === b.email && a.active === b.active;
    }
    if ('kind' in a && 'kind' in b) {
        return (a.kind === b.kind && a.id === b.id && a.name === b.name && sameRight(a.view, b.view) && sameRight(a.edit, b.edit));
    }
    return false;
}
function sameRight(a, b) {
    if (a === 'everyone' || b === 'everyone')
        return a === b;
    return a.length === b.length && a.every((person, index) => person === b[index]);
}
export function assessPerson(directory, person) {
    const before = directory.person(person.id);
    return before === undefined ? 'added' : sameEntity(before, person) ? 'same' : 'changed';
}
export function assessRecord(directory, record) {
    const before = directory.record(record.kind, record.id);
    return before === undefined ? 'added' : sameEntity(before, record) ? 'same' : 'changed';
}
//# sourceMappingURL=same-entity.js.map