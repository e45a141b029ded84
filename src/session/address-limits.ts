/**
 * What one address may do before anybody there is known: open connections, and fail to sign in. Whoever is signed in is
 * a person with a pace of their own. A good token is let in however many bad ones came from its address, so that one
 * broken device does not lock out the office that shares the address.
 */
import type { Limits } from '../limits.ts';
import type { Clock } from '../runtime/clock.ts';
import { RateLimit } from './rate-limit.ts';

export class AddressLimits {
  readonly #connections: RateLimit;
  readonly #failures: RateLimit;

  constructor(clock: Pick<Clock, 'monotonicMs'>, limits: Limits) {
    const { connectionsPerAddressPerSecond, connectionsPerAddressBurst, failedSignInsPerAddressPerMinute } = limits;
    const { rateLimitKeysMax } = limits;
    this.#connections = new RateLimit(
      clock,
      connectionsPerAddressPerSecond,
      connectionsPerAddressBurst,
      rateLimitKeysMax,
    );
    this.#failures = new RateLimit(
      clock,
      failedSignInsPerAddressPerMinute / 60,
      failedSignInsPerAddressPerMinute,
      rateLimitKeysMax,
    );
  }

  /** A connection was opened: 0, or the milliseconds until the address may open another. */
  opened(address: string): number {
    return this.#connections.take(networkOf(address));
  }

  /** A token was not accepted: 0, or the milliseconds until the address is told again what was wrong with one. */
  signInFailed(address: string): number {
    return this.#failures.take(networkOf(address));
  }

  sweep(): void {
    this.#connections.sweep();
    this.#failures.sweep();
  }
}

/** Whoever has an IPv6 address has 2⁶⁴ of them: the first four groups stand for all. `address` in its short form. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [before = '', after] = address.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...(after === undefined ? [] : zeros), ...tail].slice(0, 4).join(':');
}
