/**
 * A client's bytes, checked wholly before anything acts on them: size, structure, the frame's name, its schema. Apart from
 * `codec.ts`, so that a browser does not load the schemas.
 */
import { limits } from '../limits.ts';
import type { ErrorName } from './errors.ts';
import type { ClientFrame } from './frames.ts';
import { packr } from './packr.ts';
import { prescan } from './prescan.ts';
import { faultOf, isClientFrameName } from './validate.ts';

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
