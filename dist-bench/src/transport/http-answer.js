/** Where WebSockets are opened. */
export const endpointPath = '/v1';
/** Everything is forbidden to a page unless its answer says otherwise; header names are lower-case. */
const defaultHeaders = {
    'content-type': 'text/plain; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
};
/** `text` as a complete answer. */
export function plainAnswer(status, text, headers = {}) {
    return { status, headers: { ...defaultHeaders, ...headers }, body: `${text}\n` };
}
/** The answer to anything that is not a WebSocket handshake. Never throws: what the hook throws becomes a 500. */
export function answerHttp(request, hook, log) {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
        return plainAnswer(405, 'Only GET and HEAD are answered here.', { allow: 'GET, HEAD' });
    }
    if (request.path === endpointPath) {
        return plainAnswer(426, 'This is a WebSocket endpoint.', { upgrade: 'websocket' });
    }
    try {
        const answer = hook?.(request.path, request.query, request.remote) ?? null;
        return answer ? withDefaults(answer) : plainAnswer(404, 'There is nothing here.');
    }
    catch (error) {
        log.error({ error: String(error) }, 'a page could not be answered');
        return plainAnswer(500, 'The server failed to answer.');
    }
}
function withDefaults(answer) {
    const headers = { ...defaultHeaders };
    for (const [name, value] of Object.entries(answer.headers))
        headers[name.toLowerCase()] = value;
    return { status: answer.status, headers, body: answer.body };
}
//# sourceMappingURL=http-answer.js.map