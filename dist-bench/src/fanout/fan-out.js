import { unreadOf } from '../conversation/visibility.js';
import { aboutView, copyCard, peopleIn, peopleOf } from '../views/card.js';
import { concerned } from '../views/sidebars.js';
import { encode } from '../wire/codec.js';
import { entriesIn } from './change.js';
import { tellTabs } from './tabs.js';
/** Tells everyone connected. Sidebars have to be up to date with the group already. */
export function fanOut(port, partition, group) {
    const touched = new Set();
    let delivered = 0;
    for (const change of group) {
        delivered += tellEntry(port, partition, change, touched);
    }
    for (const person of touched)
        tellBadge(port, person);
    port.delivered(delivered);
}
/** LIST-6: whoever is connected knows their badge. */
export function tellBadge(port, person) {
    const badge = port.sidebars.peek(person)?.badge;
    if (badge === undefined)
        return;
    let bytes = null;
    for (const subscriber of port.audience.of(person) ?? []) {
        if (subscriber.badge === badge)
            continue;
        subscriber.badge = badge;
        bytes ??= encode({ t: 'badge', badge });
        subscriber.push(bytes);
    }
}
function tellEntry(port, partition, change, touched) {
    const { entry, after } = change;
    const at = [partition, entry.position];
    if (entry.preferences !== null) {
        const { person, boxes } = entry.preferences;
        return push(port.audience.of(person), () => encode({ t: 'alerts', at, preferences: copyOf(boxes) }));
    }
    const [event] = entry.events;
    if (event === undefined || after === null)
        return 0;
    const telling = new Telling(port, at, change, after, event);
    let delivered = 0;
    for (const person of concerned(change)) {
        const subscribers = port.audience.of(person);
        if (subscribers === undefined)
            continue;
        touched.add(person);
        delivered += push(subscribers, () => telling.bytesFor(person));
    }
    if (event.type === 'left') {
        const subscribers = port.audience.of(event.by);
        if (subscribers !== undefined)
            touched.add(event.by);
        delivered += push(subscribers, () => telling.bytesFor(event.by));
    }
    return delivered + tellTabs(port, change);
}
function push(subscribers, bytes) {
    if (subscribers === undefined)
        return 0;
    const frame = bytes();
    if (frame === null)
        return 0;
    for (const subscriber of subscribers)
        subscriber.push(frame);
    return subscribers.size;
}
/** One entry on its way to its readers, with the variants of its frame that were encoded so far. */
class Telling {
    #port;
    #at;
    #before;
    #after;
    #event;
    #entries;
    #invited;
    #variants = new Map();
    constructor(port, at, change, after, event) {
        this.#port = port;
        this.#at = at;
        this.#before = change.before;
        this.#after = after;
        this.#event = event;
        this.#entries = entriesIn(change);
        this.#invited = new Set(change.entry.events.flatMap((each) => (each.type === 'joined' ? [each.who] : [])));
    }
    /** Null: this reader's sidebar shows nothing of it. */
    bytesFor(person) {
        const event = this.#event;
        const member = this.#after.members.get(person);
        if (member === undefined)
            return null;
        if (event.type === 'read') {
            const unread = unreadOf(this.#after, person);
            return encode({ t: 'mark', at: this.#at, conversation: this.#after.id, readUpTo: member.readUpTo, unread });
        }
        if (!member.copy) {
            const had = this.#before?.members.get(person)?.copy === true;
            return event.type === 'deleted' && had ? this.#gone() : null;
        }
        if (event.type === 'deleted')
            return this.#card(person, [], null);
        if (event.type === 'started')
            return this.#card(person, this.#entries, this.#popup(person, 'conversation'));
        if (this.#invited.has(person)) {
            const own = this.#entries.findIndex((entry) => entry.kind === 'joined' && entry.who === person);
            return this.#card(person, this.#entries.slice(own), this.#popup(person, 'conversation'));
        }
        const popup = this.#popup(person, 'message');
        const returns = this.#before?.members.get(person)?.copy !== true;
        return returns ? this.#card(person, this.#entries, popup) : this.#newEntries(popup);
    }
    /** ALERT-5: nobody is alerted of their own doing. */
    #popup(person, kind) {
        return person !== this.#event.by && this.#port.wantsPopup(person, kind) ? kind : null;
    }
    #gone() {
        return encode({ t: 'gone', at: this.#at, conversation: this.#after.id });
    }
    #newEntries(popup) {
        return this.#variant(`entries ${popup}`, () => encode({
            t: 'entries',
            at: this.#at,
            conversation: this.#after.id,
            entries: this.#entries,
            // Who speaks is known from the card; who joins is not.
            people: this.#event.type === 'joined' ? peopleIn(this.#port.directory, this.#entries) : [],
            ...(popup === null ? {} : { popup }),
        }));
    }
    #card(person, entries, popup) {
        const { directory } = this.#port;
        const make = () => {
            const card = copyCard(directory, this.#after, person, entries);
            const people = peopleOf(directory, [card]);
            return encode({ t: 'card', at: this.#at, card, people, ...(popup === null ? {} : { popup }) });
        };
        // At the start all readers but the starter see the same, but for the record's name and the pop-up.
        if (this.#event.type !== 'started')
            return make();
        const about = aboutKey(aboutView(directory, this.#after, person));
        return this.#variant(`card ${person === this.#event.by} ${about} ${popup}`, make);
    }
    #variant(key, make) {
        let bytes = this.#variants.get(key);
        if (bytes === undefined) {
            bytes = make();
            this.#variants.set(key, bytes);
        }
        return bytes;
    }
}
function aboutKey(about) {
    return about === null ? 'none' : String(about.restricted);
}
function copyOf(boxes) {
    return { email: { ...boxes.email }, popup: { ...boxes.popup } };
}
//# sourceMappingURL=fan-out.js.map