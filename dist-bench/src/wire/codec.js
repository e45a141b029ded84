/**
 * Bytes from frames and frames from bytes: plain MessagePack, no extension types, shared by server and client. What a
 * server reads is checked wholly (`decodeClientFrame`); what a client reads comes from its server and is not.
 */
import { Packr } from 'msgpackr';
import { limits } from '../limits.js';
import { prescan } from './prescan.js';
import { faultOf, isClientFrameName } from './validate.js';
const options = {
    useRecords: false,
    variableMapSize: true,
    // A property that is undefined is one that is not there; MessagePack has no other way to say so.
    skipValues: [undefined],
    // No BigInt: an integer of 64 bits that is no safe one is rounded to one that no schema takes.
    int64AsType: 'number',
};
const packr = new Packr(options);
/** The bytes are the caller's: no later call touches them. Strings must be well-formed (`String#toWellFormed`). */
export function encode(frame) {
    return packr.pack(frame);
}
/**
 * A client's frame, or why it is none: 'frame-too-large', 'frame-malformed' (no MessagePack map of plain values within
 * the limits), 'frame-unknown' (no such `t`) or 'frame-invalid' (with the first fault's place). `id` is the request's,
 * where it could be read. Never throws; `bytes` may be reused or detached afterwards.
 */
export function decodeClientFrame(bytes) {
    if (bytes.length > limits.frameInMaxBytes) {
        return fault('frame-too-large', prescan(bytes.subarray(0, limits.frameInMaxBytes)).id);
    }
    const { ok, id } = prescan(bytes);
    if (!ok)
        return fault('frame-malformed', id);
    let value;
    try {
        value = packr.unpack(bytes);
    }
    catch {
        return fault('frame-malformed', id);
    }
    if (!isClientFrameName(value.t))
        return fault('frame-unknown', id);
    const field = faultOf(value.t, value);
    return field === null ? { ok: true, frame: value } : fault('frame-invalid', id, field);
}
function fault(error, id, field) {
    return { ok: false, error, ...(id === undefined ? {} : { id }), ...(field === undefined ? {} : { field }) };
}
/** The bytes are no frame at all: a client cannot go on with this connection. */
export class UnreadableFrame extends Error {
    name = 'UnreadableFrame';
}
/**
 * A server's frame. Checks that it is a map with a `t`, no more: a client trusts its server, and passes over frames
 * whose `t` it does not know. Throws `UnreadableFrame`. Nothing of the result refers to `bytes`.
 */
export function decodeServerFrame(bytes) {
    let value;
    try {
        value = packr.unpack(bytes);
    }
    catch (cause) {
        throw new UnreadableFrame('no MessagePack value', { cause });
    }
    if (typeof value !== 'object' || value === null || typeof value.t !== 'string') {
        throw new UnreadableFrame('no map with a `t`');
    }
    return value;
}
//# sourceMappingURL=codec.js.map