/** `parley/client/node`: the same client with the `ws` package for its WebSocket, for every Node from 20.19 on. */
import { WebSocket } from 'ws';
import { connect as connectWith } from './connect.ts';
import type { SocketConstructor } from './environment.ts';
import type { Parley, ParleyOptions } from './parley.ts';

export * from './index.ts';

/** As `connect` of `parley/client`. */
export function connect(options: ParleyOptions): Parley {
  return connectWith({ WebSocket: WebSocket as unknown as SocketConstructor, ...options });
}
