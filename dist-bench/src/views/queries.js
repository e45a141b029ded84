import { copyRanges, isParticipant, showsPerson, tabOrder, tabRanges } from '../conversation/visibility.js';
import { copyCard, nameOf, namesOf, peopleIn, peopleOf, tabCard } from './card.js';
import { hasVisibleBefore, newest, pageBefore } from './entries.js';
export class Queries {
    #reader;
    #index;
    #sidebars;
    #directory;
    #limits;
    constructor(reader, index, sidebars, directory, limits) {
        this.#reader = reader;
        this.#index = index;
        this.#sidebars = sidebars;
        this.#directory = directory;
        this.#limits = limits;
    }
    /** LIST-1 to LIST-4. `person` filters: only conversations whose copy shows that person. */
    async list(reader, limit, before, person) {
        const sidebar = await this.#sidebars.of(reader);
        const cards = [];
        let next = null;
        for (const row of [...sidebar.after(before)]) {
            if (cards.length === limit) {
                next = cursorOf(cards);
                break;
            }
            const stored = await this.#reader.state(row.conversation);
            if (stored === null || !stored.state.members.get(reader)?.copy)
                continue;
            if (person !== null && !showsPerson(stored.state, reader, person))
                continue;
            const card = await this.copyCard(stored.state, reader);
            // The page stays in the order of the moment it was asked for: what moved up meanwhile is pushed besides.
            cards.push({ ...card, order: row.order });
        }
        return { cards, people: peopleOf(this.#directory, cards), next };
    }
    async get(reader, conversation) {
        const stored = await this.#reader.state(conversation);
        if (!stored?.state.members.get(reader)?.copy)
            return null;
        const card = await this.copyCard(stored.state, reader);
        return { card, people: peopleOf(this.#directory, [card]) };
    }
    /** LIST-3: entries before a seq, newest last. */
    async history(reader, conversation, before, limit, tab) {
        const stored = await this.#reader.state(conversation);
        if (stored === null)
            return null;
        const { state } = stored;
        const ranges = tab ? this.tabRanges(state, reader) : copyRanges(state, reader);
        if (ranges.length === 0)
            return null;
        const entries = await pageBefore(this.#reader, state, ranges, before, limit);
        return {
            entries,
            people: peopleIn(this.#directory, entries),
            more: hasVisibleBefore(ranges, entries[0]?.seq ?? 0),
        };
    }
    /** SEE-2, SEE-3, SEE-5. */
    async tab(reader, record, limit, before) {
        if (!this.#directory.mayView(reader, record.kind, record.id))
            return null;
        const rows = [];
        for (const { state } of await this.#about(record)) {
            if (tabRanges(state, reader).length === 0)
                continue;
            rows.push({ state, order: tabOrder(state, reader), conversation: state.id });
        }
        rows.sort((a, b) => b.order - a.order || (a.conversation > b.conversation ? -1 : 1));
        const behind = rows.filter((row) => before === null ||
            row.order < before.order ||
            (row.order === before.order && row.conversation < before.conversation));
        const cards = [];
        for (const { state } of behind.slice(0, limit))
            cards.push(await this.tabCard(state, reader));
        // Rights may have changed while the history was read (SEE-6).
        if (!this.#directory.mayView(reader, record.kind, record.id))
            return null;
        return {
            record: this.recordView(reader, record),
            cards,
            people: peopleOf(this.#directory, cards),
            next: behind.length > limit ? cursorOf(cards) : null,
        };
    }
    /** What the tab of the conversation's record shows this reader: nothing without the right to view it. */
    tabRanges(state, reader) {
        const { about } = state;
        return about !== null && this.#directory.mayView(reader, about.kind, about.id) ? tabRanges(state, reader) : [];
    }
    recordView(reader, { kind, id }) {
        const visible = this.#directory.maySeeName(reader, kind, id);
        return { kind, id, name: visible ? (this.#directory.record(kind, id)?.name ?? null) : null };
    }
    async copyCard(state, reader) {
        const { cardMessages, cardScanMax } = this.#limits;
        const entries = await newest(this.#reader, state, copyRanges(state, reader), cardMessages, cardScanMax);
        return copyCard(this.#directory, state, reader, entries);
    }
    async tabCard(state, reader) {
        const { cardMessages, cardScanMax } = this.#limits;
        const entries = await newest(this.#reader, state, tabRanges(state, reader), cardMessages, cardScanMax);
        return tabCard(this.#directory, state, reader, entries);
    }
    /** START-1, INVITE-1: active people by last name; not the asker, and not the current participants of `conversation`. */
    async people(reader, last, conversation) {
        const stored = conversation === null ? null : await this.#reader.state(conversation);
        if (conversation !== null && (stored === null || !isParticipant(stored.state, reader)))
            return null;
        const except = (id) => id === reader || (stored !== null && isParticipant(stored.state, id));
        return this.#directory
            .searchPeople(last, this.#limits.searchHitsMax, except)
            .map((person) => nameOf(person.id, person));
    }
    /** LIST-4: people visible in the reader's own copies, by the beginning of their last name. */
    async correspondents(reader, matches) {
        const sidebar = await this.#sidebars.of(reader);
        const found = new Set();
        for (const row of [...sidebar.after(null)]) {
            const stored = await this.#reader.state(row.conversation);
            if (stored === null)
                continue;
            for (const other of stored.state.members.keys()) {
                if (other !== reader && !found.has(other) && showsPerson(stored.state, reader, other))
                    found.add(other);
            }
        }
        return namesOf(this.#directory, found)
            .filter((person) => matches(person.last))
            .sort((a, b) => compare(a.last, b.last) || compare(a.first, b.first) || compare(a.id, b.id))
            .slice(0, this.#limits.searchHitsMax);
    }
    records(reader, name, kind) {
        return this.#directory
            .searchRecords(reader, name, kind, this.#limits.searchHitsMax)
            .map((record) => this.recordView(reader, record));
    }
    async #about(record) {
        const conversations = new Set(await this.#index.conversationsAbout(record));
        for (const { state } of this.#reader.unarchivedStates()) {
            if (state.about?.kind === record.kind && state.about.id === record.id)
                conversations.add(state.id);
        }
        const states = [];
        for (const conversation of conversations) {
            const stored = await this.#reader.state(conversation);
            if (stored !== null)
                states.push(stored);
        }
        return states;
    }
}
function cursorOf(cards) {
    const last = cards[cards.length - 1];
    return last === undefined ? null : { order: last.order, conversation: last.conversation };
}
function compare(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
}
//# sourceMappingURL=queries.js.map