import { isTimelineEvent } from '../conversation/events.js';
import { changesOf } from './archive-changes.js';
import { historyOf } from './archive-history.js';
import { describe } from './format.js';
import { checkIndex, decodeCommand, decodeOutbox, decodePreferences, decodeState } from './format-archive.js';
import { decodeEvent } from './format-event.js';
import { Damaged, Unavailable } from './journal.js';
import { after, commandKey, conversationKey, conversationOf, eventKey, eventNumberMax, eventNumberOf, hashOf, idBytes, recordPrefix, } from './keys.js';
import { allRows, highest, lowest, placeIn } from './tables.js';
/** Everything of the port that only reads: also over a snapshot of another process's tables. */
export class ArchiveReader {
    tables;
    constructor(tables) {
        this.tables = tables;
    }
    async state(conversation) {
        const key = conversationKey(conversation);
        const value = key === null ? undefined : this.tables.get('states', key);
        return key === null || value === undefined ? null : decodeState(placeIn('states', key), value).stored;
    }
    async timeline(conversation, from, to, limit) {
        const key = conversationKey(conversation);
        if (key === null || from > to)
            return [];
        const first = eventKey(key, from);
        const rows = this.tables.rowsDown('timeline', first, behind(key, to), limit).reverse();
        return decodeTimeline(conversation, rows);
    }
    async timelineSince(conversation, position, limit) {
        const key = conversationKey(conversation);
        if (key === null)
            return [];
        const rows = this.tables.rowsDown('timeline', key, after(key), limit + 1).reverse();
        const newer = decodeTimeline(conversation, rows).filter((archived) => archived.position > position);
        return newer.length > limit ? null : newer;
    }
    async *events(conversation) {
        const key = conversationKey(conversation);
        if (key !== null)
            yield* historyOf(this.tables, key);
    }
    async *conversations() {
        for (const { key } of allRows(this.tables, 'states', lowest, highest))
            yield conversationOf(key);
    }
    async conversationsOf(person) {
        return this.#indexed('members', hashOf(person));
    }
    async conversationsAbout(record) {
        return this.#indexed('records', recordPrefix(record));
    }
    async command(person, id) {
        const key = commandKey(person, id);
        const value = this.tables.get('commands', key);
        if (value === undefined)
            return null;
        const { bodyHash, answer } = decodeCommand(placeIn('commands', key), value);
        return { person, id, bodyHash, answer };
    }
    async preferences(person) {
        const key = hashOf(person);
        const value = this.tables.get('preferences', key);
        return value === undefined ? null : decodePreferences(placeIn('preferences', key), value).boxes;
    }
    async *outbox() {
        for (const { key, value } of allRows(this.tables, 'outbox', lowest, highest)) {
            yield decodeOutbox(placeIn('outbox', key), value);
        }
    }
    #indexed(table, prefix) {
        const found = [];
        for (const { key, value } of allRows(this.tables, table, prefix, after(prefix))) {
            checkIndex(placeIn(table, key), value);
            found.push(conversationOf(key.subarray(key.length - idBytes)));
        }
        return found;
    }
}
class TablesArchive extends ArchiveReader {
    #tables;
    /** One write after the other: each looks at what the one before left. */
    #writing = Promise.resolve();
    #failed = false;
    /** Where the next look for forgettable commands begins. */
    #forgetFrom = lowest;
    constructor(tables) {
        super(tables);
        this.#tables = tables;
    }
    write(batch) {
        return this.#inTurn(() => this.#commit(changesOf(this.#tables, batch)));
    }
    forgetCommands(before, limit) {
        return this.#inTurn(async () => {
            const rows = this.#tables.rows('commands', this.#forgetFrom, highest, limit);
            const old = rows.filter(({ key, value }) => decodeCommand(placeIn('commands', key), value).at < before);
            await this.#commit(old.map(({ key }) => ({ table: 'commands', key, value: null })));
            const last = rows[rows.length - 1];
            const done = last === undefined || rows.length < limit;
            this.#forgetFrom = done ? lowest : Buffer.concat([last.key, Buffer.from([0])]);
            return done;
        });
    }
    async close() {
        await this.#writing;
        await this.#tables.close();
    }
    async #commit(changes) {
        if (this.#failed)
            throw new Unavailable('an earlier write of the archive has failed');
        if (changes.length === 0)
            return;
        try {
            await this.#tables.write(changes);
        }
        catch (error) {
            this.#failed = true;
            throw error;
        }
    }
    #inTurn(run) {
        const mine = this.#writing.then(run);
        this.#writing = mine.catch(() => undefined);
        return mine;
    }
}
export function archiveOver(tables) {
    return new TablesArchive(tables);
}
/** The key behind a conversation's entry `number`. */
function behind(conversation, number) {
    return number >= eventNumberMax ? after(conversation) : eventKey(conversation, number + 1);
}
/** Seqs have no gap: a missing entry between two others is damage, not an empty place. */
function decodeTimeline(conversation, ascending) {
    let expected = null;
    return ascending.map(({ key, value }) => {
        const place = placeIn('timeline', key);
        const { archived } = decodeEvent(place, conversation, value);
        const { event } = archived;
        if (!isTimelineEvent(event) || event.seq !== eventNumberOf(key)) {
            throw new Damaged(`${describe(place)}: an event of another place`);
        }
        if (expected !== null && event.seq !== expected) {
            throw new Damaged(`${describe(place)}: seq ${expected} is missing before it`);
        }
        expected = event.seq + 1;
        return archived;
    });
}
//# sourceMappingURL=archive-tables.js.map