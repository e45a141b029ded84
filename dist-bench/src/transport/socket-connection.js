/**
 * What the connections of both adapters have in common: after `close` or `terminate` the handler hears nothing but
 * `closed`, which comes exactly once and never from inside a call of the session's own; a handler that throws costs its
 * own connection and no other.
 */
import { SocketAddress } from 'node:net';
import { limits } from '../limits.js';
/** Bytes waiting in one socket beyond which the adapter itself gives up. Above the session's bound, which acts first. */
export const backlogCapBytes = limits.socketBacklogMaxBytes + 2 * limits.frameOutMaxBytes;
export class SocketConnection {
    address;
    #log;
    #clock;
    #handler = null;
    #state = 'open';
    #grace = null;
    constructor(address, log, clock) {
        this.address = plainAddress(address);
        this.#log = log;
        this.#clock = clock;
    }
    send(bytes) {
        if (this.#state === 'open' && !this.write(bytes))
            this.terminate();
    }
    batch(write) {
        if (this.#state === 'over')
            write();
        else
            this.cork(write);
    }
    close(code, reason) {
        if (this.#state !== 'open')
            return;
        this.#state = 'closing';
        this.startGrace();
        this.end(code, reason);
    }
    terminate() {
        if (this.#state === 'over')
            return;
        this.#state = 'closing';
        this.destroy();
    }
    /** Lets the session in. Called once, by the adapter, as are all below. */
    start(accept) {
        this.#guard(() => {
            this.#handler = accept(this);
        });
    }
    received(bytes) {
        if (this.#state === 'open')
            this.#guard(() => this.#handler?.message(bytes));
    }
    receivedText() {
        if (this.#state === 'open')
            this.#guard(() => this.#handler?.text());
    }
    /** The socket is gone. May be called more than once. */
    ended() {
        if (this.#state === 'over')
            return;
        this.#state = 'over';
        this.#grace?.cancel();
        queueMicrotask(() => this.#guard(() => this.#handler?.closed()));
    }
    /** From here on the peer has a few seconds to take the rest. */
    startGrace() {
        this.#grace ??= this.#clock.after(limits.closeGraceMs, () => this.terminate());
    }
    #guard(run) {
        try {
            run();
        }
        catch (error) {
            const trace = error instanceof Error ? error.stack : String(error);
            this.#log.error({ trace }, 'a session threw; its connection is ended');
            this.terminate();
        }
    }
}
/** One form for one peer, whichever adapter or address family saw it: short, and IPv4 as IPv4. '' where it is gone. */
export function plainAddress(address) {
    if (address === '')
        return '';
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    return new SocketAddress({ address, family }).address.replace(/^::ffff:(?=\d+\.)/, '');
}
//# sourceMappingURL=socket-connection.js.map