/**
 * `Transport` on uWebSockets.js, and the only importer of it. Its rules, which this file keeps: an exception in a handler
 * aborts the process; any call on a closed socket throws; a message's buffer is detached after the handler; `end` and
 * `close` call the close handler at once.
 */

import type { HttpResponse, HttpRequest as UwsRequest, us_listen_socket, WebSocket } from 'uWebSockets.js';
import { STATUS_CODES } from 'node:http';
import { createServer } from 'node:net';
import { limits } from '../limits.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { HttpAnswer, Transport, TransportOptions } from '../session/connection.ts';
import { subprotocol } from '../wire/close-codes.ts';
import { clientAddress, parseProxies, plainAddress } from './client-address.ts';
import { ConnectionCount } from './connection-count.ts';
import { parseOrigins, refuseHandshake } from './handshake.ts';
import { answerHttp, endpointPath, plainAnswer } from './http-answer.ts';
import { cannotListen } from './listen-error.ts';
import { backlogCapBytes, SocketConnection } from './socket-connection.ts';
import { assertPinnedBinary, uwsBinaryPath } from './uws-verify.ts';

/** What rides on the native socket object. */
interface Carried {
  readonly address: string;
  connection: UwsConnection | null;
}

declare module 'uWebSockets.js' {
  /** In the code, and missing from the package's types. */
  const LIBUS_LISTEN_EXCLUSIVE_PORT: number;
  interface TemplatedApp {
    listen(host: string, port: number, options: number, done: (socket: us_listen_socket | false) => void): TemplatedApp;
  }
}

/**
 * Listens. Rejects where no pinned binary loads here (`UwsUnavailable`), and where the port cannot be had (the error
 * then bears the code of the operating system, such as EADDRINUSE).
 */
export async function listenUws(options: TransportOptions, log: Log, clock: Clock = systemClock()): Promise<Transport> {
  const uws = await loadUws();
  const { host, port } = options;
  const allowed = parseOrigins(options.allowedOrigins);
  const proxies = parseProxies(options.trustedProxies ?? []);
  const count = new ConnectionCount(options.connectionsMax ?? Number.POSITIVE_INFINITY, log);
  let listening = true;
  // The library keeps the handlers of a closed app to the end of the process: by this they reach the server until then.
  let server: Pick<TransportOptions, 'accept' | 'http'> | null = options;
  const app = uws.App();
  // Called for each socket that is opened or closed; of one that has become a WebSocket, only for the opening.
  const changed: Parameters<typeof app.filter>[0] = (res, change) => {
    if (Number(change) < 0) count.closed();
    else if (!count.opened()) res.close();
  };
  app.filter(changed);

  app.ws<Carried>(endpointPath, {
    compression: uws.DISABLED,
    // What is over our bound and below this is ended with a 1009; uWebSockets.js itself would end it with no code at all.
    maxPayloadLength: 2 * limits.transportFrameMaxBytes,
    maxBackpressure: backlogCapBytes,
    // Beyond it `publish` leaves a message out, and says so to nobody: the stream would have a hole.
    closeOnBackpressureLimit: 1,
    // A net under the sessions' own heartbeats; it also ends sockets whose peer never answers a close.
    idleTimeout: (2 * limits.silenceMaxMs) / 1000,
    sendPingsAutomatically: true,
    upgrade(res, req, context) {
      respond(res, log, () => {
        const headers = readHeaders(req);
        const refusal = listening
          ? refuseHandshake({ query: req.getQuery() ?? '', headers }, allowed, count.isFull)
          : plainAnswer(503, 'The server is going down.');
        if (refusal) return writeAnswer(res, refusal, true, true);
        const key = headers.get('sec-websocket-key') ?? '';
        const address = clientAddress(peerOf(res), headers.get('x-forwarded-for'), proxies);
        res.upgrade<Carried>({ address, connection: null }, key, subprotocol, '', context);
      });
    },
    open(ws) {
      const connection = new UwsConnection(ws, ws.getUserData().address, log, clock);
      ws.getUserData().connection = connection;
      if (server !== null) connection.start(server.accept);
    },
    message(ws, message, isBinary) {
      const { connection } = ws.getUserData();
      if (message.byteLength > limits.transportFrameMaxBytes) connection?.close(1009, 'The frame is too large.');
      else if (isBinary) connection?.received(new Uint8Array(message));
      else connection?.receivedText();
    },
    ping: (ws) => ws.getUserData().connection?.receivedPing(),
    drain: (ws) => ws.getUserData().connection?.drained(),
    close(ws) {
      count.closed();
      ws.getUserData().connection?.ended();
    },
  });

  app.any('/*', (res, req) => {
    respond(res, log, (isGone) => {
      const method = req.getCaseSensitiveMethod();
      const remote = clientAddress(peerOf(res), readHeaders(req).get('x-forwarded-for'), proxies);
      // The request is readable during this call only.
      const asked = { method, path: req.getUrl(), query: req.getQuery() ?? '', remote, host: req.getHeader('host') };
      void answerHttp(asked, server?.http, log).then((answer) => {
        if (isGone()) return;
        // A body that nobody will read is cut off with its connection.
        res.cork(() => writeAnswer(res, answer, method !== 'HEAD', method !== 'HEAD' && method !== 'GET'));
      });
    });
  });

  const socket = await new Promise<us_listen_socket | false>((resolve) => {
    app.listen(host, port, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, resolve);
  });
  if (socket === false) throw await whyNot(host, port);

  const stopListening = (): void => {
    if (listening) uws.us_listen_socket_close(socket);
    listening = false;
  };
  return {
    name: 'uws',
    port: uws.us_socket_local_port(socket),
    publish(topic, bytes) {
      app.publish(topic, bytes, true, false);
    },
    stopListening,
    async close() {
      stopListening();
      app.close();
      server = null;
    },
  };
}

