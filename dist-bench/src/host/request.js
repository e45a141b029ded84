/** What a session asks the host to do for a person: a command of the protocol, checked in form, not yet in rules. */
import { createHash } from 'node:crypto';
/** 16 bytes that tell one body from another (CMD-1); the order of a record's keys is fixed by how sessions build it. */
export function hashBody(request) {
    return createHash('sha256').update(JSON.stringify(request)).digest().subarray(0, 16);
}
/** A started conversation's id follows from who started it and by which command: a retry finds it without a search. */
export function conversationIdOf(person, commandId) {
    return createHash('sha256').update(`${person}\0${commandId}`).digest().subarray(0, 16).toString('base64url');
}
/** FNV-1a over the id: which partition a conversation, or a person's own commands, belong to. */
export function partitionOf(id, partitions) {
    let hash = 0x811c9dc5;
    for (let index = 0; index < id.length; index += 1)
        hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
    return (hash >>> 0) % partitions;
}
export function toCommand(request, conversation, by, now, facts) {
    const from = { by, now, facts };
    switch (request.type) {
        case 'start':
            return {
                ...from,
                type: 'start',
                conversation,
                text: request.text,
                people: request.people,
                about: request.about,
                private: request.private,
            };
        case 'reply':
            return { ...from, type: 'reply', text: request.text };
        case 'read':
            return { ...from, type: 'read', upTo: request.upTo };
        case 'invite':
            return { ...from, type: 'invite', people: request.people };
        case 'leave':
            return { ...from, type: 'leave' };
        case 'delete':
            return { ...from, type: 'delete', upTo: request.upTo };
    }
}
//# sourceMappingURL=request.js.map