/** What a session needs of the rooms behind it; `server.ts` provides it. */

import type { Directory } from '../directory/directory.ts';
import type { Audience } from '../fanout/audience.ts';
import type { Host } from '../host/host.ts';
import type { AlertPreferences } from '../journal/entry.ts';
import type { Limits } from '../limits.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Queries } from '../views/queries.ts';
import type { Sidebars } from '../views/sidebars.ts';
import type { AddressLimits } from './address-limits.ts';
import type { Authenticator } from './authenticator.ts';
import type { RateLimit } from './rate-limit.ts';

export interface House {
  readonly host: Host;
  readonly sidebars: Sidebars;
  readonly queries: Queries;
  readonly directory: Directory;
  readonly audience: Audience;
  readonly authenticator: Authenticator;
  readonly preferences: {
    /** Loads them, so that pop-ups are decided without waiting from now on. */
    fetch(person: string): Promise<void>;
    of(person: string): Promise<AlertPreferences>;
    /** The person is connected (once for each session): keep them at hand. */
    keep(person: string): void;
    release(person: string): void;
  };
  /** Of persons, over all their sessions. */
  readonly rateLimit: RateLimit;
  /** Of persons: what is answered and not done. */
  readonly unheeded: RateLimit;
  readonly addressLimits: AddressLimits;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
  /** Names the history: positions belong to it (CMD-3). */
  readonly epoch: string;
  partitionOf(conversation: string): number;
  readonly metrics: Metrics;
}
