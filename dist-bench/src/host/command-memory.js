export class CommandMemory {
    #underWay = new Map();
    #answered = new Map();
    #archive;
    constructor(archive) {
        this.#archive = archive;
    }
    /**
     * Claims the id. Null: it is under way already, and `done` has been taken care of. Otherwise the function to call with
     * the result, which tells everyone who asked with the same id meanwhile.
     */
    claim(person, id, bodyHash, done) {
        const key = keyOf(person, id);
        const running = this.#underWay.get(key);
        if (running !== undefined) {
            const same = equal(running.bodyHash, bodyHash);
            running.waiters.push(same ? done : () => done({ refused: 'command-id-reused' }));
            return null;
        }
        const underWay = { bodyHash, waiters: [done] };
        this.#underWay.set(key, underWay);
        return (result) => {
            this.#underWay.delete(key);
            for (const waiter of underWay.waiters)
                waiter(result);
        };
    }
    /** The answer to give to a command that was answered before, null for a new one. */
    async recall(person, id, bodyHash) {
        const known = this.#answered.get(keyOf(person, id))?.command ?? (await this.#archive.command(person, id));
        if (known === null)
            return null;
        return equal(known.bodyHash, bodyHash) ? known.answer : { refused: 'command-id-reused' };
    }
    remember(partition, position, at, command) {
        this.#answered.set(keyOf(command.person, command.id), { partition, position, at, command });
    }
    /** What a checkpoint of the partition up to `upTo` has to take over. */
    unarchived(partition, upTo) {
        return [...this.#answered.values()].filter((a) => a.partition === partition && a.position <= upTo);
    }
    /** The archive has these now. */
    archived(answered) {
        for (const { command } of answered)
            this.#answered.delete(keyOf(command.person, command.id));
    }
}
function keyOf(person, id) {
    return `${person} ${id}`;
}
function equal(a, b) {
    return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
//# sourceMappingURL=command-memory.js.map