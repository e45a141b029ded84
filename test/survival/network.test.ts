/** A network that does what networks do. `PARLEY_SEED` repeats what was chosen. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connect } from '../../src/client/node.ts';
import { serveCli } from '../support/cli.ts';
import { metricOf } from '../support/metric.ts';
import { quickEntry } from '../support/quick-cli.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, temporaryDirectory } from '../support/server.ts';
import { seeded } from '../wire/mutate.ts';
import { badWay } from './bad-way.ts';
import { BusyClients, busyServerArgs, enlist, peopleOf } from './busy-clients.ts';
import { countOf, seedOf } from './counts.ts';

const commands = countOf({ test: 1_500, bar: 1_500, nightly: 60_000 });

const faults = ['cut', 'stall', 'dribble'] as const;

describe('a bad network', () => {
  it(
    '[CMD-1] [CMD-3] that cuts, stalls and dribbles loses nothing, doubles nothing, and everyone converges',
    async () => {
      const random = seeded(seedOf('network.test.ts'));
      const { path, remove } = temporaryDirectory('parley-network-');
      const dataDir = join(path, 'data');
      const server = await serveCli(['--data-dir', dataDir, ...busyServerArgs], { entry: await quickEntry() });
      await enlist(server, peopleOf(16));
      const way = await badWay(server.port, ['none', 'cut', 'cut', 'stall', 'dribble'], random);
      const clients = new BusyClients(16, `ws://127.0.0.1:${way.port}/v1`, random);
      try {
        await clients.begin(4);
        await clients.traffic(commands);
        // Which fault comes when is left to chance; each has to have come. A connection that has none stays for ever.
        while (faults.some((fault) => way.shown[fault] <= 3)) {
          way.cut();
          await clients.traffic(commands / 10);
        }
        way.heal();
        await clients.quiet();
        await clients.check(dataDir);
        const { code } = await server.stop();
        expect(code, server.stderr()).toBe(0);
      } finally {
        clients.close();
        await way.close();
        server.child.kill('SIGKILL');
        remove();
      }
    },
    600 * commands,
  );

  it('[CMD-3] whose peer is gone without a word: the server lets go of the session, the client comes back by itself', async () => {
    const limits = { heartbeatMs: 200, silenceMaxMs: 1_000, expirySweepMs: 50 };
    const server = await startTestServer({ people: ['ann', 'bob'], limits, admin: true });
    const way = await badWay(server.port, ['none'], () => 0);
    const bob = await RawClient.signIn(server, 'bob');
    const beat = setInterval(() => bob.send({ t: 'ping' }), 100);
    const ann = connect({ url: `ws://127.0.0.1:${way.port}/v1`, getToken: () => server.token('ann'), random: () => 0 });
    try {
      const { conversation } = await bob.must('start', { text: 'one', people: ['ann'] });
      const told = async (seq: number) => {
        await expect
          .poll(() => ann.sidebar.getSnapshot().conversations[0]?.head, { timeout: 60_000 })
          .toBeGreaterThanOrEqual(seq);
      };
      await told(1);
      way.vanish();
      const { seq } = await bob.must('reply', { conversation, text: 'into the void' });
      await expect
        .poll(() => metricOf(server, 'parley_sessions_closed_total{name="silent"}'), { timeout: 30_000 })
        .toBe(1);
      await told(seq);
      expect(ann.state.getSnapshot()).toBe('online');
    } finally {
      clearInterval(beat);
      ann.close();
      await way.close();
      await server.stop();
    }
  });
});
