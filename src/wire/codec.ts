/**
 * Bytes from frames, as fast as msgpackr writes them: the server's codec. What comes from a client is checked wholly, in
 * `decode-client-frame.ts`. Clients have their own, `client-codec.ts`, which writes and reads the same.
 */
import type { ClientFrame, ServerFrame } from './frames.ts';
import { packr } from './packr.ts';
import { serverFrameOf } from './server-frame.ts';

/**
 * The bytes are the caller's: no later call touches them. A lone surrogate, which UTF-8 cannot say, becomes U+FFFD, as
 * everywhere on the web.
 */
export function encode(frame: ServerFrame | ClientFrame): Uint8Array {
  const bytes = packr.pack(frame);
  return mayHoldSurrogate(bytes) ? packr.pack(wellFormed(frame)) : bytes;
}

/** msgpackr writes a lone surrogate as ED A0 to ED BF and a third byte; lengths and numbers may look alike. */
function mayHoldSurrogate(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(0xed); at !== -1; at = bytes.indexOf(0xed, at + 1)) {
    if ((bytes[at + 1] ?? 0) >= 0xa0) return true;
  }
  return false;
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/\p{Surrogate}/gu, '\ufffd');
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, wellFormed(inner)]));
}

/** A server's frame, for those who stand in for a client. Throws `UnreadableFrame`. Nothing of it refers to `bytes`. */
export function decodeServerFrame(bytes: Uint8Array): ServerFrame {
  return serverFrameOf(bytes, (all) => packr.unpack(all));
}
