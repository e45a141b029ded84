/** What a server told its clients, read from what it sent: frames in the order of the disk's log, each with its place there. */
import { decodeServerFrame } from '../../src/wire/codec.ts';
import type { ServerFrame } from '../../src/wire/frames.ts';
import type { DiskEvent } from './disk-log.ts';

export interface Told {
  /** Index of the event of the log with which its last byte began to leave. */
  readonly at: number;
  readonly frame: ServerFrame;
}

export function toldIn(events: readonly DiskEvent[]): Told[] {
  const told: Told[] = [];
  const streams = new Map<number, FrameStream>();
  const sending = new Map<number, { readonly at: number; readonly event: DiskEvent }>();
  for (const [at, event] of events.entries()) {
    if (event.kind === 'send') sending.set(event.operation, { at, event });
    // What came to its end, or was under way when the process did.
    if (event.kind !== 'sent') continue;
    const begun = sending.get(event.operation);
    sending.delete(event.operation);
    const bytes = begun?.event.data?.subarray(0, Math.max(0, event.length));
    if (begun === undefined || bytes === undefined) continue;
    const { fd } = begun.event;
    if (bytes.toString('latin1', 0, 5) === 'HTTP/') streams.set(fd, new FrameStream());
    for (const payload of streams.get(fd)?.take(bytes) ?? []) {
      told.push({ at: begun.at, frame: decodeServerFrame(payload) });
    }
  }
  return told;
}

/** One connection's bytes from the server: the answer to the handshake, then WebSocket messages, none of them masked. */
class FrameStream {
  #rest: Buffer = Buffer.alloc(0);
  #isOpen = false;

  take(bytes: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    if (!this.#isOpen) {
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end < 0) return [];
      this.#isOpen = true;
      this.#rest = this.#rest.subarray(end + 4);
    }
    const payloads: Buffer[] = [];
    for (;;) {
      const message = firstMessage(this.#rest);
      if (message === null) return payloads;
      if (message.isBinary) payloads.push(message.payload);
      this.#rest = this.#rest.subarray(message.end);
    }
  }
}

function firstMessage(bytes: Buffer): { isBinary: boolean; payload: Buffer; end: number } | null {
  if (bytes.length < 2) return null;
  const short = bytes.readUInt8(1) & 0x7f;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < head) return null;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  const end = head + length;
  if (bytes.length < end) return null;
  return { isBinary: (bytes.readUInt8(0) & 0x0f) === 2, payload: bytes.subarray(head, end), end };
}
