import { listOrder, unreadOf } from '../conversation/visibility.js';
export class Sidebar {
    person;
    /** Resolves when every conversation of the archive is in; changes meanwhile are in already. */
    ready = Promise.resolve();
    #rows = new Map();
    #sorted = null;
    #badge = 0;
    constructor(person) {
        this.person = person;
    }
    get badge() {
        return this.#badge;
    }
    row(conversation) {
        return this.#rows.get(conversation);
    }
    rows() {
        return this.#rows.values();
    }
    /** Takes the state over, unless a newer one is in already. */
    update(state, position) {
        const before = this.#rows.get(state.id);
        if (before !== undefined && before.position > position)
            return;
        const row = {
            conversation: state.id,
            about: state.about,
            order: listOrder(state, this.person),
            unread: unreadOf(state, this.person),
            position,
        };
        this.#badge += counts(row) - counts(before);
        this.#rows.set(state.id, row);
        if (row.order !== before?.order)
            this.#sorted = null;
    }
    /** The list as it is now, newest first, behind `before`; what is deleted while it is walked is left out. */
    *after(before) {
        this.#sorted ??= [...this.#rows.values()].filter((row) => row.order !== null).sort(newestFirst);
        const sorted = this.#sorted;
        const start = before === null ? 0 : firstBehind(sorted, before);
        for (let index = start; index < sorted.length; index += 1) {
            const row = sorted[index];
            if (this.#rows.get(row.conversation)?.order !== null)
                yield row;
        }
    }
}
function counts(row) {
    return row !== undefined && row.order !== null && row.unread > 0 ? 1 : 0;
}
function newestFirst(a, b) {
    return compare(a, { order: b.order, conversation: b.conversation });
}
/** Negative: `row` stands before the cursor's place. */
function compare(row, cursor) {
    const order = row.order;
    if (order !== cursor.order)
        return cursor.order - order;
    return row.conversation > cursor.conversation ? -1 : row.conversation < cursor.conversation ? 1 : 0;
}
function firstBehind(sorted, cursor) {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
        const middle = (low + high) >>> 1;
        if (compare(sorted[middle], cursor) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
//# sourceMappingURL=sidebar.js.map