export class Subscription {
    person;
    badge = -1;
    #held = null;
    #heldBytes = 0;
    #maxBytes;
    #port;
    constructor(person, maxBytes, port) {
        this.person = person;
        this.#maxBytes = maxBytes;
        this.#port = port;
    }
    push(bytes) {
        if (this.#held === null)
            return this.#port.write(bytes);
        this.#held.push(bytes);
        this.#heldBytes += bytes.length;
        if (this.#heldBytes > this.#maxBytes) {
            this.#held = [];
            this.#heldBytes = 0;
            this.#port.tooMuch();
        }
    }
    hold() {
        this.#held ??= [];
    }
    release() {
        const held = this.#held ?? [];
        this.#held = null;
        this.#heldBytes = 0;
        for (const bytes of held)
            this.#port.write(bytes);
    }
}
//# sourceMappingURL=subscription.js.map