export class RateLimit {
    #clock;
    #perSecond;
    #burst;
    #buckets = new Map();
    constructor(clock, perSecond, burst) {
        this.#clock = clock;
        this.#perSecond = perSecond;
        this.#burst = burst;
    }
    /** Takes one token; 0 where there was one, otherwise the milliseconds until there is. */
    take(key) {
        const now = this.#clock.monotonicMs();
        const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, at: now };
        bucket.tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.at) / 1000) * this.#perSecond);
        bucket.at = now;
        this.#buckets.set(key, bucket);
        if (bucket.tokens >= 1) {
            bucket.tokens -= 1;
            return 0;
        }
        return Math.ceil(((1 - bucket.tokens) / this.#perSecond) * 1000);
    }
    /** Forgets buckets that are full again. */
    sweep() {
        const full = this.#clock.monotonicMs() - (this.#burst / this.#perSecond) * 1000;
        for (const [key, bucket] of this.#buckets)
            if (bucket.at < full)
                this.#buckets.delete(key);
    }
}
//# sourceMappingURL=rate-limit.js.map