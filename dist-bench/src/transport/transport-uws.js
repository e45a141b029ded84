/**
 * `Transport` on uWebSockets.js, and the only importer of it. Its rules, which this file keeps: an exception in a handler
 * aborts the process; any call on a closed socket throws; a message's buffer is detached after the handler; `end` and
 * `close` call the close handler at once.
 */
import { STATUS_CODES } from 'node:http';
import { createServer } from 'node:net';
import { limits } from '../limits.js';
import { systemClock } from '../runtime/clock.js';
import { subprotocol } from '../wire/close-codes.js';
import { parseOrigins, refuseHandshake } from './handshake.js';
import { answerHttp, endpointPath, plainAnswer } from './http-answer.js';
import { cannotListen } from './listen-error.js';
import { backlogCapBytes, plainAddress, SocketConnection } from './socket-connection.js';
import { assertPinnedBinary, uwsBinaryPath } from './uws-verify.js';
/**
 * Listens. Rejects where no pinned binary loads here (`UwsUnavailable`), and where the port cannot be had (the error
 * then bears the code of the operating system, such as EADDRINUSE).
 */
export async function listenUws(options, log, clock = systemClock()) {
    const uws = await loadUws();
    const allowed = parseOrigins(options.allowedOrigins);
    let listening = true;
    const app = uws.App();
    app.ws(endpointPath, {
        compression: uws.DISABLED,
        // What is over our bound and below this is ended with a 1009; uWebSockets.js itself would end it with no code at all.
        maxPayloadLength: 2 * limits.transportFrameMaxBytes,
        maxBackpressure: backlogCapBytes,
        // A net under the sessions' own heartbeats; it also ends sockets whose peer never answers a close.
        idleTimeout: (2 * limits.silenceMaxMs) / 1000,
        sendPingsAutomatically: true,
        upgrade(res, req, context) {
            respond(res, log, () => {
                const headers = readHeaders(req);
                const refusal = listening
                    ? refuseHandshake({ query: req.getQuery() ?? '', headers }, allowed)
                    : plainAnswer(503, 'The server is going down.');
                if (refusal)
                    return writeAnswer(res, refusal, true, true);
                const key = headers.get('sec-websocket-key') ?? '';
                res.upgrade({ connection: null }, key, subprotocol, '', context);
            });
        },
        open(ws) {
            const connection = new UwsConnection(ws, log, clock);
            ws.getUserData().connection = connection;
            connection.start(options.accept);
        },
        message(ws, message, isBinary) {
            const { connection } = ws.getUserData();
            if (message.byteLength > limits.transportFrameMaxBytes)
                connection?.close(1009, 'The frame is too large.');
            else if (isBinary)
                connection?.received(new Uint8Array(message));
            else
                connection?.receivedText();
        },
        drain: (ws) => ws.getUserData().connection?.drained(),
        close: (ws) => ws.getUserData().connection?.ended(),
    });
    app.any('/*', (res, req) => {
        respond(res, log, () => {
            const method = req.getCaseSensitiveMethod();
            const remote = plainAddress(Buffer.from(res.getRemoteAddressAsText()).toString());
            const answer = answerHttp({ method, path: req.getUrl(), query: req.getQuery() ?? '', remote }, options.http, log);
            // A body that nobody will read is cut off with its connection.
            writeAnswer(res, answer, method !== 'HEAD', method !== 'HEAD' && method !== 'GET');
        });
    });
    const socket = await new Promise((resolve) => {
        app.listen(options.host, options.port, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, resolve);
    });
    if (socket === false)
        throw await whyNot(options.host, options.port);
    const stopListening = () => {
        if (listening)
            uws.us_listen_socket_close(socket);
        listening = false;
    };
    return {
        name: 'uws',
        port: uws.us_socket_local_port(socket),
        stopListening,
        async close() {
            stopListening();
            app.close();
        },
    };
}
/** Nothing of uWebSockets.js can be used on this machine. */
export class UwsUnavailable extends Error {
}
async function loadUws() {
    // Read by the binary when it loads. Its default of 4 KiB turns away browsers with many cookies.
    process.env.UWS_HTTP_MAX_HEADERS_SIZE ??= String(limits.httpHeadMaxBytes);
    try {
        assertPinnedBinary(uwsBinaryPath());
        const { default: uws } = await import('uWebSockets.js');
        return uws;
    }
    catch (error) {
        throw new UwsUnavailable(error instanceof Error ? error.message : String(error));
    }
}
class UwsConnection extends SocketConnection {
    /** Null once it is gone, because every call on it would throw. */
    #socket;
    #closeWith = null;
    constructor(socket, log, clock) {
        super(Buffer.from(socket.getRemoteAddressAsText()).toString(), log, clock);
        this.#socket = socket;
    }
    backlogBytes() {
        return this.#socket?.getBufferedAmount() ?? 0;
    }
    /** 2 = dropped: the peer has lost a frame, so it has to resume. */
    write(bytes) {
        return this.#socket?.send(bytes, true, false) !== 2;
    }
    cork(write) {
        this.#socket?.cork(write);
    }
    /** After the native `end` nothing can be done any more about a peer that does not read: so it waits for the drain. */
    end(code, reason) {
        this.#closeWith = { code, reason };
        this.drained();
    }
    destroy() {
        this.#socket?.close();
    }
    drained() {
        if (this.#closeWith && this.backlogBytes() === 0)
            this.#socket?.end(this.#closeWith.code, this.#closeWith.reason);
    }
    ended() {
        this.#socket = null;
        super.ended();
    }
}
/** A request handler that throws, or returns without an answer, would abort the process. */
function respond(res, log, run) {
    res.onAborted(() => { });
    try {
        run();
    }
    catch (error) {
        log.error({ error: String(error) }, 'a request could not be answered');
        res.close();
    }
}
function writeAnswer(res, answer, withBody, last) {
    res.writeStatus(`${answer.status} ${STATUS_CODES[answer.status] ?? 'Unknown'}`);
    for (const [name, value] of Object.entries(answer.headers))
        res.writeHeader(name, value);
    if (withBody)
        res.end(answer.body, last);
    else
        res.endWithoutBody(Buffer.byteLength(answer.body), last);
}
function readHeaders(req) {
    const headers = new Map();
    req.forEach((name, value) => {
        const before = headers.get(name);
        headers.set(name, before === undefined ? value : `${before}, ${value}`);
    });
    return headers;
}
/** uWebSockets.js does not say why it could not listen; Node does. */
function whyNot(host, port) {
    return new Promise((resolve) => {
        const probe = createServer();
        probe.once('error', (error) => resolve(cannotListen(host, port, error)));
        probe.listen({ host, port, exclusive: true }, () => {
            probe.close(() => resolve(cannotListen(host, port, new Error('uWebSockets.js refused'))));
        });
    });
}
//# sourceMappingURL=transport-uws.js.map