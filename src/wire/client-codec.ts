/** A client's half of the codec: the bytes of its own frames, and its server's frames from bytes. */
import type { ClientFrame, ServerFrame } from './frames.ts';
import { pack, unpack } from './plain-messagepack.ts';
import { serverFrameOf } from './server-frame.ts';

/** The same bytes as `encode` of `codec.ts`. They are the caller's. A lone surrogate becomes U+FFFD. */
export function encode(frame: ClientFrame): Uint8Array<ArrayBuffer> {
  return pack(frame);
}

/** Throws `UnreadableFrame`. Nothing of the result refers to `bytes`. */
export function decodeServerFrame(bytes: Uint8Array): ServerFrame {
  return serverFrameOf(bytes, unpack);
}
