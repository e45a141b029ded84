/** Real conversations through a real server: `parley serve` on LMDB and `parley replay`, each a process of its own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../src/admin/replay/summary.ts';
import { connect } from '../../src/client/node.ts';
import { type CliResult, type RunningServer, runCli, serveCli, spawnCli } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryDirectory } from '../support/server.ts';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const corpus = process.env.PARLEY_CORPUS ?? fileURLToPath(new URL('../../../shared/data/ubuntu-irc', import.meta.url));
const hours = ['2006-12-10', '2007-06-04', '2007-09-07', '2008-04-27'].map((day) => join(corpus, `${day}.train-a.txt`));
const hoursAreHere = hours.every((path) => existsSync(path));
const minutes = 60_000;

const env = { PARLEY_AUTH_SECRET: 'a secret of the tests, at least 32 bytes long', PARLEY_LOG_LEVEL: 'warn' };
const place = temporaryDirectory('parley-replay-');
const dataDir = join(place.path, 'data');
let server: RunningServer;

beforeAll(async () => {
  server = await serveCli(['--data-dir', dataDir, '--port', String(await freePort())], { env });
}, 5 * minutes);

afterAll(async () => {
  await server.stop();
  place.remove();
});

function replayArguments(files: readonly string[], more: readonly string[]): string[] {
  const admin = ['--data-dir', dataDir, '--admin-port', new URL(server.adminUrl).port];
  return ['replay', '--irc', ...files, '--url', server.url, ...admin, '--json', ...more];
}

async function replay(files: readonly string[], more: readonly string[] = []): Promise<CliResult> {
  return runCli(replayArguments(files, more), { env });
}

/** Kills the server when the first steps are done, starts it again where it was, and waits for the end. */
async function replayOverKill(files: readonly string[], more: readonly string[] = []): Promise<CliResult> {
  const running = await spawnCli(replayArguments(files, more), { env });
  const underWay = new Promise<void>((resolve) => {
    running.child.stderr?.on('data', () => {
      if (/^steps: [1-9]/m.test(running.stderr())) resolve();
    });
  });
  await Promise.race([underWay, running.exited]);
  server.child.kill('SIGKILL');
  await server.exited;
  const ports = ['--port', String(server.port), '--admin-port', new URL(server.adminUrl).port];
  server = await serveCli(['--data-dir', dataDir, ...ports], { env });
  const { code, signal } = await running.exited;
  return { code, signal, stdout: running.stdout(), stderr: running.stderr() };
}

/** The summary of a replay in which nothing differed. */
function summaryOf({ code, stdout, stderr }: CliResult): Summary {
  expect(stdout, stderr).not.toBe('');
  const summary = JSON.parse(stdout) as Summary;
  expect(summary.differences).toEqual([]);
  expect(code, stderr).toBe(0);
  return summary;
}

describe('parley replay', () => {
  it(
    'plays logs side by side and finds every copy as it should be',
    async () => {
      const summary = summaryOf(await replay([fixture('small-channel.txt'), fixture('busy-channel.txt')]));
      const [small, busy] = summary.files;
      expect(small).toMatchObject({
        people: 6,
        messages: 8,
        joins: 5,
        leaves: 2,
        refusals: { 'LEAVE-2': 1, 'LEAVE-3': 1 },
        skipped: { blank: 1, actions: 3, other: 1 },
      });
      expect(busy?.messages).toBeGreaterThan(80);
      expect(busy?.leaves).toBeGreaterThan(0);
      expect(summary.latency.acknowledgement.count).toBeGreaterThan(summary.messages);
      expect(summary.latency.delivery.count).toBeLessThanOrEqual(summary.deliveries);
      expect(summary.pushes).toBeLessThanOrEqual(summary.deliveries);
    },
    2 * minutes,
  );

  it(
    'plays the same again as a new conversation, and says it for people without --json',
    async () => {
      const args = replayArguments([fixture('small-channel.txt')], []).filter((one) => one !== '--json');
      const { code, stdout } = await runCli(args, { env });
      expect(stdout).toContain('refusals     LEAVE-3 1, LEAVE-2 1');
      expect(stdout).toContain('0 differences');
      expect(code).toBe(0);
    },
    2 * minutes,
  );

  it(
    'goes through a kill -9 of the server with nothing lost, doubled or out of order',
    async () => {
      const summary = summaryOf(await replayOverKill([fixture('busy-channel.txt')], ['--speed', '120']));
      expect(summary.reconnects).toBeGreaterThan(0);
    },
    4 * minutes,
  );

  it(
    'names what differs when somebody else speaks in between, and exits with 1',
    async () => {
      const running = await spawnCli(replayArguments([fixture('busy-channel.txt')], ['--speed', '120']), { env });
      // The starter, who cannot leave, on another device.
      const rogue = connect({ url: server.url, getToken: () => tokenOf('irc-cedar') });
      let spoken = false;
      rogue.on('entries', ({ conversation }) => {
        if (!spoken) void rogue.reply(conversation, 'Nobody expects this.');
        spoken = true;
      });
      const { code } = await running.exited;
      rogue.close();
      const summary = JSON.parse(running.stdout()) as Summary;
      expect(code).toBe(1);
      expect(summary.differenceCount).toBeGreaterThan(0);
      expect(summary.differences.join('\n')).toContain('busy-channel.txt');
      expect(running.stdout()).not.toContain('Nobody expects this.');
    },
    4 * minutes,
  );

  it(
    'says what is missing: a log, a server, a number',
    async () => {
      const absent = await replay([fixture('no-such-log.txt')]);
      expect([absent.code, absent.stderr]).toEqual([
        1,
        expect.stringContaining('no-such-log.txt cannot be read: ENOENT'),
      ]);
      const arguments_ = replayArguments([fixture('small-channel.txt')], ['--admin-port', '1']);
      expect((await runCli(arguments_, { env })).code).toBe(69);
      expect((await replay([fixture('small-channel.txt')], ['--speed', '0'])).code).toBe(2);
    },
    2 * minutes,
  );
});

async function tokenOf(person: string): Promise<string> {
  const { stdout, stderr } = await runCli(['token', person], { env });
  expect(stderr).toBe('');
  return stdout.trim();
}

describe(
  hoursAreHere ? 'four hours of #ubuntu' : `four hours of #ubuntu are not in ${corpus}: the small logs stand in`,
  () => {
    const files = hoursAreHere ? hours : [fixture('busy-channel.txt')];

    it(
      'go through with every copy exactly what the rules say',
      async () => {
        const summary = summaryOf(await replay(files.slice(0, 3)));
        if (hoursAreHere) {
          expect(summary.messages).toBe(1204 + 1375 + 1244);
          expect(summary.people).toBeGreaterThan(1000);
        }
        expect(summary.deliveries).toBeGreaterThan(summary.messages);
      },
      20 * minutes,
    );

    it(
      'go through over a kill -9 in the middle',
      async () => {
        const summary = summaryOf(await replayOverKill(files.slice(-1), hoursAreHere ? [] : ['--speed', '120']));
        expect(summary.reconnects).toBeGreaterThan(0);
        if (hoursAreHere) expect(summary.messages).toBe(1939);
      },
      20 * minutes,
    );
  },
);
