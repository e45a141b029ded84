/**
 * A WebSocket client reduced to what a load generator needs: it must cost less than the server that it measures. One
 * buffer receives for all sockets, because a read is handled before the next one begins; frames are looked at in place;
 * what is sent was laid out before, masked with a key of zeros, which is a mask like any other.
 */
import { connect, type Socket } from 'node:net';
import { Failure } from '../src/admin/exit-codes.ts';

const shared = Buffer.allocUnsafe(65_536);

/** One message in `bytes` from `start` to `end`, valid during the call. */
export type OnFrame = (bytes: Buffer, start: number, end: number) => void;

/** A connection as the load sees it, whatever is spoken on it. */
export interface Line {
  onFrame: OnFrame;
  /** The other side closed it, with a code of RFC 6455. */
  onClose: (code: number) => void;
  /** Bytes as they go out; not to be changed before they are with the kernel, which `idle` tells. */
  send(bytes: Buffer): void;
  readonly idle: boolean;
  destroy(): void;
}

export class RawSocket implements Line {
  onFrame: OnFrame = () => {};
  onClose: (code: number) => void = () => {};
  readonly #socket: Socket;
  /** The beginning of a frame whose rest has not come. */
  #rest: Buffer | null = null;
  #upgraded: (() => void) | null;

  private constructor(
    port: number,
    path: string,
    subprotocol: string | null,
    from: string | undefined,
    upgraded: () => void,
  ) {
    this.#upgraded = upgraded;
    this.#socket = connect({
      host: '127.0.0.1',
      ...(from === undefined ? {} : { localAddress: from }),
      port,
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (count) => {
          this.#received(shared, count);
          return true;
        },
      },
    });
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n' +
        `${subprotocol === null ? '' : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`}\r\n`,
    );
    this.#socket.on('close', () => this.onClose(1006));
    this.#socket.on('error', () => {});
  }

  /** `from`: the loopback address to come from. */
  static async open(port: number, path: string, subprotocol: string | null, from?: string): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const socket = new RawSocket(port, path, subprotocol, from, () => resolve(socket));
      socket.onClose = () => reject(new Failure('failed', 'a handshake failed'));
    });
  }

  send(frame: Buffer): void {
    this.#socket.write(frame);
  }

  get idle(): boolean {
    return this.#socket.writableLength === 0;
  }

  /** Nothing is read from now on: the kernel's buffers fill, then the other side's. */
  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.onClose = () => {};
    this.#socket.destroy();
  }

  #received(buffer: Buffer, count: number): void {
    let bytes = buffer;
    let end = count;
    if (this.#rest !== null) {
      bytes = Buffer.concat([this.#rest, buffer.subarray(0, count)]);
      end = bytes.length;
      this.#rest = null;
    }
    let at = 0;
    if (this.#upgraded !== null) {
      at = bytes.subarray(0, end).indexOf('\r\n\r\n') + 4;
      if (at === 3) {
        this.#rest = Buffer.from(bytes.subarray(0, end));
        return;
      }
      if (!bytes.subarray(0, at).toString('latin1').startsWith('HTTP/1.1 101')) {
        this.#socket.destroy();
        return;
      }
      this.#upgraded();
      this.#upgraded = null;
    }
    at = this.#frames(bytes, at, end);
    if (at < end) this.#rest = Buffer.from(bytes.subarray(at, end));
  }

  /** Handles every whole frame; returns where the first one begins that is not. */
  #frames(bytes: Buffer, from: number, end: number): number {
    let at = from;
    while (end - at >= 2) {
      const short = (bytes[at + 1] as number) & 127;
      const head = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (end - at < head) break;
      const length = short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? bytes.readUInt32BE(at + 6) : short;
      const next = at + head + length;
      if (next > end) break;
      const opcode = (bytes[at] as number) & 15;
      if (opcode <= 2) this.onFrame(bytes, at + head, next);
      else if (opcode === 8) this.onClose(length >= 2 ? bytes.readUInt16BE(at + head) : 1005);
      else if (opcode === 9) this.#socket.write(clientFrame(bytes.subarray(at + head, next), 10));
      at = next;
    }
    return at;
  }
}

/** Payload as a masked frame; the payload stands at its end as it is. */
export function clientFrame(payload: Uint8Array, opcode = 2): Buffer {
  const { length } = payload;
  const wide = length > 65_535 ? 8 : length > 125 ? 2 : 0;
  const frame = Buffer.alloc(2 + wide + 4 + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (wide === 8 ? 127 : wide === 2 ? 126 : length);
  if (wide === 2) frame.writeUInt16BE(length, 2);
  if (wide === 8) frame.writeUInt32BE(length, 6);
  frame.set(payload, 6 + wide);
  return frame;
}

/** Resolves with the next message that begins so. */
export function reply(line: Line, ask: () => void, beginning = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    line.onFrame = (bytes, start) => {
      if (bytes.toString('latin1', start, start + beginning.length) === beginning) resolve();
    };
    line.onClose = () => reject(new Failure('failed', 'the server closed a connection'));
    ask();
  });
}
