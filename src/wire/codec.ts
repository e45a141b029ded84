/**
 * Bytes from frames and frames from bytes: plain MessagePack, no extension types, shared by server and client. What a
 * server reads is checked wholly (`decodeClientFrame`); what a client reads comes from its server and is not.
 */
import { type Options, Packr } from 'msgpackr';
import { limits } from '../limits.ts';
import type { ErrorName } from './errors.ts';
import type { ClientFrame, ServerFrame } from './frames.ts';
import { prescan } from './prescan.ts';
import { faultOf, isClientFrameName } from './validate.ts';

const options: Options & { readonly skipValues: readonly undefined[] } = {
  useRecords: false,
  variableMapSize: true,
  // A property that is undefined is one that is not there; MessagePack has no other way to say so.
  skipValues: [undefined],
  // No BigInt: an integer of 64 bits that is no safe one is rounded to one that no schema takes.
  int64AsType: 'number',
};
const packr = new Packr(options);

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

export type Decoded =
  | { readonly ok: true; readonly frame: ClientFrame }
  | { readonly ok: false; readonly error: ErrorName; readonly id?: string; readonly field?: string };

/**
 * A client's frame, or why it is none: 'frame-too-large', 'frame-malformed' (no MessagePack map of plain values within
 * the limits), 'frame-unknown' (no such `t`) or 'frame-invalid' (with the first fault's place). `id` is the request's,
 * where it could be read. Never throws; `bytes` may be reused or detached afterwards.
 */
export function decodeClientFrame(bytes: Uint8Array): Decoded {
  if (bytes.length > limits.frameInMaxBytes) {
    return fault('frame-too-large', prescan(bytes.subarray(0, limits.frameInMaxBytes)).id);
  }
  const { ok, id } = prescan(bytes);
  if (!ok) return fault('frame-malformed', id);
  let value: { readonly t?: unknown };
  try {
    value = packr.unpack(bytes);
  } catch {
    return fault('frame-malformed', id);
  }
  if (!isClientFrameName(value.t)) return fault('frame-unknown', id);
  const field = faultOf(value.t, value);
  return field === null ? { ok: true, frame: value as ClientFrame } : fault('frame-invalid', id, field);
}

function fault(error: ErrorName, id: string | undefined, field?: string): Decoded {
  return { ok: false, error, ...(id === undefined ? {} : { id }), ...(field === undefined ? {} : { field }) };
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
