/**
 * Does a decoded value fit a client frame's schema, and if not, where is the first fault? The schemas are compiled once,
 * on first use: some 15 ns a check then. Server only; the compiler is not for browsers with a strict content policy.
 */
import Compile, {} from 'typebox/compile';
import { clientFrames } from './frames.js';
const validators = new Map();
/** A pointer is an answer to a client, not a place to hand its own bytes back: beyond this the whole is named. */
const pointerMaxChars = 128;
export function isClientFrameName(t) {
    return typeof t === 'string' && Object.hasOwn(clientFrames, t);
}
/** Null: `value` is such a frame. Otherwise the first fault as a JSON pointer, '' for the whole. */
export function faultOf(name, value) {
    let validator = validators.get(name);
    if (validator === undefined) {
        validator = Compile(clientFrames[name]);
        validators.set(name, validator);
    }
    return validator.Check(value) ? null : pointerTo(validator, value);
}
/** A missing property is named itself, not by the object that lacks it; a needless one TypeBox names by itself. */
function pointerTo(validator, value) {
    const error = validator.Errors(value)[0];
    if (error === undefined)
        return '';
    const missing = error.keyword === 'required' ? error.params.requiredProperties[0] : undefined;
    const pointer = missing === undefined ? error.instancePath : `${error.instancePath}/${missing}`;
    return pointer.length <= pointerMaxChars ? pointer : '';
}
//# sourceMappingURL=validate.js.map