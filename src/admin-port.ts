/** What the admin port asks of the server: part of the composition root. */
import type { Directory } from './directory/directory.ts';
import type { Host } from './host/host.ts';
import type { Clock } from './runtime/clock.ts';
import type { Metrics } from './runtime/metrics.ts';
import { systemRandom } from './runtime/random.ts';
import type { AdminPort } from './transport/admin-http.ts';

export interface AdminPortOptions {
  readonly directory: Directory;
  readonly host: Host;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** One word for an operator; 'ready' when it is. */
  standing(): string;
}

export function createAdminPort({ directory, host, metrics, clock, standing }: AdminPortOptions): AdminPort {
  const expiries = new Map<string, { cancel(): void }>();
  const release = (id: string): boolean => {
    const expiry = expiries.get(id);
    expiry?.cancel();
    host.release(id);
    return expiries.delete(id);
  };
  return {
    directory,
    ready: () => (standing() === 'ready' ? { ready: true } : { ready: false, reason: standing() }),
    metrics: () => metrics.text(),
    async holdCheckpoints(ms) {
      const id = systemRandom.id(12);
      host.hold(id);
      expiries.set(
        id,
        clock.after(ms, () => release(id)),
      );
      // A checkpoint that began before the hold may still drop entries.
      await host.settled();
      return { id, positions: host.positions() };
    },
    releaseCheckpoints: async (id) => release(id),
  };
}
