/**
 * People and records in memory with everything that is asked of them. Changed by `apply` only, with what is durable.
 */
import { limits } from '../limits.js';
import { fold, foldPrefix, wordStarts } from './fold.js';
import { PrefixIndex } from './prefix-index.js';
import { RecentChanges } from './recent-changes.js';
import { rightsOf } from './rights.js';
import { sameEntity } from './same-entity.js';
export class DirectoryIndex {
    #people = new Map();
    #records = new Map();
    /** Removed records that the store still knows, oldest first. */
    #removals = new Map();
    #byLastName;
    #byRecordName;
    #recent;
    constructor(stored) {
        const changes = [
            ...stored.people.map(({ version, person }) => ({ version, what: { person: person.id } })),
            ...stored.records.map(({ version, key }) => ({ version, what: { record: key } })),
        ];
        this.#recent = new RecentChanges(changes, stored.completeSince, limits.directoryChangesKept);
        for (const { person } of stored.people)
            this.#people.set(person.id, person);
        this.#byLastName = new PrefixIndex(stored.people.flatMap(({ person }) => personEntries(person)));
        for (const { key, record, version } of stored.records.toSorted((a, b) => a.version - b.version)) {
            if (record === null)
                this.#removals.set(placeOf(key), { key, version });
            else
                this.#records.set(placeOf(key), { record, rights: rightsOf(record) });
        }
        this.#byRecordName = new PrefixIndex([...this.#records.values()].flatMap(recordEntries));
    }
    get counts() {
        return { people: this.#people.size, records: this.#records.size };
    }
    person(id) {
        return this.#people.get(id);
    }
    isActive(id) {
        return this.#people.get(id)?.active === true;
    }
    record(kind, id) {
        return this.#records.get(placeOf({ kind, id }))?.record;
    }
    /** One answer for a record that does not exist and one that is not for this person (SEE-5). */
    mayView(person, kind, id) {
        return this.isActive(person) && this.#records.get(placeOf({ kind, id }))?.rights.view(person) === true;
    }
    maySeeName(person, kind, id) {
        const held = this.#records.get(placeOf({ kind, id }));
        return held !== undefined && this.#seesName(held, person);
    }
    searchPeople(last, limit, except) {
        const hits = [];
        for (const person of this.#byLastName.startingWith(foldPrefix(last))) {
            if (hits.length >= limit)
                break;
            if (!except(person.id))
                hits.push(person);
        }
        return hits;
    }
    searchRecords(viewer, name, kind, limit) {
        if (!this.isActive(viewer))
            return [];
        const wanted = foldPrefix(name);
        const hits = new Set();
        const restricted = new Set();
        for (const held of this.#byRecordName.startingWith(wanted)) {
            if (hits.size >= limit)
                break;
            if ((kind !== null && held.record.kind !== kind) || !held.rights.view(viewer))
                continue;
            (this.#seesName(held, viewer) ? hits : restricted).add(held.record);
        }
        // With nothing typed, records whose name is not for this viewer are offered too (SEE-4), in an order that does not
        // tell where in the alphabet their name stands.
        if (wanted === '')
            for (const record of [...restricted].sort(byPlace))
                hits.add(record);
        return [...hits].slice(0, Math.max(0, limit));
    }
    changedSince(version) {
        const changes = this.#recent.since(version);
        if (changes === null)
            return null;
        const people = new Map();
        const records = new Map();
        for (const one of changes) {
            if ('record' in one)
                records.set(placeOf(one.record), one.record);
            else
                people.set(one.person, this.#people.get(one.person));
        }
        return { people: [...people.values()], records: [...records.values()] };
    }
    /** What of the changes differs from what is there. */
    differing(changes) {
        return {
            people: changes.people.filter((person) => !sameEntity(this.#people.get(person.id), person)),
            records: changes.records.filter(({ key, record }) => !sameEntity(this.#records.get(placeOf(key))?.record, record)),
        };
    }
    /** The oldest removals beyond the bound, once these changes are in. */
    removalsToForget(changes) {
        const changing = new Set(changes.records.map(({ key }) => placeOf(key)));
        const coming = changes.records.filter(({ record }) => record === null).length;
        const excess = this.#removals.size + coming - limits.directoryChangesKept;
        if (excess <= 0)
            return [];
        return [...this.#removals]
            .filter(([place]) => !changing.has(place))
            .slice(0, excess)
            .map(([, removal]) => removal);
    }
    apply(version, changes, forget) {
        for (const { key } of forget)
            this.#removals.delete(placeOf(key));
        const people = this.#applyPeople(changes.people);
        const records = this.#applyRecords(version, changes.records);
        this.#recent.add(version, [
            ...people.map(({ after }) => ({ person: after.id })),
            ...changes.records.map(({ key }) => ({ record: key })),
        ]);
        return { version, people, records };
    }
    #applyPeople(changed) {
        const changes = changed.map((after) => ({ before: this.#people.get(after.id), after }));
        for (const person of changed)
            this.#people.set(person.id, person);
        for (const { before, after } of changes) {
            for (const { key } of before ? personEntries(before) : [])
                this.#byLastName.remove(key);
            for (const entry of personEntries(after))
                this.#byLastName.add(entry);
        }
        return changes;
    }
    #applyRecords(version, changed) {
        const changes = [];
        for (const { key, record } of changed) {
            const place = placeOf(key);
            const before = this.#records.get(place);
            for (const entry of before ? recordEntries(before) : [])
                this.#byRecordName.remove(entry.key);
            this.#removals.delete(place);
            if (record === null) {
                this.#records.delete(place);
                this.#removals.set(place, { key, version });
            }
            else {
                const held = { record, rights: rightsOf(record) };
                this.#records.set(place, held);
                for (const entry of recordEntries(held))
                    this.#byRecordName.add(entry);
            }
            changes.push({ before: before?.record, after: record ?? undefined });
        }
        return changes;
    }
    #seesName({ rights }, person) {
        return !rights.nameIsRestricted || (this.isActive(person) && rights.view(person) && rights.edit(person));
    }
}
function placeOf({ kind, id }) {
    return `${kind}/${id}`;
}
function byPlace(a, b) {
    return placeOf(a) < placeOf(b) ? -1 : 1;
}
/** No name holds a control character, so that \0 ends a part of a key and sorts before everything in it. */
function personEntries(person) {
    if (!person.active)
        return [];
    return [{ key: `${fold(person.last)}\0${fold(person.first)}\0${person.id}`, value: person }];
}
function recordEntries(held) {
    const place = placeOf(held.record);
    const starts = wordStarts(fold(held.record.name));
    return starts.map((start, word) => ({ key: `${start}\0${place}\0${word}`, value: held }));
}
//# sourceMappingURL=directory-index.js.map