/** Nothing of uWebSockets.js can be used on this machine. */
export class UwsUnavailable extends Error {}

type Uws = typeof import('uWebSockets.js');
/** What has been verified and loaded, and from where. It stays in this process, whatever becomes of the file. */
let loaded: { readonly uws: Uws; readonly path: string } | null = null;

async function loadUws(): Promise<Uws> {
  // Read by the binary when it loads. Its default of 4 KiB turns away browsers with many cookies.
  process.env.UWS_HTTP_MAX_HEADERS_SIZE ??= String(limits.httpHeadMaxBytes);
  try {
    const path = uwsBinaryPath();
    if (loaded?.path === path) return loaded.uws;
    assertPinnedBinary(path);
    loaded = { uws: (await import('uWebSockets.js')).default, path };
    return loaded.uws;
  } catch (error) {
    throw new UwsUnavailable(error instanceof Error ? error.message : String(error));
  }
}

class UwsConnection extends SocketConnection {
  /** Null once it is gone, because every call on it would throw. */
  #socket: WebSocket<Carried> | null;
  /**
   * May something wait? A call for each frame that the kernel took whole would only hear 0. What is left of a corked frame
   * shows at the next one.
   */
  #pressed = false;
  /** Of what is published nobody says whether it waits. */
  #topics = 0;
  #closeWith: { code: number; reason: string } | null = null;

  constructor(socket: WebSocket<Carried>, address: string, log: Log, clock: Clock) {
    super(address, log, clock);
    this.#socket = socket;
  }

  backlogBytes(): number {
    if (!this.#pressed && this.#topics === 0) return 0;
    const bytes = this.#socket?.getBufferedAmount() ?? 0;
    this.#pressed = bytes > 0;
    return bytes;
  }

  /** 1 = all of it is the kernel's; 0 = some of it waits; 2 = dropped: the peer has lost a frame, so it has to resume. */
  protected write(bytes: Uint8Array): boolean {
    const became = this.#socket?.send(bytes, true, false);
    if (became !== 1) this.#pressed = true;
    return became !== 2;
  }

  subscribe(topic: string): void {
    if (this.#socket?.subscribe(topic)) this.#topics += 1;
  }

  unsubscribe(topic: string): void {
    if (!this.#socket?.unsubscribe(topic)) return;
    this.#topics -= 1;
    this.#pressed = true;
  }

  protected cork(write: () => void): void {
    this.#socket?.cork(write);
    this.#pressed = true;
  }

  /** After the native `end` nothing can be done any more about a peer that does not read: so it waits for the drain. */
  protected end(code: number, reason: string): void {
    this.#closeWith = { code, reason };
    this.#pressed = true;
    this.drained();
  }

  protected destroy(): void {
    this.#socket?.close();
  }

  drained(): void {
    if (this.#closeWith && this.backlogBytes() === 0) this.#socket?.end(this.#closeWith.code, this.#closeWith.reason);
  }

  override ended(): void {
    this.#socket = null;
    super.ended();
  }
}

/** A request handler that throws, or answers later without having asked whether the peer is gone, would abort the process. */
function respond(res: HttpResponse, log: Log, run: (isGone: () => boolean) => void): void {
  let gone = false;
  res.onAborted(() => {
    gone = true;
  });
  try {
    run(() => gone);
  } catch (error) {
    log.error({ error: String(error) }, 'a request could not be answered');
    res.close();
  }
}

function writeAnswer(res: HttpResponse, answer: HttpAnswer, withBody: boolean, last: boolean): void {
  res.writeStatus(`${answer.status} ${STATUS_CODES[answer.status] ?? 'Unknown'}`);
  for (const [name, value] of Object.entries(answer.headers)) res.writeHeader(name, value);
  if (withBody) res.end(answer.body, last);
  else res.endWithoutBody(Buffer.byteLength(answer.body), last);
}

function peerOf(res: HttpResponse): string {
  return plainAddress(Buffer.from(res.getRemoteAddressAsText()).toString());
}

function readHeaders(req: UwsRequest): Map<string, string> {
  const headers = new Map<string, string>();
  req.forEach((name, value) => {
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  });
  return headers;
}

/** uWebSockets.js does not say why it could not listen; Node does. */
function whyNot(host: string, port: number): Promise<Error> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(cannotListen(host, port, error)));
    probe.listen({ host, port, exclusive: true }, () => {
      probe.close(() => resolve(cannotListen(host, port, new Error('uWebSockets.js refused'))));
    });
  });
}
