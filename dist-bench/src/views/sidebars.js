import { isParticipant } from '../conversation/visibility.js';
import { Sidebar } from './sidebar.js';
export class Sidebars {
    #reader;
    #index;
    #max;
    /** In order of last use. */
    #loaded = new Map();
    #pinned = new Map();
    constructor(reader, index, residentViewsMax) {
        this.#reader = reader;
        this.#index = index;
        this.#max = residentViewsMax;
    }
    /** The person's list, complete. */
    async of(person) {
        let sidebar = this.#loaded.get(person);
        if (sidebar === undefined) {
            sidebar = new Sidebar(person);
            sidebar.ready = this.#load(sidebar);
            sidebar.ready.catch(() => this.#loaded.delete(person));
            this.#evict();
        }
        else
            this.#loaded.delete(person);
        this.#loaded.set(person, sidebar);
        await sidebar.ready;
        return sidebar;
    }
    /** The list where it is in memory. */
    peek(person) {
        return this.#loaded.get(person);
    }
    /** Keeps the list in memory until as many calls of `unpin`. */
    pin(person) {
        this.#pinned.set(person, (this.#pinned.get(person) ?? 0) + 1);
    }
    unpin(person) {
        const left = (this.#pinned.get(person) ?? 1) - 1;
        if (left === 0)
            this.#pinned.delete(person);
        else
            this.#pinned.set(person, left);
    }
    async unreadOf(person) {
        const sidebar = await this.of(person);
        return [...sidebar.rows()].filter((row) => row.order !== null && row.unread > 0).map((row) => row.conversation);
    }
    committed(change) {
        const { entry, before, after } = change;
        if (after === null)
            return;
        if (this.#loaded.size === 0)
            return;
        for (const person of concerned(change))
            this.#loaded.get(person)?.update(after, entry.position);
        // The leaver is no longer among the participants, and the mark of one person is nobody else's business.
        for (const event of entry.events) {
            if (event.type === 'left' && before !== null)
                this.#loaded.get(event.by)?.update(after, entry.position);
        }
    }
    async #load(sidebar) {
        const { person } = sidebar;
        const conversations = new Set(await this.#index.conversationsOf(person));
        for (const { state } of this.#reader.unarchivedStates())
            if (state.members.has(person))
                conversations.add(state.id);
        for (const conversation of conversations) {
            const stored = await this.#reader.state(conversation);
            if (stored !== null)
                sidebar.update(stored.state, stored.position);
        }
    }
    #evict() {
        let excess = this.#loaded.size + 1 - this.#max;
        for (const person of this.#loaded.keys()) {
            if (excess <= 0)
                return;
            if (this.#pinned.has(person))
                continue;
            this.#loaded.delete(person);
            excess -= 1;
        }
    }
}
/** Whose list an entry may change: for a mark its owner, otherwise everyone who is in afterwards. */
export function* concerned({ entry, after }) {
    const [event] = entry.events;
    if (event === undefined || after === null)
        return;
    if (event.type === 'read' || event.type === 'deleted') {
        yield event.by;
        return;
    }
    for (const person of after.members.keys())
        if (isParticipant(after, person))
            yield person;
}
/** The vector of positions `at` as far as this partition goes. */
export function positionIn(at, partition) {
    return at[partition] ?? 0;
}
//# sourceMappingURL=sidebars.js.map