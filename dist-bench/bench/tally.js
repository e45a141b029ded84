export class Tally {
    #people;
    #room;
    /** Of each conversation, the number of the message at each place. */
    #order;
    /** Of each connection, how many it got. */
    #got;
    #seen;
    #doubled = 0;
    #misordered = 0;
    /** `room`: messages a conversation may have; their numbers are below it. */
    constructor(conversations, people, room) {
        this.#people = people;
        this.#room = room;
        this.#order = new Int32Array(conversations * room).fill(-1);
        this.#got = new Int32Array(conversations * people);
        this.#seen = new Uint8Array(conversations * people * room);
    }
    /** The `index`-th person of the conversation got its message `number`. False where they had it already. */
    received(conversation, index, number) {
        const connection = conversation * this.#people + index;
        const mark = connection * this.#room + number;
        if (this.#seen[mark] === 1) {
            this.#doubled += 1;
            return false;
        }
        this.#seen[mark] = 1;
        const place = conversation * this.#room + this.#got[connection];
        this.#got[connection] = this.#got[connection] + 1;
        if (this.#order[place] === -1)
            this.#order[place] = number;
        else if (this.#order[place] !== number)
            this.#misordered += 1;
        return true;
    }
    /** `sent`: how many messages each conversation was sent. */
    faults(sent) {
        let lost = 0;
        for (const [connection, got] of this.#got.entries())
            lost += (sent[Math.floor(connection / this.#people)] ?? 0) - got;
        return { lost, doubled: this.#doubled, misordered: this.#misordered };
    }
}
//# sourceMappingURL=tally.js.map