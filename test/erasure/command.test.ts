/** `parley erase` as an admin runs it, against a real server, which may be killed in the middle of it. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Parley } from '../../src/client/node.ts';
import { conversationIdOf } from '../../src/host/request.ts';
import { Ledger } from '../../src/journal/erasure-ledger.ts';
import { issueToken } from '../../src/session/token-issuer.ts';
import { seeded } from '../journal/random-history.ts';
import { type CliResult, type RunningServer, runCli, serveCli, spawnCli } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryDirectory } from '../support/server.ts';
import { filesHolding } from './search.ts';

const secret = 'a secret of the tests, at least 32 bytes long';
const conversation = conversationIdOf('anna', 'demo-1-1');
const cycles = 3 * Number(process.env.PARLEY_RUNS ?? 1);
const seed = Number(process.env.PARLEY_SEED ?? 20261130);

const { path: root, remove } = temporaryDirectory();
const dataDir = join(root, 'data');
let adminPort: number;
let server: RunningServer;
let anna: Parley;

const admin = () => ['--data-dir', dataDir, '--admin-port', `${adminPort}`];
const erase = (...args: string[]): Promise<CliResult> => runCli(['erase', ...args, ...admin()]);

async function start(): Promise<void> {
  const options = ['--demo', '--data-dir', dataDir, '--auth-secret', secret, '--admin-port', `${adminPort}`];
  server = await serveCli([...options, '--log-level', 'silent']);
  const token = { secret, person: 'anna', audience: 'parley', issuer: 'parley', ttlSeconds: 600 };
  anna = connect({ url: server.url, getToken: () => issueToken(token), random: () => 0.1 });
}
async function kill(): Promise<void> {
  anna.close();
  server.child.kill('SIGKILL');
  await server.exited;
}

beforeAll(async () => {
  adminPort = await freePort();
  await start();
});
afterAll(async () => {
  await kill();
  remove();
});

describe('parley erase', () => {
  it('says without --apply what would be erased, in counts, and erases nothing', async () => {
    const { seq } = await anna.reply(conversation, 'Zwergenkönig');
    const { code, stdout } = await erase('message', conversation, `${seq}`);
    expect([code, stdout]).toEqual([0, '1 messages in 1 conversations\nnothing was erased; --apply does it\n']);
    const { stdout: asJson } = await erase('person', 'anna', '--json');
    expect(JSON.parse(asJson)).toMatchObject({ applied: false, name: true, erasedBefore: 0 });
    expect(filesHolding(root, ['Zwergenkönig']).length).toBeGreaterThan(0);
  });

  it('says in one line what cannot be erased, and that it needs a server', async () => {
    const missing = await erase('message', conversation, '9999', '--apply');
    expect([missing.code, missing.stderr]).toEqual([1, 'parley: the conversation has no entry 9999\n']);
    const nobody = await erase('person', 'nobody', '--apply');
    expect([nobody.code, nobody.stderr]).toEqual([1, 'parley: there is no person nobody\n']);
    const alone = await runCli([
      'erase',
      'person',
      'anna',
      '--data-dir',
      dataDir,
      '--admin-port',
      `${await freePort()}`,
    ]);
    expect([alone.code, alone.stderr]).toEqual([69, expect.stringContaining('start the server')]);
    expect((await erase('message', 'x', '1')).code).toBe(2);
  });

  it('[ERASE-4] erases while others write, also what is in the journal only; a snapshot from before is restored without it', async () => {
    const { seq } = await anna.reply(conversation, 'Rumpelstilzchen heißt er');
    const before = join(root, 'before');
    expect((await runCli(['snapshot', '--data-dir', dataDir, '--to', before])).code).toBe(0);
    const load = { on: true };
    const writing = (async () => {
      for (let count = 0; load.on; count += 1) await anna.reply(conversation, `load ${count}`);
    })();
    const { code, stdout, stderr } = await erase('message', conversation, `${seq}`, '--apply', '--json');
    load.on = false;
    await writing;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ applied: true, erasure: 1, messages: 1 });
    expect(stderr).toContain('ledger');
    expect(filesHolding(dataDir, ['Rumpelstilzchen'])).toEqual([]);
    expect(readFileSync(`${dataDir}.erasures`, 'utf8')).not.toContain('Rumpelstilzchen');

    const restored = join(root, 'restored');
    const restore = ['restore', '--from', before, '--data-dir', restored];
    const without = await runCli(restore);
    // It does not say that there is a ledger: it was taken before the first erasure.
    expect([without.code, without.stderr]).toEqual([0, expect.stringContaining('there is no ledger of erasures')]);
    rmSync(restored, { recursive: true });
    const copy = join(root, 'copy-of-ledger');
    cpSync(`${dataDir}.erasures`, copy);
    expect((await runCli([...restore, '--ledger', copy])).code).toBe(0);
    expect(filesHolding(restored, ['Rumpelstilzchen'])).toEqual([]);
    expect((await runCli(['verify', '--data-dir', restored])).code).toBe(0);
    const shown = await runCli(['inspect', 'conversation', conversation, '--text', '--data-dir', restored]);
    expect(shown.stdout).toMatch(new RegExp(`seq ${seq}: erased`));

    const after = join(root, 'after');
    expect((await runCli(['snapshot', '--data-dir', dataDir, '--to', after])).code).toBe(0);
    expect(filesHolding(after, ['Rumpelstilzchen'])).toEqual([]);
    const elsewhere = ['restore', '--from', after, '--data-dir', join(root, 'elsewhere')];
    const refused = await runCli(elsewhere);
    expect([refused.code, refused.stderr]).toEqual([78, 'parley: the ledger of erasures is missing: 1 are known of\n']);
    const another = join(root, 'another-ledger');
    writeFileSync(another, Ledger.begin('another').with({ what: 'person', at: 1, person: 'x' }).text);
    const unfit = await runCli([...elsewhere, '--ledger', another]);
    expect([unfit.code, unfit.stderr]).toEqual([78, expect.stringContaining('the ledger is another one')]);
    // What was refused is not in the way of the right one.
    expect((await runCli([...elsewhere, '--ledger', copy])).code).toBe(0);
  });

  it(`[ERASE-4] killed at any moment and run again it is whole (seed ${seed})`, async () => {
    const random = seeded(seed);
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      const word = `Geheimnis${cycle}`;
      const { seq } = await anna.reply(conversation, `${word}, das niemand liest`);
      const args = ['message', conversation, `${seq}`, '--apply'];
      const running = await spawnCli(['erase', ...args, ...admin()]);
      await pause(random(900));
      await kill();
      await running.exited;
      await start();
      const { code, stderr } = await erase(...args);
      expect(code, stderr).toBe(0);
      expect(filesHolding(dataDir, [word]), `cycle ${cycle}`).toEqual([]);
      const verified = await runCli(['verify', '--data-dir', dataDir]);
      expect(verified.code, verified.stdout).toBe(0);
    }
  });

  it('[ERASE-2] erases a person, whom no import brings back', async () => {
    const { code, stdout, stderr } = await erase('person', 'ben', '--apply');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^\d+ messages in \d+ conversations, and a name in the directory\nerased\n$/);
    const file = join(root, 'people.jsonl');
    writeFileSync(file, `${JSON.stringify({ id: 'ben', first: 'Ben', last: 'Okafor' })}\n`);
    const imported = await runCli(['import', 'people', file, '--apply', ...admin()]);
    expect([imported.code, imported.stdout]).toEqual([1, expect.stringContaining('who was erased')]);
    expect(filesHolding(dataDir, ['Okafor'])).toEqual([]);
  });
});
