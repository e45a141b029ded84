/**
 * Bytes from frames and a server's frames from bytes: what server and client share. What comes from a client is checked
 * wholly, in `decode-client-frame.ts`; what comes from its server a client trusts.
 */
import type { ClientFrame, ServerFrame } from './frames.ts';
import { packr } from './packr.ts';

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

/** The bytes are no frame at all: a client cannot go on with this connection. */
export class UnreadableFrame extends Error {
  override readonly name = 'UnreadableFrame';
}

/**
 * A server's frame. Checks that it is a map with a `t`, no more: a client trusts its server, and passes over frames
 * whose `t` it does not know. Throws `UnreadableFrame`. Nothing of the result refers to `bytes`.
 */
export function decodeServerFrame(bytes: Uint8Array): ServerFrame {
  let value: unknown;
  try {
    value = packr.unpack(bytes);
  } catch (cause) {
    throw new UnreadableFrame('no MessagePack value', { cause });
  }
  if (typeof value !== 'object' || value === null || typeof (value as { t?: unknown }).t !== 'string') {
    throw new UnreadableFrame('no map with a `t`');
  }
  return value as ServerFrame;
}
