/** An XMPP stream over TCP as a line: one stanza a frame. */
import { connect, type Socket } from 'node:net';
import { Failure } from '../../src/admin/exit-codes.ts';
import type { Line, OnFrame } from '../raw-socket.ts';
import { endOfStanza } from './stanzas.ts';

/** One for all sockets, because a read is handled before the next one begins. */
const shared = Buffer.allocUnsafe(65_536);

export class StanzaSocket implements Line {
  onFrame: OnFrame = () => {};
  onClose: (code: number) => void = () => {};
  readonly #socket: Socket;
  /** The beginning of a stanza whose rest has not come. */
  #rest: Buffer | null = null;

  private constructor(port: number, connected: () => void) {
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (count) => {
          this.#received(count);
          return true;
        },
      },
    });
    this.#socket.once('connect', connected);
    this.#socket.on('close', () => this.onClose(1006));
    this.#socket.on('error', () => {});
  }

  static open(port: number): Promise<StanzaSocket> {
    return new Promise((resolve, reject) => {
      const line = new StanzaSocket(port, () => resolve(line));
      line.onClose = () => reject(new Failure('failed', 'a connection failed'));
    });
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  get idle(): boolean {
    return this.#socket.writableLength === 0;
  }

  destroy(): void {
    this.onClose = () => {};
    this.#socket.destroy();
  }

  #received(count: number): void {
    const bytes = this.#rest === null ? shared : Buffer.concat([this.#rest, shared.subarray(0, count)]);
    const end = this.#rest === null ? count : bytes.length;
    this.#rest = null;
    let at = 0;
    for (;;) {
      const behind = endOfStanza(bytes, at, end);
      if (behind === -1) break;
      this.onFrame(bytes, at, behind);
      at = behind;
    }
    if (at < end) this.#rest = Buffer.from(bytes.subarray(at, end));
  }
}
