const place = (key) => `${key.kind}/${key.id}`;
export function memoryDirectoryStore() {
    const people = new Map();
    const records = new Map();
    let version = 0;
    let completeSince = 0;
    return {
        async load() {
            return { version, completeSince, people: [...people.values()], records: [...records.values()] };
        },
        async write(change) {
            ({ version, completeSince } = change);
            for (const person of change.people)
                people.set(person.id, { version, person });
            for (const { key, record } of change.records)
                records.set(place(key), { version, key, record });
            for (const key of change.forget)
                records.delete(place(key));
        },
        async close() { },
    };
}
//# sourceMappingURL=directory-store-memory.js.map