/**
 * Reads the members of a decoded array in order. Checksums say that bytes are as they were written; this says that they
 * mean something, so that a forged snapshot or a bug ends in `Damaged` and not in a half-made state.
 */
import { describe, unpack } from './format.js';
import { Damaged } from './journal.js';
export class Fields {
    place;
    #values;
    #at = 0;
    constructor(value, place) {
        this.place = place;
        if (!Array.isArray(value))
            throw new Damaged(`${describe(place)}: not an array`);
        this.#values = value;
    }
    static of(payload, place) {
        return new Fields(unpack(payload, place), place);
    }
    /** Are there more? */
    get more() {
        return this.#at < this.#values.length;
    }
    /** An integer from 0 to 2^53 - 1. */
    count() {
        const value = this.#values[this.#at++];
        if (!Number.isSafeInteger(value) || value < 0)
            this.#wrong('a count');
        return value;
    }
    countOrNull() {
        return this.#isNull() ? null : this.count();
    }
    text() {
        const value = this.#values[this.#at++];
        if (typeof value !== 'string')
            this.#wrong('a text');
        return value;
    }
    flag() {
        const value = this.#values[this.#at++];
        if (typeof value !== 'boolean')
            this.#wrong('a flag');
        return value;
    }
    /** A copy. */
    bytes(length) {
        const value = this.#values[this.#at++];
        if (!(value instanceof Uint8Array) || value.length !== length)
            this.#wrong(`${length} bytes`);
        return new Uint8Array(value);
    }
    bytesOrNull(length) {
        return this.#isNull() ? null : this.bytes(length);
    }
    fields() {
        return new Fields(this.#values[this.#at++], this.place);
    }
    fieldsOrNull() {
        return this.#isNull() ? null : this.fields();
    }
    /** Every member of a nested array. */
    each(read) {
        const inner = this.fields();
        const all = [];
        while (inner.more)
            all.push(read(inner));
        return all;
    }
    /** A plain map, as `msgpackr` makes it. */
    map() {
        const value = this.#values[this.#at++];
        if (typeof value !== 'object' || value === null || Array.isArray(value))
            this.#wrong('a map');
        return value;
    }
    /** Is the next one a text? */
    get isText() {
        return typeof this.#values[this.#at] === 'string';
    }
    /** One of `names`, stored by its number. */
    oneOf(names) {
        const number = this.count();
        if (number >= names.length)
            this.#wrong('a known code');
        return names[number];
    }
    end() {
        if (this.more)
            throw new Damaged(`${describe(this.place)}: more members than expected`);
    }
    #isNull() {
        if (this.#values[this.#at] !== null)
            return false;
        this.#at += 1;
        return true;
    }
    #wrong(expected) {
        throw new Damaged(`${describe(this.place)}: member ${this.#at - 1} is not ${expected}`);
    }
}
//# sourceMappingURL=fields.js.map