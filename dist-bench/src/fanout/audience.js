export class Audience {
    #people = new Map();
    #tabs = new Map();
    #open = new Map();
    add(subscriber) {
        const subscribers = this.#people.get(subscriber.person) ?? new Set();
        this.#people.set(subscriber.person, subscribers.add(subscriber));
    }
    /** Also closes its tabs. */
    remove(subscriber) {
        const subscribers = this.#people.get(subscriber.person);
        subscribers?.delete(subscriber);
        if (subscribers?.size === 0)
            this.#people.delete(subscriber.person);
        for (const record of [...(this.#open.get(subscriber)?.values() ?? [])])
            this.closeTab(subscriber, record);
    }
    of(person) {
        return this.#people.get(person);
    }
    people() {
        return this.#people.keys();
    }
    openTab(subscriber, record) {
        const key = tabKey(record);
        const readers = this.#tabs.get(key) ?? new Map();
        this.#tabs.set(key, readers.set(subscriber, { subscriber, record }));
        const open = this.#open.get(subscriber) ?? new Map();
        this.#open.set(subscriber, open.set(key, record));
    }
    closeTab(subscriber, record) {
        const key = tabKey(record);
        const readers = this.#tabs.get(key);
        readers?.delete(subscriber);
        if (readers?.size === 0)
            this.#tabs.delete(key);
        const open = this.#open.get(subscriber);
        open?.delete(key);
        if (open?.size === 0)
            this.#open.delete(subscriber);
    }
    hasTab(subscriber, record) {
        return this.#open.get(subscriber)?.has(tabKey(record)) ?? false;
    }
    tabsOf(subscriber) {
        return this.#open.get(subscriber)?.size ?? 0;
    }
    tab(record) {
        return [...(this.#tabs.get(tabKey(record))?.values() ?? [])];
    }
    allTabs() {
        return [...this.#tabs.values()].flatMap((tab) => [...tab.values()]);
    }
}
function tabKey(record) {
    return `${record.kind} ${record.id}`;
}
//# sourceMappingURL=audience.js.map