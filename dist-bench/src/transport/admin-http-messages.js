import { DirectoryUnavailable } from '../directory/create-directory.js';
import { InvalidEntity } from '../directory/entity-validation.js';
import { limits } from '../limits.js';
/** An answer that is no success. `name` is stable, the message may change. */
export class AdminError extends Error {
    status;
    errorName;
    headers;
    constructor(status, name, message, headers = {}) {
        super(message);
        this.status = status;
        this.errorName = name;
        this.headers = headers;
    }
}
export function json(status, value) {
    return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}
/** The answer to whatever a route threw; 500 means a bug, of which the caller is told nothing more. */
export function answerOf(error) {
    if (error instanceof InvalidEntity) {
        return json(422, { error: { name: 'invalid-entity', message: error.message, field: error.field } });
    }
    if (error instanceof AdminError) {
        const extra = error.status === 401 ? { 'www-authenticate': 'Bearer' } : error.headers;
        return { ...json(error.status, { error: { name: error.errorName, message: error.message } }), headers: extra };
    }
    if (error instanceof DirectoryUnavailable) {
        return json(503, {
            error: { name: 'unavailable', message: 'The directory takes no change; the outcome is unknown.' },
        });
    }
    return json(500, { error: { name: 'internal', message: 'A bug: see the log of the server.' } });
}
/** The JSON of the request's body, undefined where it is empty; at most `adminBodyMaxBytes`. */
export async function bodyOf(request) {
    const tooLarge = () => new AdminError(413, 'body-too-large', `The body is larger than ${limits.adminBodyMaxBytes} bytes.`);
    if (Number(request.headers['content-length'] ?? 0) > limits.adminBodyMaxBytes)
        throw tooLarge();
    const chunks = [];
    let bytes = 0;
    try {
        // Left before its end, the request stays open for the answer: hence not the iterator of the stream itself.
        for await (const chunk of request.iterator({ destroyOnReturn: false })) {
            bytes += chunk.length;
            if (bytes > limits.adminBodyMaxBytes)
                throw tooLarge();
            chunks.push(chunk);
        }
    }
    catch (error) {
        throw error instanceof AdminError ? error : new AdminError(400, 'body-invalid', 'The body ended too early.');
    }
    if (bytes === 0)
        return undefined;
    try {
        return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
    }
    catch {
        throw new AdminError(400, 'body-invalid', 'The body is not JSON in UTF-8.');
    }
}
/** The body as an object with no other fields than these. */
export function fieldsOf(body, known) {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
        throw new AdminError(400, 'body-invalid', 'The body must be an object.');
    }
    if (Object.keys(body).some((key) => !known.includes(key))) {
        throw new AdminError(400, 'body-invalid', `The body may hold ${known.join(', ')} and nothing else.`);
    }
    return body;
}
//# sourceMappingURL=admin-http-messages.js.map