export class RecentChanges {
    #kept;
    #changes;
    #completeSince;
    /** `changes` in any order; of changes after `completeSince` none is missing among them. */
    constructor(changes, completeSince, kept) {
        this.#kept = kept;
        this.#completeSince = completeSince;
        this.#changes = changes.toSorted((a, b) => a.version - b.version);
        this.#trim(kept);
    }
    add(version, what) {
        for (const one of what)
            this.#changes.push({ version, what: one });
        this.#trim(this.#kept * 2);
    }
    /** Changes after `version`, oldest first, the same thing perhaps twice; null if some of them are forgotten. */
    since(version) {
        if (version < this.#completeSince)
            return null;
        let low = 0;
        let high = this.#changes.length;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if (this.#changes[middle].version <= version)
                low = middle + 1;
            else
                high = middle;
        }
        return this.#changes.slice(low).map((change) => change.what);
    }
    #trim(above) {
        if (this.#changes.length <= above)
            return;
        const cut = this.#changes.length - this.#kept;
        // What else changed at the version of the last one dropped is incomplete with it.
        this.#completeSince = Math.max(this.#completeSince, this.#changes[cut - 1].version);
        this.#changes = this.#changes.slice(cut);
    }
}
//# sourceMappingURL=recent-changes.js.map