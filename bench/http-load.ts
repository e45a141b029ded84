/** autocannon on the admin port while the sockets are under load: health, metrics, and upserts of people. */
import type { Instance, Result } from 'autocannon';
import { needed } from './needed.ts';
import { type HttpFigures, median } from './report.ts';

/** Requests a second of each endpoint, over its one connection: what probes and a CRM's backend may do, not a flood. */
const ratePerSecond = 50;
/** It is stopped when the load on the sockets is over. */
const longestSeconds = 3_600;
const bodyOf = JSON.stringify({ first: 'Grace', last: 'Hopper', email: null });

/** While the load runs: what is answered in its first milliseconds, which warm up, is not counted. */
export async function httpMeanwhile(
  port: number,
  token: string,
  warmUpMs: number,
  load: Promise<unknown>,
): Promise<HttpFigures[]> {
  const over = load.then(
    () => {},
    () => {},
  );
  const warmUp = await HttpLoad.start(port, token);
  await Promise.race([over, new Promise((resolve) => setTimeout(resolve, warmUpMs))]);
  await warmUp.stop();
  const measured = await HttpLoad.start(port, token);
  await over;
  return measured.stop();
}

/** Medians over the rounds, sums of what was refused. */
export function httpOver(rounds: readonly (readonly HttpFigures[])[]): HttpFigures[] {
  return (rounds[0] ?? []).map(({ endpoint }, number) => {
    const of = (figure: (figures: HttpFigures) => number) =>
      rounds.map((round) => figure(round[number] as HttpFigures));
    return {
      endpoint,
      requests_per_s: median(of(({ requests_per_s }) => requests_per_s)),
      p50_ms: median(of(({ p50_ms }) => p50_ms)),
      p99_ms: median(of(({ p99_ms }) => p99_ms)),
      not_2xx: of(({ not_2xx }) => not_2xx).reduce((sum, count) => sum + count, 0),
    };
  });
}

interface Running {
  readonly endpoint: string;
  readonly instance: Instance;
  readonly ended: Promise<Result>;
}

class HttpLoad {
  readonly #running: readonly Running[];

  private constructor(running: readonly Running[]) {
    this.#running = running;
  }

  static async start(port: number, token: string): Promise<HttpLoad> {
    const { default: autocannon } = await needed('autocannon', () => import('autocannon'));
    const endpoints = [
      { endpoint: 'GET /livez', path: '/livez', method: 'GET' },
      { endpoint: 'GET /metrics', path: '/metrics', method: 'GET' },
      { endpoint: 'PUT /v1/people/*', path: '/v1/people/somebody', method: 'PUT', body: bodyOf },
    ] as const;
    const running = endpoints.map(({ endpoint, path, ...rest }): Running => {
      const options = {
        url: `http://127.0.0.1:${port}${path}`,
        connections: 1,
        overallRate: ratePerSecond,
        duration: longestSeconds,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...rest,
      };
      let instance: Instance | undefined;
      const ended = new Promise<Result>((resolve, reject) => {
        instance = autocannon(options, (error: unknown, result: Result) => (error ? reject(error) : resolve(result)));
      });
      return { endpoint, instance: instance as Instance, ended };
    });
    return new HttpLoad(running);
  }

  async stop(): Promise<HttpFigures[]> {
    for (const { instance } of this.#running) instance.stop?.();
    return Promise.all(
      this.#running.map(async ({ endpoint, ended }) => {
        const { requests, latency, non2xx, errors } = await ended;
        return {
          endpoint,
          requests_per_s: requests.average,
          p50_ms: latency.p50,
          p99_ms: latency.p99,
          not_2xx: non2xx + errors,
        };
      }),
    );
  }
}
