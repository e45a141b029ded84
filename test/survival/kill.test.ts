/**
 * A server that is killed with SIGKILL at random moments, under fifty clients, and started again on the same data
 * directory each time. Nobody helps the clients. `PARLEY_SEED` repeats what was chosen; the moments are the machine's.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type RunningServer, serveCli, spawnCli } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { quickEntry } from '../support/quick-cli.ts';
import { temporaryDirectory } from '../support/server.ts';
import { seeded } from '../wire/mutate.ts';
import { BusyClients, busyServerArgs, enlist, peopleOf, sleep } from './busy-clients.ts';
import { countOf, seedOf } from './counts.ts';

const cycles = countOf({ test: 60, bar: 200, nightly: 3_000 });

it(
  `[CMD-1] [CMD-2] [CMD-3] loses, doubles and reorders nothing that it acknowledged, over ${cycles} kill -9 under 50 clients`,
  async () => {
    const random = seeded(seedOf('kill.test.ts'));
    const { path, remove } = temporaryDirectory('parley-kill-');
    const dataDir = join(path, 'data');
    const [port, adminPort] = [await freePort(), await freePort()];
    const server = new KilledServer(['--data-dir', dataDir, '--port', `${port}`, '--admin-port', `${adminPort}`]);
    await enlist(await server.start(), peopleOf(50));
    const clients = new BusyClients(50, `ws://127.0.0.1:${port}/v1`, random);
    try {
      await clients.begin(6);
      for (let cycle = 0; cycle < cycles; cycle += 1) {
        if (cycle % 8 === 7) await server.killWhileStarting(random() * 500);
        else {
          await clients.traffic(5 + random() * 60);
          // Now and then it lives long enough for a checkpoint to begin.
          if (cycle % 20 === 4) await sleep(1_500 + random() * 500);
          await server.kill();
        }
        await server.start();
      }
      await clients.quiet();
      await clients.check(dataDir);
      for (const { onlines, person } of clients.all) expect(onlines, person).toBeGreaterThan(1);
      expect(clients.acknowledged.length).toBeGreaterThan(cycles * 10);
      process.stdout.write(`kill.test.ts: ${cycles} kills, ${clients.acknowledged.length} acknowledged\n`);
    } finally {
      clients.close();
      await server.kill();
      remove();
    }
  },
  Math.max(600_000, cycles * 6_000),
);

class KilledServer {
  readonly #args: readonly string[];
  #running: RunningServer | null = null;

  constructor(args: readonly string[]) {
    this.#args = [...args, ...busyServerArgs];
  }

  async start(): Promise<RunningServer> {
    this.#running = await serveCli(this.#args, { entry: await quickEntry() });
    return this.#running;
  }

  async kill(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    running?.child.kill('SIGKILL');
    await running?.exited;
  }

  /** Kills the one that is there, and the next one before or after it is ready. */
  async killWhileStarting(afterMs: number): Promise<void> {
    await this.kill();
    const starting = await spawnCli(['serve', ...this.#args], { entry: await quickEntry() });
    await sleep(afterMs);
    starting.child.kill('SIGKILL');
    await starting.exited;
  }
}
