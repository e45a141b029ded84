/** Which parts of the decoder ran, and about how often, as V8 counts: what guides the search for frames worth keeping. */
import { type Profiler, Session } from 'node:inspector/promises';

export class Coverage {
  readonly #session = new Session();

  static async start(): Promise<Coverage> {
    const coverage = new Coverage();
    coverage.#session.connect();
    await coverage.#session.post('Profiler.enable');
    await coverage.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return coverage;
  }

  /** Blocks of `src/wire/` that were passed through since the last time, each with the magnitude of how often. */
  async take(): Promise<Set<string>> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    return new Set(result.filter(({ url }) => url.includes('/src/wire/')).flatMap(blocksOf));
  }

  async stop(): Promise<void> {
    await this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}

function blocksOf({ url, functions }: Profiler.ScriptCoverage): string[] {
  const file = url.slice(url.lastIndexOf('/') + 1);
  return functions.flatMap(({ ranges }) =>
    ranges
      .filter(({ count }) => count > 0)
      .map(
        ({ startOffset, endOffset, count }) => `${file}:${startOffset}-${endOffset}:${Math.floor(Math.log2(count))}`,
      ),
  );
}
