/** A server that ends under load: by a signal, by a second one, and because its memory is too small. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RunningServer, serveCli } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { quickEntry } from '../support/quick-cli.ts';
import { temporaryDirectory } from '../support/server.ts';
import { seeded } from '../wire/mutate.ts';
import { BusyClients, busyServerArgs, enlist, peopleOf } from './busy-clients.ts';
import { countOf } from './counts.ts';

const seed = Number(process.env.PARLEY_SEED ?? 20_261_130);
const cycles = countOf({ test: 3, bar: 10, nightly: 100 });
const people = 20;
const timeout = 100_000 * cycles;

interface Stage {
  readonly clients: BusyClients;
  readonly server: RunningServer;
  /** The same again, on the same data and port. */
  again(): Promise<RunningServer>;
}

/** Clients of a server, the first one with these arguments of Node's, whatever becomes of it, and at the end the checker. */
async function underLoad(play: (stage: Stage) => Promise<void>, nodeArgs: readonly string[] = []): Promise<void> {
  const { path, remove } = temporaryDirectory('parley-ending-');
  const dataDir = join(path, 'data');
  const ports = ['--port', `${await freePort()}`, '--admin-port', `${await freePort()}`];
  const args = ['--data-dir', dataDir, ...ports, '--drain-seconds', '0', ...busyServerArgs];
  const started: RunningServer[] = [];
  const start = async (ofNode: readonly string[] = []) => {
    // A process that runs out of memory may leave a core file where it stands: it goes with the directory.
    const server = await serveCli(args, { entry: await quickEntry(), cwd: path, nodeArgs: ofNode });
    started.push(server);
    return server;
  };
  const server = await start(nodeArgs);
  await enlist(server, peopleOf(people));
  const clients = new BusyClients(people, server.url, seeded(seed));
  try {
    await clients.begin(6);
    await play({ clients, server, again: () => start() });
    await clients.quiet();
    await clients.check(dataDir);
  } finally {
    clients.close();
    for (const { child } of started) child.kill('SIGKILL');
    remove();
  }
}

describe(`under load, PARLEY_SEED=${seed}`, () => {
  it(
    '[CMD-2] SIGTERM: the server drains and ends with 0, loses nothing, and everyone goes on with the next',
    async () => {
      await underLoad(async ({ clients, server, again }) => {
        let last = server;
        for (let cycle = 0; cycle < cycles; cycle += 1) {
          await clients.traffic(150);
          expect(await last.stop(), last.stderr()).toEqual({ code: 0, signal: null });
          last = await again();
        }
        await clients.traffic(150);
      });
    },
    timeout,
  );

  it(
    '[CMD-2] a second signal: it ends at once with that signal’s code, and loses nothing either',
    async () => {
      await underLoad(async ({ clients, server, again }) => {
        let last = server;
        for (let cycle = 0; cycle < cycles; cycle += 1) {
          await clients.traffic(150);
          const ended = last.stop();
          // Of two of one kind the kernel may make one; of two that wait it hands over either first.
          last.child.kill('SIGINT');
          expect([130, 143], last.stderr()).toContain((await ended).code);
          last = await again();
        }
      });
    },
    timeout,
  );

  it(
    '[CMD-2] out of memory: it dies, loses nothing, and comes back where there is more',
    async () => {
      await underLoad(
        async ({ clients, server, again }) => {
          await clients.traffic(50);
          // Everyone in the directory is in memory: somebody takes on too many people.
          const newcomers = Array.from({ length: 1_000 }, (_, nth) => `newcomer${nth}`);
          let dead = false;
          void server.exited.then(() => {
            dead = true;
          });
          for (let times = 0; !dead; times += 1) {
            await enlist(
              server,
              newcomers.map((id) => `${id}-${times}`),
            ).catch(() => undefined);
          }
          const { code, signal } = await server.exited;
          expect(signal ?? code, server.stderr()).toBe('SIGABRT');
          expect(server.stderr()).toContain('heap out of memory');
          await again();
          await clients.traffic(50);
        },
        ['--max-old-space-size=40'],
      );
    },
    timeout,
  );
});
