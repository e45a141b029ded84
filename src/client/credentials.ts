/** The token: asked for once, used until shortly before it expires or until the server does not want it any more. */
import type { ClientClock } from './environment.ts';
import { localFault } from './failure.ts';

/** Why a token is wanted: the first, one in place of one about to expire, that did expire, that was not accepted. */
export type TokenReason = 'connect' | 'renew' | 'expired' | 'rejected';
export type GetToken = (request: { readonly reason: TokenReason }) => string | Promise<string>;

/** A token with less time than this left is not used for a new connection. */
const leastLeftMs = 5_000;
const shortestRenewalMs = 1_000;

export class Credentials {
  readonly #getToken: GetToken;
  readonly #clock: ClientClock;
  #reason: TokenReason = 'connect';
  #token: string | null = null;
  #expiresAtMs = Number.POSITIVE_INFINITY;

  constructor(getToken: GetToken, clock: ClientClock) {
    this.#getToken = getToken;
    this.#clock = clock;
  }

  /** For a new connection. Throws `token-unavailable`. */
  async token(): Promise<string> {
    if (this.#token !== null && this.#expiresAtMs - this.#clock.now() > leastLeftMs) return this.#token;
    if (this.#token !== null) this.#reason = 'renew';
    return this.fresh(this.#reason);
  }

  async fresh(reason: TokenReason): Promise<string> {
    let token: unknown;
    try {
      token = await this.#getToken({ reason });
    } catch (cause) {
      throw localFault('token-unavailable', 'getToken failed.', cause);
    }
    if (typeof token !== 'string' || token === '') throw localFault('token-unavailable', 'getToken gave no token.');
    this.#token = token;
    this.#expiresAtMs = Number.POSITIVE_INFINITY;
    return token;
  }

  accepted(expiresAtMicros: number): void {
    this.#reason = 'connect';
    this.#expiresAtMs = expiresAtMicros / 1000;
  }

  refused(reason: 'expired' | 'rejected'): void {
    this.#token = null;
    this.#reason = reason;
  }

  /** Milliseconds until a renewal: a fifth of what is left before the end, at most a minute before it. */
  renewInMs(): number {
    const left = this.#expiresAtMs - this.#clock.now();
    return Math.max(shortestRenewalMs, left - Math.min(60_000, left * 0.2));
  }
}
