/** Both ends of a transport under test: what its sessions heard, and clients that behave well, badly or not at all. */
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Clock } from '../../src/runtime/clock.ts';
import type { Log } from '../../src/runtime/log.ts';
import { createLog } from '../../src/runtime/log.ts';
import type { Connection, ConnectionHandler, Transport, TransportOptions } from '../../src/session/connection.ts';

export type ListenFn = (options: TransportOptions, log: Log, clock?: Clock) => Promise<Transport>;

/** What one session heard. `on` is replaced by tests that answer. */
export interface Heard {
  readonly connection: Connection;
  readonly messages: Buffer[];
  texts: number;
  pings: number;
  closed: number;
  on: { message?: (bytes: Uint8Array) => void; text?: () => void; ping?: () => void; closed?: () => void };
}

export interface Stand {
  readonly transport: Transport;
  readonly port: number;
  readonly heard: Heard[];
  readonly logged: string[];
}

/** A log that keeps its texts, beside one that is silent. */
function keepingLog(logged: string[]): Log {
  const silent = createLog('silent');
  const keep = (fields: object, text: string): void => {
    logged.push(`${text} ${JSON.stringify(fields)}`);
  };
  return { ...silent, debug: keep, info: keep, warn: keep, error: keep, fatal: keep };
}

export async function stand(listen: ListenFn, options: Partial<TransportOptions> = {}): Promise<Stand> {
  const heard: Heard[] = [];
  const logged: string[] = [];
  const accept = (connection: Connection): ConnectionHandler => {
    const one: Heard = { connection, messages: [], texts: 0, pings: 0, closed: 0, on: {} };
    heard.push(one);
    return {
      message(bytes) {
        one.messages.push(Buffer.from(bytes));
        one.on.message?.(bytes);
      },
      text() {
        one.texts += 1;
        one.on.text?.();
      },
      ping() {
        one.pings += 1;
        one.on.ping?.();
      },
      closed() {
        one.closed += 1;
        one.on.closed?.();
      },
    };
  };
  const transport = await listen(
    { host: '127.0.0.1', port: 0, allowedOrigins: [], accept, ...options },
    keepingLog(logged),
  );
  return { transport, port: transport.port, heard, logged };
}

/** Waits until `holds`; the test's own time limit ends it otherwise. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

export interface Client {
  readonly ws: WebSocket;
  readonly messages: Buffer[];
  /** The close code and reason once it is closed. */
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** A well-behaved client, connected. */
export async function client(port: number, headers: Record<string, string> = {}): Promise<Client> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/v1`, 'parley.v1', { headers });
  const messages: Buffer[] = [];
  ws.on('message', (data: Buffer) => messages.push(data));
  ws.on('error', () => {});
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve);
    ws.once('error', reject);
  });
  return { ws, messages, closed };
}

/** The head of a handshake; a header given as null is left out. */
export function handshake(headers: Record<string, string | string[] | null> = {}, target = '/v1'): string {
  const all: Record<string, string | string[] | null> = {
    Host: 'parley.example:8787',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Protocol': 'parley.v1',
    ...headers,
  };
  const lines = [`GET ${target} HTTP/1.1`];
  for (const [name, value] of Object.entries(all)) {
    if (value !== null) for (const one of [value].flat()) lines.push(`${name}: ${one}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Sends `text` and resolves with the answer's head and body once both are there (or the server hung up). */
export function exchange(port: number, text: string): Promise<{ status: number; head: string; body: string }> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let all = '';
    const done = (): void => {
      socket.destroy();
      const end = all.indexOf('\r\n\r\n');
      resolve({ status: Number(all.slice(9, 12)), head: all.slice(0, end).toLowerCase(), body: all.slice(end + 4) });
    };
    socket.on('error', () => {});
    socket.on('close', done);
    socket.on('data', (data) => {
      all += data.toString('latin1');
      const end = all.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(all.slice(0, end))?.[1] ?? 0);
      if (text.startsWith('HEAD') || all.length >= end + 4 + length) done();
    });
    socket.write(text);
  });
}

/** A raw socket on which the handshake is done and nothing is read from then on unless the test resumes it. */
export function rawPeer(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {});
    socket.once('close', () => reject(new Error('closed before the handshake was done')));
    socket.once('data', () => {
      socket.pause();
      resolve(socket);
    });
    socket.write(handshake());
  });
}

/** Connected sockets that say nothing, some of which may have been closed from the other end since. */
export async function silentSockets(port: number, count: number): Promise<Socket[]> {
  const opened: Socket[] = [];
  while (opened.length < count) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await new Promise<void>((resolve) => {
      socket.once('connect', () => resolve());
      socket.once('close', () => resolve());
    });
    opened.push(socket);
  }
  return opened;
}

/** One masked frame of a client (the mask is zero, so that the payload is as given). */
export function frame(opcode: number, payload: Uint8Array = new Uint8Array(0), fin = true): Buffer {
  const first = (fin ? 0x80 : 0) | opcode;
  const n = payload.length;
  const head =
    n < 126
      ? Buffer.from([first, 0x80 | n])
      : n < 65_536
        ? Buffer.from([first, 0x80 | 126, n >> 8, n & 255])
        : Buffer.concat([
            Buffer.from([first, 0x80 | 127, 0, 0, 0, 0]),
            Buffer.from(new Uint32Array([n]).buffer).swap32(),
          ]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}
