import { Session } from './session.js';
export class Sessions {
    #house;
    #all = new Set();
    #people = new Map();
    #waiting = [];
    #draining = false;
    #timer;
    constructor(house) {
        this.#house = house;
        this.#timer = house.clock.every(house.limits.expirySweepMs, () => this.#sweep());
    }
    get size() {
        return this.#all.size;
    }
    accept = (connection) => {
        const session = new Session(this.#house, this, connection);
        this.#all.add(session);
        if (this.#draining)
            this.#house.clock.soon(() => session.end('drain'));
        return session;
    };
    signedIn(session, person) {
        const sessions = this.#people.get(person) ?? new Set();
        this.#people.set(person, sessions.add(session));
        return sessions.size <= this.#house.limits.sessionsPersonMax;
    }
    waiting(session) {
        if (this.#waiting.length === 0)
            this.#house.clock.soon(() => this.flush());
        this.#waiting.push(session);
    }
    flush() {
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const session of waiting)
            session.writeOut();
    }
    closed(session, person) {
        this.#all.delete(session);
        if (person === null)
            return;
        const sessions = this.#people.get(person);
        sessions?.delete(session);
        if (sessions?.size === 0)
            this.#people.delete(person);
    }
    /** CMD-4: the person's sessions end at once. */
    endPerson(person) {
        for (const session of [...(this.#people.get(person) ?? [])])
            session.end('deactivated');
    }
    /** Tells everyone to come back later; whoever connects from now on is sent away. */
    announceDrain() {
        this.#draining = true;
        for (const session of this.#all) {
            if (session.person !== null)
                session.send({ t: 'drain', reconnectWithinMs: this.#house.limits.drainSpreadMs });
        }
        this.flush();
    }
    endAll(name) {
        this.#timer.cancel();
        for (const session of [...this.#all])
            session.end(name);
    }
    #sweep() {
        const now = this.#house.clock.now();
        const monotonic = this.#house.clock.monotonicMs();
        for (const session of this.#all)
            session.sweep(now, monotonic);
        this.#house.rateLimit.sweep();
        this.flush();
    }
}
//# sourceMappingURL=sessions.js.map