import { Unavailable } from '../journal/journal.js';
export class Partition {
    claim;
    /** Position of the newest entry that is durable. */
    committed;
    /** Position of the newest entry that is behind a checkpoint. */
    archived;
    #assigned;
    #queue = [];
    #underWay = 0;
    #scheduled = false;
    #fenced = false;
    #port;
    constructor(claim, port) {
        this.claim = claim;
        this.committed = claim.head;
        this.archived = claim.checkpoint;
        this.#assigned = claim.head;
        this.#port = port;
    }
    /** Entries that are decided and not durable yet. */
    get backlog() {
        return this.#queue.length + this.#underWay;
    }
    /** The position of the entry that will be enqueued next. */
    get nextPosition() {
        return this.#assigned + 1;
    }
    enqueue(pending) {
        this.#assigned = pending.entry.position;
        this.#queue.push(pending);
        if (!this.#scheduled && this.#underWay === 0) {
            this.#scheduled = true;
            this.#port.clock.soon(() => void this.#commit());
        }
    }
    async #commit() {
        this.#scheduled = false;
        const { journal, clock, limits } = this.#port;
        while (this.#queue.length > 0 && !this.#fenced) {
            const group = this.#queue.splice(0, limits.frameEntriesMax);
            this.#underWay = group.length;
            const began = clock.monotonicMs();
            const deadline = clock.after(limits.appendDeadlineMs, () => this.#fence(new Unavailable('an append is overdue')));
            try {
                await journal.append(this.claim, group.map((pending) => pending.entry));
            }
            catch (error) {
                this.#fence(error);
            }
            deadline.cancel();
            if (this.#fenced)
                return;
            this.#underWay = 0;
            this.committed = group[group.length - 1].entry.position;
            this.#port.released(this, group, clock.monotonicMs() - began);
        }
    }
    #fence(error) {
        if (this.#fenced)
            return;
        this.#fenced = true;
        this.#port.fenced(error);
    }
}
//# sourceMappingURL=partition.js.map