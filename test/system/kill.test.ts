/**
 * A server that is killed with SIGKILL at random moments, under twenty clients, and started again on the same data
 * directory each time. Nobody helps the clients. `PARLEY_SEED` repeats what was chosen; the moments are the machine's.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { issueToken } from '../../src/session/token-issuer.ts';
import { type RunningServer, runCli, serveCli, spawnCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/server.ts';
import { copiesOf, type ExportedEvent, faultsOf } from './kill-checker.ts';
import { KillClient } from './kill-client.ts';

const cycles = 50;
const people = Array.from({ length: 20 }, (_, at) => `p${at + 1}`);
const secret = 'a secret of the tests, at least 32 bytes long';
const adminToken = 'admin-token-of-the-tests';

it('[CMD-1] [CMD-2] [CMD-3] loses, doubles and reorders nothing that it acknowledged, over kill -9', async () => {
  const seed = Number(process.env.PARLEY_SEED ?? Math.floor(Math.random() * 2 ** 32));
  const random = seeded(seed);
  process.stdout.write(`kill.test.ts: PARLEY_SEED=${seed}\n`);
  const { path, remove } = temporaryDirectory('parley-kill-');
  const dataDir = join(path, 'data');
  // Below the ephemeral ports, so that nobody is given it while the server is down.
  const port = 12_000 + Math.floor(random() * 9_000) * 2;
  const server = new KilledServer(['--data-dir', dataDir, '--port', `${port}`, '--admin-port', `${port + 1}`]);
  const clients: KillClient[] = [];
  try {
    await server.start();
    await putPeople(port + 1);
    for (const person of people) clients.push(client(person, port, random));
    for (const one of clients.slice(0, 6)) {
      const partner = one.person === 'p1' ? 'p2' : 'p1';
      await one.start(people.filter((id) => id === partner || (id !== one.person && random() < 0.5)));
    }
    for (const one of clients) one.run();
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      if (cycle % 8 === 7) await server.killWhileStarting(random() * 1_000);
      else {
        await traffic(clients, 5 + random() * 100);
        // Now and then it lives long enough for a checkpoint to begin.
        if (cycle % 10 === 4) await sleep(1_500 + random() * 500);
        await server.kill();
      }
      await server.start();
    }
    await Promise.all(clients.map((one) => one.stop()));
    const acknowledged = clients.flatMap((one) => one.acknowledged);
    const { stdout, code } = await runCli(['export', '--data-dir', dataDir]);
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ExportedEvent);
    expect(faultsOf(events, acknowledged)).toEqual([]);
    // Every command here makes one event, and every one was answered in the end.
    expect(events.length).toBe(acknowledged.length);
    for (const one of clients) {
      const expected = copiesOf(events, one.person);
      await converged(one, expected);
      expect(await one.copies(), one.person).toEqual(expected);
      const badge = expected.filter(({ unread }) => unread > 0).length;
      expect(one.parley.sidebar.getSnapshot().badge, `badge of ${one.person}`).toBe(badge);
      for (const [conversation, seqs] of one.told) {
        expect(isAscending(seqs), `told of ${conversation}: ${seqs.join(' ')}`).toBe(true);
      }
      expect(one.onlines).toBeGreaterThan(1);
    }
    expect(acknowledged.length).toBeGreaterThan(cycles * 10);
    expect(await runCli(['verify', '--data-dir', dataDir])).toMatchObject({ code: 0 });
    process.stdout.write(
      `kill.test.ts: ${cycles} kills, ${acknowledged.length} acknowledged, ${events.length} events\n`,
    );
  } finally {
    for (const { parley } of clients) parley.close();
    await server.kill();
    remove();
  }
}, 600_000);

class KilledServer {
  readonly #args: readonly string[];
  #running: RunningServer | null = null;

  constructor(args: readonly string[]) {
    this.#args = [...args, '--auth-secret', secret, '--admin-token', adminToken, '--log-level', 'warn'];
  }

  async start(): Promise<void> {
    this.#running = await serveCli(this.#args);
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
    const starting = await spawnCli(['serve', ...this.#args]);
    await sleep(afterMs);
    starting.child.kill('SIGKILL');
    await starting.exited;
  }
}

function client(person: string, port: number, random: () => number): KillClient {
  return new KillClient({
    url: `ws://127.0.0.1:${port}/v1`,
    person,
    others: people.filter((id) => id !== person),
    token: () => issueToken({ secret, person, audience: 'parley', issuer: 'parley', ttlSeconds: 3_600 }),
    random,
  });
}

async function putPeople(adminPort: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${adminPort}/v1/directory`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}` },
    body: JSON.stringify({ people: people.map((id) => ({ id, first: id, last: id, email: null, active: true })) }),
  });
  expect(answer.status).toBe(200);
}

/** Waits until the client shows the newest of each conversation: nobody tells it to. */
async function converged(one: KillClient, expected: ReturnType<typeof copiesOf>): Promise<void> {
  const until = performance.now() + 60_000;
  const heads = () => one.parley.sidebar.getSnapshot().conversations.map(({ id, head }) => `${id} ${head}`);
  const wanted = expected.map(({ conversation, entries }) => `${conversation} ${entries.at(-1)?.seq}`);
  while (heads().slice(0, wanted.length).join() !== wanted.slice(0, heads().length).join() || heads().length === 0) {
    if (performance.now() > until) expect(heads(), `${one.person} does not converge`).toEqual(wanted);
    await sleep(20);
  }
}

function isAscending(seqs: readonly number[]): boolean {
  return seqs.every((seq, at) => at === 0 || seq > (seqs[at - 1] as number));
}

/** Until that much more has been acknowledged: at once under load, later where clients are still on their way back. */
async function traffic(clients: readonly KillClient[], acknowledged: number): Promise<void> {
  const count = () => clients.reduce((sum, one) => sum + one.acknowledged.length, 0);
  const enough = count() + acknowledged;
  while (count() < enough) await sleep(2);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** mulberry32. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
