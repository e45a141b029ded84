import { isMessage } from '../conversation/events.js';
import { participants, unreadOf } from '../conversation/visibility.js';
export class Outbox {
    #port;
    #rows = new Map();
    #changed = new Set();
    #done = new Map();
    constructor(port) {
        this.#port = port;
    }
    get size() {
        return this.#rows.size;
    }
    /** A row of the archive, at start. */
    restore(row) {
        this.#rows.set(keyOf(row), row);
    }
    committed({ events, conversation }, after) {
        if (after === null || conversation === null)
            return;
        for (const event of events) {
            if (!isMessage(event))
                continue;
            for (const person of participants(after)) {
                if (person === event.by)
                    continue;
                const key = keyOf({ person, conversation });
                const row = this.#rows.get(key);
                const kind = event.type === 'started' ? 'conversation' : 'message';
                const dueAt = event.at + this.#port.waitMicros;
                const extended = row === undefined
                    ? { person, conversation, from: event.seq, to: event.seq, kind, dueAt }
                    : { ...row, to: Math.max(row.to, event.seq) };
                this.#rows.set(key, extended);
                this.#changed.add(key);
                this.#done.delete(key);
            }
        }
    }
    /** The rows that are due, durable and still to be mailed; rows that nobody needs a mail for any more are dropped. */
    async due(now) {
        const due = [];
        for (const [key, row] of [...this.#rows]) {
            if (row.dueAt > now || this.#changed.has(key))
                continue;
            const stored = await this.#port.state(row.conversation);
            const unread = stored !== null && unreadOf(stored.state, row.person) > 0;
            if (unread && (await this.#port.wantsMail(row.person, row.kind)))
                due.push(row);
            else
                this.done(row);
        }
        return due;
    }
    /** Mailed, or not needed any more; a message that came meanwhile has made another row of it. */
    done(row) {
        const key = keyOf(row);
        if (this.#rows.get(key) !== row)
            return;
        this.#rows.delete(key);
        this.#changed.delete(key);
        this.#done.set(key, row);
    }
    /** What a checkpoint of these conversations' partition takes over, and the note that it has. */
    toArchive(belongs) {
        const rows = [...this.#changed]
            .flatMap((key) => this.#rows.get(key) ?? [])
            .filter((row) => belongs(row.conversation));
        const done = [...this.#done.values()].filter((row) => belongs(row.conversation));
        return {
            rows,
            done,
            taken: () => {
                for (const row of rows)
                    if (this.#rows.get(keyOf(row)) === row)
                        this.#changed.delete(keyOf(row));
                for (const row of done)
                    if (this.#done.get(keyOf(row)) === row)
                        this.#done.delete(keyOf(row));
            },
        };
    }
}
function keyOf(row) {
    return `${row.person} ${row.conversation}`;
}
//# sourceMappingURL=outbox.js.map