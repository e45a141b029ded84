/** SHA-256 for short inputs on hot paths. */
import { hash } from 'node:crypto';

/**
 * The first `bytes` (1 to 32) of the hash. By way of a string, because that takes half the time of asking for a buffer,
 * and leaves no memory of its own outside the heap for the collector to look after.
 */
export function sha256(input: string | Uint8Array, bytes: number): Buffer {
  return Buffer.from(hash('sha256', input, 'binary').slice(0, bytes), 'latin1');
}
