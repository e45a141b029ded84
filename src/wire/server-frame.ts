/** What every decoder of a server's frames holds to, whichever MessagePack it has. */
import type { ServerFrame } from './frames.ts';

/** The bytes are no frame at all: a client cannot go on with this connection. */
export class UnreadableFrame extends Error {
  override readonly name = 'UnreadableFrame';
}

/**
 * Checks that it is a map with a `t`, no more: a client trusts its server, and passes over frames whose `t` it does not
 * know. Throws `UnreadableFrame`, also for whatever `unpack` throws.
 */
export function serverFrameOf(bytes: Uint8Array, unpack: (bytes: Uint8Array) => unknown): ServerFrame {
  let value: unknown;
  try {
    value = unpack(bytes);
  } catch (cause) {
    throw new UnreadableFrame('no MessagePack value', { cause });
  }
  if (typeof value !== 'object' || value === null || typeof (value as { t?: unknown }).t !== 'string') {
    throw new UnreadableFrame('no map with a `t`');
  }
  return value as ServerFrame;
}
