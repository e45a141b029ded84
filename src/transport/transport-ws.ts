/** `Transport` on `ws` and Node's own HTTP: for machines where no binary of uWebSockets.js loads. Slower, same behaviour. */
import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
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

/** Fragments of one message: far above what any library sends, far below what costs memory. */
const fragmentsMax = 16_384;

/** Listens. Rejects where the port cannot be had, with the operating system's code on the error. */
export async function listenWs(options: TransportOptions, log: Log, clock: Clock = systemClock()): Promise<Transport> {
  const allowed = parseOrigins(options.allowedOrigins);
  const proxies = parseProxies(options.trustedProxies ?? []);
  const addressOf = (req: IncomingMessage): string => {
    const peer = plainAddress(req.socket.remoteAddress ?? '');
    return clientAddress(peer, readHeaders(req.rawHeaders).get('x-forwarded-for'), proxies);
  };
  const connections = new Set<WsConnection>();
  const count = new ConnectionCount(options.connectionsMax ?? Number.POSITIVE_INFINITY, log);
  let listening = true;
  // Not written in place, because the types of `ws` do not know `closeTimeout` yet.
  const webSocketOptions = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.transportFrameMaxBytes,
    maxFragments: fragmentsMax,
    closeTimeout: limits.closeGraceMs,
    autoPong: false,
    handleProtocols: () => subprotocol,
  };
  const sockets = new WebSocketServer(webSocketOptions);
  const server = createServer({
    maxHeaderSize: limits.httpHeadMaxBytes,
    headersTimeout: limits.helloTimeoutMs,
    requestTimeout: limits.helloTimeoutMs,
    connectionsCheckingInterval: limits.expirySweepMs,
  });

  server.on('connection', (socket) => {
    socket.once('close', () => count.closed());
    if (!count.opened()) socket.destroy();
  });

  server.on('request', (req, res) => {
    const method = req.method ?? '';
    const { path, query } = splitTarget(req);
    const remote = addressOf(req);
    const host = req.headers.host ?? '';
    void answerHttp({ method, path, query, remote, host }, options.http, log).then((answer) => {
      // A body that nobody will read is cut off with its connection.
      if (method !== 'HEAD' && method !== 'GET') res.shouldKeepAlive = false;
      res.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
      res.end(method === 'HEAD' ? undefined : answer.body);
    });
  });

  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const { path, query } = splitTarget(req);
    const refusal = !listening
      ? plainAnswer(503, 'The server is going down.')
      : path !== endpointPath
        ? plainAnswer(404, 'There is nothing here.')
        : req.method !== 'GET'
          ? plainAnswer(405, 'A handshake is a GET.', { allow: 'GET' })
          : refuseHandshake({ query, headers: readHeaders(req.rawHeaders) }, allowed, count.isFull);
    if (refusal) return refuse(socket, refusal);
    sockets.handleUpgrade(req, socket, head, (ws) => {
      const connection = new WsConnection(ws, socket, addressOf(req), log, clock);
      connections.add(connection);
      ws.on('close', () => {
        connections.delete(connection);
        connection.ended();
      });
      connection.start(options.accept);
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(options.host, options.port, error)));
    server.listen({ host: options.host, port: options.port, exclusive: true, backlog: 511 }, resolve);
  });
  server.on('error', (error) => log.error({ error: error.message }, 'the listening socket failed'));
  const { port } = server.address() as AddressInfo;
  const closed = new Promise<void>((resolve) => server.once('close', resolve));

  const stopListening = (): void => {
    if (listening) server.close();
    listening = false;
  };
  return {
    name: 'ws',
    port,
    publish(topic, bytes) {
      for (const connection of connections) if (connection.topics.has(topic)) connection.send(bytes);
    },
    stopListening,
    async close() {
      stopListening();
      for (const connection of connections) connection.terminate();
      server.closeAllConnections();
      await closed;
    },
  };
}

class WsConnection extends SocketConnection {
  readonly topics = new Set<string>();
  readonly #ws: WebSocket;
  readonly #socket: Duplex;

  constructor(ws: WebSocket, socket: Duplex, address: string, log: Log, clock: Clock) {
    super(address, log, clock);
    this.#ws = ws;
    this.#socket = socket;
    ws.on('message', (data: Buffer, isBinary) => (isBinary ? this.received(data) : this.receivedText()));
    ws.on('error', (error) => log.debug({ error: error.message }, 'a peer broke the WebSocket protocol'));
    // Answered here and not by `ws`, so that a peer that pings and does not read meets the same bound.
    ws.on('ping', (data: Buffer) => {
      if (this.backlogBytes() > backlogCapBytes) this.terminate();
      else if (ws.readyState === ws.OPEN) ws.pong(data);
      this.receivedPing();
    });
    // The peer has said that it sends no more, perhaps without a close frame; it may still not read either.
    socket.once('end', () => this.startGrace());
  }

  backlogBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** Copies: Node keeps a buffer until the kernel has taken it, and `bytes` is the caller's again when this returns. */
  protected write(bytes: Uint8Array): boolean {
    if (this.backlogBytes() > backlogCapBytes) return false;
    this.#ws.send(Buffer.from(bytes), { binary: true, compress: false }, () => {});
    return true;
  }

  subscribe(topic: string): void {
    this.topics.add(topic);
  }

  unsubscribe(topic: string): void {
    this.topics.delete(topic);
  }

  protected cork(write: () => void): void {
    this.#socket.cork();
    try {
      write();
    } finally {
      this.#socket.uncork();
    }
  }

  protected end(code: number, reason: string): void {
    this.#ws.close(code, reason);
  }

  protected destroy(): void {
    this.#ws.terminate();
  }
}

function splitTarget(req: IncomingMessage): { path: string; query: string } {
  const target = req.url ?? '';
  const mark = target.indexOf('?');
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

function readHeaders(raw: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    const before = headers.get(name);
    headers.set(name, before === undefined ? (raw[i + 1] ?? '') : `${before}, ${raw[i + 1]}`);
  }
  return headers;
}

function refuse(socket: Duplex, answer: HttpAnswer): void {
  const lines = [`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`, 'connection: close'];
  for (const [name, value] of Object.entries(answer.headers)) lines.push(`${name}: ${value}`);
  lines.push(`content-length: ${Buffer.byteLength(answer.body)}`, '', '');
  socket.once('finish', () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(lines.join('\r\n')), Buffer.from(answer.body)]));
}
