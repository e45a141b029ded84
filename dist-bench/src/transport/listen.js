/** Chooses the adapter: uWebSockets.js where its pinned binary loads, `ws` elsewhere, and says which. */
import { systemClock } from '../runtime/clock.js';
import { listenUws, UwsUnavailable } from './transport-uws.js';
import { listenWs } from './transport-ws.js';
/**
 * Listens. With 'auto' only a missing or unknown binary leads to `ws`; a port that cannot be had is an error with either,
 * and with 'uws' so is the binary.
 */
export async function listen(kind, options, log, clock = systemClock()) {
    const transport = kind === 'ws' ? await listenWs(options, log, clock) : await preferUws(kind, options, log, clock);
    log.info({ transport: transport.name, host: options.host, port: transport.port }, 'listening');
    return transport;
}
async function preferUws(kind, options, log, clock) {
    try {
        return await listenUws(options, log, clock);
    }
    catch (error) {
        if (kind === 'uws' || !(error instanceof UwsUnavailable))
            throw error;
        log.warn({ reason: error.message }, 'uWebSockets.js is not used; the ws adapter takes over, at a lower speed');
        return await listenWs(options, log, clock);
    }
}
//# sourceMappingURL=listen.js.map