/**
 * Events as bytes. An array that begins with the event's code; the conversation is not in it, because the key or the
 * journal entry around it says which one it is. In history each event stands behind the running hash of its
 * conversation, so that a lost, doubled or swapped event is noticed and not only a flipped bit.
 */
import { recordKinds } from '../conversation/commands.js';
import { Fields } from './fields.js';
import { chain, describe, formats, hashBytes, pack, seal, unseal } from './format.js';
import { Damaged } from './journal.js';
/** The position in this list is the code on disk: append only. */
const types = ['started', 'replied', 'joined', 'left', 'read', 'deleted'];
export function eventMembers(event) {
    const head = [types.indexOf(event.type), event.v, event.at, event.by];
    switch (event.type) {
        case 'started': {
            const about = event.about === null ? null : [recordKinds.indexOf(event.about.kind), event.about.id];
            return [...head, event.seq, event.text, event.people, about, event.private];
        }
        case 'replied':
            return [...head, event.seq, event.text];
        case 'joined':
            return [...head, event.seq, event.who];
        case 'left':
            return [...head, event.seq];
        case 'read':
        case 'deleted':
            return [...head, event.upTo];
    }
}
export function readEvent(fields, conversation) {
    const type = fields.oneOf(types);
    const head = { v: fields.count(), at: fields.count(), by: fields.text() };
    const event = readBody(fields, type, head, conversation);
    fields.end();
    return event;
}
function readBody(fields, type, head, conversation) {
    switch (type) {
        case 'started': {
            const start = { seq: fields.count(), text: fields.text(), people: fields.each((person) => person.text()) };
            const about = fields.fieldsOrNull();
            const record = about === null ? null : { kind: about.oneOf(recordKinds), id: about.text() };
            return { type, ...head, conversation, ...start, about: record, private: fields.flag() };
        }
        case 'replied':
            return { type, ...head, seq: fields.count(), text: fields.text() };
        case 'joined':
            return { type, ...head, seq: fields.count(), who: fields.text() };
        case 'left':
            return { type, ...head, seq: fields.count() };
        case 'read':
        case 'deleted':
            return { type, ...head, upTo: fields.count() };
    }
}
/** Payload: running hash (8 bytes), then the array of the position and the event's members. */
export function encodeEvent(key, previous, archived) {
    const members = pack([archived.position, ...eventMembers(archived.event)]);
    const hash = chain(previous, members);
    return { value: seal(formats.event, key, Buffer.concat([hash, members])), hash };
}
export function decodeEvent(place, conversation, value) {
    const payload = eventPayload(place, value);
    const fields = Fields.of(payload.subarray(hashBytes), place);
    const position = fields.count();
    return {
        archived: { position, event: readEvent(fields, conversation) },
        hash: new Uint8Array(payload.subarray(0, hashBytes)),
    };
}
/** Throws `Damaged` unless the event follows the one that left `previous`; returns its own running hash. */
export function follow(place, previous, value) {
    const payload = eventPayload(place, value);
    const hash = chain(previous, payload.subarray(hashBytes));
    if (Buffer.compare(hash, payload.subarray(0, hashBytes)) !== 0) {
        throw new Damaged(`${describe(place)}: does not follow the event before it`);
    }
    return hash;
}
function eventPayload(place, value) {
    const payload = unseal(formats.event, place, value);
    if (payload.length <= hashBytes)
        throw new Damaged(`${describe(place)}: cut short`);
    return payload;
}
//# sourceMappingURL=format-event.js.map