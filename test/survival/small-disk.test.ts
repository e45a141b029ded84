/** A disk of 16 MiB fills up under a real server: it says so and goes on reading, and writes again when there is room. */
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exitCodes } from '../../src/admin/exit-codes.ts';
import { requireFree } from '../../src/admin/store-access.ts';
import { seeded } from '../journal/random-history.ts';
import { type CliResult, type RunningServer, runCli, serveCli } from '../support/cli.ts';
import { type Compiled, compile } from '../support/compiled.ts';
import { LineProcess } from '../support/line-process.ts';
import { metricOf } from '../support/metric.ts';
import { temporaryDirectory } from '../support/server.ts';
import { seedOf } from './counts.ts';
import {
  type Asked,
  adminToken,
  PressingClients,
  pressedServerArgs,
  pressingPeople,
  putPressingPeople,
} from './pressing-clients.ts';
import { faultsAfter } from './store-after.ts';

let script: Compiled;
let reopener: LineProcess;
let disk: { readonly path: string; remove(): void };
let elsewhere: { readonly path: string; remove(): void };
beforeAll(() => {
  script = compile('test/survival/reopen-process');
  reopener = new LineProcess(script);
  disk = temporaryDirectory('parley-small-disk-');
  elsewhere = temporaryDirectory('parley-small-disk-import-');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk.path], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(`This test mounts a file system: run it as root, or in a container with CAP_SYS_ADMIN. ${error}`);
  }
});
afterAll(async () => {
  await reopener.end();
  script.destroy();
  execFileSync('umount', [disk.path]);
  disk.remove();
  elsewhere.remove();
});

/** What the CRM tells is refused with its reason, and nothing of it is done; what is known can be read. */
async function expectAdminReadOnly(server: RunningServer): Promise<void> {
  const call = (method: string, path: string, body?: object) =>
    fetch(server.adminUrl + path, {
      method,
      headers: { authorization: `Bearer ${adminToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const [id, known] = ['newcomer', pressingPeople[0]];
  const writes = [
    () => call('PUT', `/v1/people/${id}`, { last: 'New' }),
    () => call('POST', `/v1/people/${known}/deactivate`),
    () => call('POST', '/v1/directory', { people: [{ id, last: 'New' }] }),
    () => call('POST', '/v1/erasures', { person: known }),
  ];
  for (const write of writes) {
    const answer = await write();
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: { name: 'read-only' } }]);
  }
  const imported = await importNewcomer(server);
  expect([imported.code, imported.stderr]).toEqual([
    exitCodes.unavailable.code,
    expect.stringContaining('The disk is nearly full'),
  ]);
  expect((await call('GET', `/v1/people/${id}`)).status).toBe(404);
  expect(await (await call('GET', `/v1/people/${known}`)).json()).toMatchObject({ active: true });
}

function importNewcomer({ adminUrl }: RunningServer): Promise<CliResult> {
  const file = join(elsewhere.path, 'people.csv');
  writeFileSync(file, 'id,last\nnewcomer,New\n');
  const port = new URL(adminUrl).port;
  return runCli(['import', 'people', file, '--apply', '--admin-port', port, '--admin-token', adminToken], {
    cwd: elsewhere.path,
  });
}

const freeBytes = (): number => {
  const { bavail, bsize } = statfsSync(disk.path);
  return bavail * bsize;
};

it('nothing takes the place of a disk, as a restore would, and that is said before anything is made', async () => {
  await expect(requireFree(disk.path)).rejects.toMatchObject({ exit: 'cannotCreate' });
  await expect(requireFree(join(disk.path, 'data'))).resolves.toBeUndefined();
});

it('[CMD-2] read-only with an alert, people read on; a hog takes the rest; with room it writes again, and there is no hole', async () => {
  const random = seeded(seedOf('small-disk.test.ts'));
  const data = join(disk.path, 'data');
  const asked: Asked = new Map();
  const server = await serveCli(['--data-dir', data, ...pressedServerArgs], { cwd: disk.path });
  await putPressingPeople(server.adminUrl);
  const ready = async () => (await (await fetch(`${server.adminUrl}/readyz`)).json()) as { ready: boolean };
  const press = async (name: string) => {
    const clients = new PressingClients(asked, {
      url: server.url,
      name,
      random,
      answersMax: Number.POSITIVE_INFINITY,
      window: 16,
    });
    await clients.arrive();
    clients.press();
    return clients;
  };

  /**
   * Nobody may write any more, and everything that was answered has found its way into the archive all the same. As long as
   * somebody presses, that is for good: a checkpoint may make room for some more.
   */
  const expectReadOnly = async () => {
    const standing = async () => ({
      ...(await ready()),
      isReadOnly: await metricOf(server, 'parley_read_only'),
      unarchived: await metricOf(server, 'parley_unarchived_bytes'),
    });
    const readOnly = { ready: false, reason: 'read-only', isReadOnly: 1, unarchived: 0 };
    await expect.poll(standing, { timeout: 60_000 }).toEqual(readOnly);
    expect(freeBytes()).toBeGreaterThan(0);
  };
  const takeTheRest = (name: string) => {
    expect(() => writeFileSync(join(disk.path, name), Buffer.alloc(48 * 2 ** 20, 1))).toThrow(/ENOSPC/);
    expect(freeBytes()).toBe(0);
  };
  const giveBack = (name: string) => rmSync(join(disk.path, name));

  const first = await press('a');
  await first.refused('read-only');
  await expectReadOnly();
  expect(server.stderr()).toContain('the disk is nearly full');
  takeTheRest('hog');
  await expectAdminReadOnly(server);
  const refused = first.refusals.get('read-only') ?? 0;
  await expect.poll(() => first.refusals.get('read-only'), { timeout: 30_000 }).toBeGreaterThan(refused + 100);
  expect(first.closes).toEqual([]);
  first.leave();

  // A volume that is made larger, and what was in the way removed.
  execFileSync('mount', ['-o', 'remount,size=40m', disk.path]);
  giveBack('hog');
  await expect.poll(ready, { timeout: 30_000 }).toEqual({ ready: true });
  expect(server.stderr()).toContain('there is room on the disk again');
  expect((await importNewcomer(server)).code).toBe(0);
  const second = await press('b');
  await second.refused('read-only');
  await expectReadOnly();
  takeTheRest('hog');
  second.leave();
  // With a whole checkpoint of what it remembers of commands before it, for which there is no room.
  expect(await server.stop()).toMatchObject({ code: 0 });
  // The segment that it had in reserve has gone with it, if there was still room for one: a new one would find just that.
  takeTheRest('second');
  const full = await runCli(['serve', '--data-dir', data, ...pressedServerArgs], { cwd: disk.path });
  expect([full.code, full.stderr]).toEqual([exitCodes.fenced.code, expect.stringContaining('ENOSPC')]);
  giveBack('second');
  giveBack('hog');

  const told = [...first.answers, ...second.answers];
  expect(await faultsAfter(reopener, data, { asked, told, hasPeople: true })).toEqual([]);
  process.stdout.write(
    `small-disk.test.ts: ${first.answers.length} answers before it was full, ${told.length} in all\n`,
  );
}, 300_000);
