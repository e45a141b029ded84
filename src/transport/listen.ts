/** Chooses the adapter: uWebSockets.js where its pinned binary loads, `ws` elsewhere, and says which. */
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Transport, TransportOptions } from '../session/connection.ts';
import { listenUws, UwsUnavailable } from './transport-uws.ts';
import { listenWs } from './transport-ws.ts';

export type TransportKind = 'auto' | 'uws' | 'ws';

/**
 * Listens. With 'auto' only a missing or unknown binary leads to `ws`; a port that cannot be had is an error with either,
 * and with 'uws' so is the binary.
 */
export async function listen(
  kind: TransportKind,
  options: TransportOptions,
  log: Log,
  clock: Clock = systemClock(),
): Promise<Transport> {
  const transport = kind === 'ws' ? await listenWs(options, log, clock) : await preferUws(kind, options, log, clock);
  log.info({ transport: transport.name, host: options.host, port: transport.port }, 'listening');
  return transport;
}

async function preferUws(kind: 'auto' | 'uws', options: TransportOptions, log: Log, clock: Clock): Promise<Transport> {
  try {
    return await listenUws(options, log, clock);
  } catch (error) {
    if (kind === 'uws' || !(error instanceof UwsUnavailable)) throw error;
    log.warn({ reason: error.message }, 'uWebSockets.js is not used; the ws adapter takes over, at a lower speed');
    return await listenWs(options, log, clock);
  }
}
