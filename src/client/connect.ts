/** `connect`: the way into the client. */
import type { SocketConstructor } from './environment.ts';
import { Parley, type ParleyOptions } from './parley.ts';

/**
 * Connects, and stays connected until `close()` or a terminal close code. Throws `TypeError` for a URL that is no
 * `ws:` or `wss:` one and where there is no WebSocket; everything later is told by stores, events and promises.
 */
export function connect(options: ParleyOptions): Parley {
  const { protocol } = new URL(options.url);
  if (protocol !== 'ws:' && protocol !== 'wss:') throw new TypeError(`not a WebSocket URL: ${protocol}`);
  const WebSocket = options.WebSocket ?? (globalThis.WebSocket as unknown as SocketConstructor | undefined);
  if (WebSocket === undefined) throw new TypeError('no WebSocket here: give one, or import parley/client/node');
  return new Parley({ ...options, WebSocket });
}
