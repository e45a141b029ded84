/** What the archive keeps beside history, as bytes: states, the memory of commands, preferences, the outbox. */
import { recordKinds } from '../conversation/commands.js';
import { currentStint } from '../conversation/visibility.js';
import { Fields } from './fields.js';
import { describe, formats, hashBytes, pack, seal, unseal } from './format.js';
import { answerMember, boxesToNumber, readAnswer, readBoxes } from './format-entry.js';
import { Damaged } from './journal.js';
import { conversationOf, idBytes } from './keys.js';
export function encodeState(key, { stored, partition, hash }) {
    const { state, position } = stored;
    const payload = pack([
        partition,
        position,
        hash,
        state.starter,
        state.about === null ? null : [recordKinds.indexOf(state.about.kind), state.about.id],
        state.private,
        state.v,
        state.head,
        markMembers(state.lastMessage),
        Array.from(state.members, ([person, member]) => memberMembers(person, member)),
        distances(state.notices),
    ]);
    return seal(formats.state, key, payload);
}
/** `place.key` is the conversation's key. */
export function decodeState(place, value) {
    const fields = Fields.of(unseal(formats.state, place, value), place);
    const partition = fields.count();
    const position = fields.count();
    const hash = fields.bytes(hashBytes);
    const starter = fields.text();
    const about = fields.fieldsOrNull();
    const record = about === null ? null : { kind: about.oneOf(recordKinds), id: about.text() };
    const head = { private: fields.flag(), v: fields.count(), head: fields.count(), lastMessage: readMark(fields) };
    const members = new Map(fields.each((member) => readMember(member.fields())));
    let seq = 0;
    const notices = fields.each((distance) => (seq += distance.count()));
    fields.end();
    let current = 0;
    let hidden = 0;
    for (const member of members.values()) {
        if (currentStint(member) === null)
            continue;
        current += 1;
        if (!member.copy)
            hidden += 1;
    }
    const state = {
        id: conversationOf(place.key),
        starter,
        about: record,
        ...head,
        members,
        current,
        hidden,
        notices,
    };
    return { stored: { state, position }, partition, hash };
}
/** Each number less the one before: a conversation's many notices cost a byte or two each. */
function distances(ascending) {
    return ascending.map((seq, index) => seq - (ascending[index - 1] ?? 0));
}
function markMembers(mark) {
    return mark === null ? null : [mark.seq, mark.at];
}
function readMark(fields) {
    const inner = fields.fields();
    return { seq: inner.count(), at: inner.count() };
}
function memberMembers(person, member) {
    return [
        person,
        member.stints.flatMap((stint) => [stint.from, stint.to]),
        member.joinedAt,
        member.readUpTo,
        member.deletedUpTo,
        member.copy,
        markMembers(member.lastSeen),
    ];
}
function readMember(fields) {
    const person = fields.text();
    const stints = fields.each((stint) => ({ from: stint.count(), to: stint.countOrNull() }));
    const marks = { joinedAt: fields.count(), readUpTo: fields.count(), deletedUpTo: fields.count() };
    const copy = fields.flag();
    const lastSeen = fields.fieldsOrNull();
    fields.end();
    const mark = lastSeen === null ? null : { seq: lastSeen.count(), at: lastSeen.count() };
    return [person, { stints, ...marks, copy, lastSeen: mark }];
}
export function encodeCommand(key, record) {
    const { bodyHash, answer, at, partition, position } = record;
    return seal(formats.command, key, pack([bodyHash, answerMember(answer), at, partition, position]));
}
export function decodeCommand(place, value) {
    const fields = Fields.of(unseal(formats.command, place, value), place);
    const record = {
        bodyHash: fields.bytes(idBytes),
        answer: readAnswer(fields),
        at: fields.count(),
        partition: fields.count(),
        position: fields.count(),
    };
    fields.end();
    return record;
}
export function encodePreferences(key, person, boxes) {
    return seal(formats.preferences, key, pack([person, boxesToNumber(boxes)]));
}
export function decodePreferences(place, value) {
    const fields = Fields.of(unseal(formats.preferences, place, value), place);
    const preferences = { person: fields.text(), boxes: readBoxes(fields) };
    fields.end();
    return preferences;
}
const outboxKinds = ['conversation', 'message'];
/** `key`: person's hash, conversation. */
export function encodeOutbox(key, row) {
    const payload = pack([row.person, row.from, row.to, outboxKinds.indexOf(row.kind), row.dueAt]);
    return seal(formats.outbox, key, payload);
}
export function decodeOutbox(place, value) {
    const fields = Fields.of(unseal(formats.outbox, place, value), place);
    const conversation = conversationOf(place.key.subarray(idBytes));
    const row = { person: fields.text(), conversation, from: fields.count(), to: fields.count() };
    const rest = { kind: fields.oneOf(outboxKinds), dueAt: fields.count() };
    fields.end();
    return { ...row, ...rest };
}
/** Index entries say all in their key; the value guards it. */
export function encodeIndex(key) {
    return seal(formats.index, key, nothing);
}
export function checkIndex(place, value) {
    if (unseal(formats.index, place, value).length > 0)
        throw new Damaged(`${describe(place)}: an index entry with a value`);
}
const nothing = new Uint8Array(0);
//# sourceMappingURL=format-archive.js.map