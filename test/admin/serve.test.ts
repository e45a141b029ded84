import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { decodeServerFrame, encode } from '../../src/wire/codec.ts';
import type { ServerFrame } from '../../src/wire/frames.ts';
import { type RunningServer, runCli, serveCli, spawnCli } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { quickEntry } from '../support/quick-cli.ts';
import { temporaryDirectory } from '../support/server.ts';

const secret = 'a secret of the tests, at least 32 bytes long';
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function directory(): string {
  const { path, remove } = temporaryDirectory();
  cleanups.push(remove);
  return path;
}

async function serve(dataDir: string, ...more: string[]): Promise<RunningServer> {
  const server = await serveCli(['--data-dir', dataDir, ...more]);
  cleanups.push(async () => {
    server.child.kill('SIGKILL');
    await server.exited;
  });
  return server;
}

/** Says hello and returns the first frame and the code with which the connection ended, if it did. */
async function hello(url: string, token: string): Promise<{ first: ServerFrame; socket: WebSocket }> {
  const socket = new WebSocket(url, 'parley.v1');
  cleanups.push(() => socket.terminate());
  const first = await new Promise<ServerFrame>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('message', (data: Buffer) => resolve(decodeServerFrame(data)));
    socket.once('open', () => socket.send(encode({ t: 'hello', v: 1, token })));
  });
  return { first, socket };
}

/** For a command that must not try for ever: so many seconds on a processor end it, and no dump is left of it. */
const inVain = 'ulimit -c 0; ulimit -t 8';

async function getJson(url: string, headers: Record<string, string> = {}): Promise<[number, Record<string, unknown>]> {
  const response = await fetch(url, { headers });
  return [response.status, (await response.json()) as Record<string, unknown>];
}

describe('parley serve', () => {
  it('says when it is ready, is ready then, and ends with 0 on SIGTERM, telling its clients to come back', async () => {
    const path = directory();
    const server = await serve(path, '--demo');
    expect(server.stdout()).toMatch(/^parley is ready: ws:\S+ admin http:\S+ demo http:\S+\n$/);
    expect(await getJson(`${server.adminUrl}/readyz`)).toEqual([200, { ready: true }]);
    const { stdout: token } = await runCli(['token', 'anna', '--data-dir', path]);
    const { first, socket } = await hello(server.url, token.trim());
    expect(first).toMatchObject({ t: 'welcome', person: { id: 'anna', last: 'Berg' }, resumed: false });
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(await closed).toBe(4100);
  });

  it('writes logs as JSON lines to stderr, without tokens and texts', async () => {
    const path = directory();
    const server = await serve(path, '--demo', '--log-level', 'debug');
    const { stdout: token } = await runCli(['token', 'ben', '--data-dir', path]);
    await hello(server.url, token.trim());
    await server.stop();
    const lines = server.stderr().trim().split('\n');
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    expect(server.stderr()).not.toContain(token.trim());
    expect(server.stderr()).not.toContain('microscopes');
    expect(server.stderr()).not.toContain(readFileSync(join(path, 'demo-secret'), 'utf8').trim());
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends at once with a code of its own on a second signal, %s', async (signal, code) => {
    // The first drain never ends, because its exit is taken away.
    const endless =
      'const { exit } = process; setInterval(() => {}, 1000); process.exit = (code) => (code === 0 ? undefined : exit(code));';
    const options = { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(endless)}` } };
    const server = await serveCli(['--data-dir', directory(), '--demo'], options);
    cleanups.push(() => server.child.kill('SIGKILL'));
    server.child.kill('SIGTERM');
    while (!server.stderr().includes('"ended"')) await new Promise((resolve) => setTimeout(resolve, 10));
    server.child.kill(signal);
    expect(await server.exited).toEqual({ code, signal: null });
  });

  it('serves although neither its log nor that it is ready can be written, and ends with 0', async () => {
    const port = await freePort();
    const ports = ['--port', '0', '--admin-port', `${port}`];
    const args = ['serve', '--data-dir', directory(), '--auth-secret', secret, ...ports];
    const server = await spawnCli(args, { entry: await quickEntry(), before: 'exec >/dev/full 2>/dev/full' });
    cleanups.push(() => server.child.kill('SIGKILL'));
    const isReady = () => fetch(`http://127.0.0.1:${port}/readyz`).then(({ status }) => status, String);
    await expect.poll(isReady, { timeout: 30_000 }).toBe(200);
    server.child.kill('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  it('refuses a second server on the same data directory with 75, and the first goes on', async () => {
    const path = directory();
    const first = await serve(path, '--demo');
    const second = await runCli(['serve', '--demo', '--data-dir', path, '--port', '0', '--admin-port', '0']);
    expect(second).toMatchObject({ code: 75, stdout: '' });
    expect(second.stderr).toContain(`is in use by process ${first.child.pid}`);
    expect((await getJson(`${first.adminUrl}/readyz`))[0]).toBe(200);
  });

  it('says that a port is taken, with 75, and lets go of the data directory', async () => {
    const first = await serve(directory(), '--demo');
    const path = directory();
    const args = ['serve', '--demo', '--data-dir', path, '--admin-port', '0'];
    const second = await runCli([...args, '--port', `${first.port}`]);
    expect(second.code).toBe(75);
    expect(second.stderr).toContain('the port is taken');
    expect((await serve(path, '--demo')).port).toBeGreaterThan(0);
  });

  it('refuses to start without anything to check tokens with, with 78', async () => {
    const path = join(directory(), 'data');
    const refused = await runCli(['serve', '--data-dir', path]);
    expect(refused.code).toBe(78);
    expect(refused.stderr).toContain('auth-secret');
    expect(existsSync(path)).toBe(false);
  });

  it('refuses a directory of others, with 78', async () => {
    const path = directory();
    writeFileSync(join(path, 'letters.txt'), 'mine');
    const refused = await runCli(['serve', '--demo', '--data-dir', path]);
    expect(refused.code).toBe(78);
    expect(refused.stderr).toContain('not empty');
    const file = await runCli(['serve', '--demo', '--data-dir', join(path, 'letters.txt')]);
    expect(file).toMatchObject({ code: 78, stderr: expect.stringContaining('is not a directory') });
  });

  it.each(['/proc/parley/data', '/sys/parley', '/dev/null/parley', `${import.meta.filename}/parley`])(
    'says at once that data-dir %s cannot be made, with 78',
    async (path) => {
      const refused = await runCli(['serve', '--demo', '--data-dir', path], {
        before: inVain,
        entry: await quickEntry(),
      });
      expect(refused).toMatchObject({
        code: 78,
        signal: null,
        stdout: '',
        stderr: expect.stringContaining(`parley: data-dir: ${path} cannot be made: `),
      });
    },
  );

  it.each([
    [['serve', '--prot', '1'], 2, '--port'],
    [['serv'], 2, 'serve'],
    [['serve', '--port', 'x', '--demo'], 78, 'whole number'],
    [['serve', '--auth-secret', 'short'], 78, '32 bytes'],
    [['serve', '--auth-secret-file', '/nowhere/secret'], 78, '/nowhere/secret'],
    [['snapshot'], 2, '--to'],
    [['token'], 2, 'person'],
    [['inspect'], 2, 'Commands'],
  ])('ends %j with %i', async (args, code, said) => {
    const cwd = directory();
    const ended = await runCli(args, { cwd });
    expect(ended.stderr).toContain(said);
    expect(ended.code).toBe(code);
    expect(ended.stdout).toBe('');
  });

  it('says an unknown variable of the environment by its nearest name', async () => {
    const ended = await runCli(['serve', '--demo'], { env: { PARLEY_PROT: '1' }, cwd: directory() });
    expect(ended.code).toBe(78);
    expect(ended.stderr).toContain('PARLEY_PORT');
  });

  it('shows examples and exit codes in the help of every command', async () => {
    const names = [
      'serve',
      'token',
      'snapshot',
      'restore',
      'verify',
      'export',
      'replay',
      'import',
      'config',
      'inspect',
    ];
    const helps = await Promise.all(names.map(async (name) => ({ name, ...(await runCli([name, '--help'])) })));
    for (const { name, code, stdout } of helps) {
      expect(code, name).toBe(0);
      expect(stdout, name).toContain('Examples:');
      expect(stdout, name).toContain('Exit codes:');
    }
  });
});

describe('the demo', () => {
  it('[LIST-6] [LEAVE-4] is seeded once, with unread, private and left conversations', async () => {
    const path = directory();
    const exported = async (): Promise<string> => (await runCli(['export', '--data-dir', path])).stdout;
    await (await serve(path, '--demo')).stop();
    const once = await exported();
    const events = once
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(new Set(events.map(({ conversation }) => conversation)).size).toBe(6);
    expect(events.filter(({ type, private: isPrivate }) => type === 'started' && isPrivate)).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'left')).toMatchObject([{ by: 'grace' }]);
    await (await serve(path, '--demo')).stop();
    expect(await exported()).toBe(once);
    const grace = await runCli(['inspect', 'person', 'grace', '--data-dir', path, '--json']);
    expect(JSON.parse(grace.stdout)).toMatchObject({ badge: 0, conversations: [{ standing: 'left' }] });
    const ben = await runCli(['inspect', 'person', 'ben', '--data-dir', path, '--json']);
    expect(JSON.parse(ben.stdout)).toMatchObject({ badge: 2, conversations: { length: 3 } });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'that %s cuts short ends with 0 and a whole store; the next start goes on as if nothing had been',
    async (signal) => {
      const [path, uncut] = [directory(), directory()];
      const said = async (dataDir: string): Promise<unknown[]> => {
        const { stdout } = await runCli(['export', '--data-dir', dataDir]);
        const events = stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
        return events.map(({ at, position, ...event }) => event);
      };
      const args = ['serve', '--demo', '--data-dir', path, '--port', '0', '--admin-port', '0'];
      const cut = await spawnCli(args, { nodeArgs: ['--import', endedAtFrame(signal)] });
      expect(await cut.exited).toEqual({ code: 0, signal: null });
      expect(cut.stdout()).toBe('');
      expect(cut.stderr()).toContain('"demo":"cut short"');
      expect(await runCli(['verify', '--data-dir', path])).toMatchObject({ code: 0 });
      const before = await said(path);
      await (await serve(path, '--demo')).stop();
      await (await serve(uncut, '--demo')).stop();
      const whole = await said(uncut);
      expect(before.length).toBeLessThan(whole.length);
      expect(await said(path)).toEqual(whole);
    },
  );

  it('[SEE-4] names a record with private view and edit security to those who hold both rights only', async () => {
    const path = directory();
    await (await serve(path, '--demo')).stop();
    const abouts = async (person: string): Promise<unknown[]> => {
      const { stdout } = await runCli(['export', '--person', person, '--data-dir', path]);
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).about);
    };
    expect(await abouts('chiara')).toContainEqual(
      expect.objectContaining({ kind: 'household', name: 'Keller family' }),
    );
    expect(await abouts('elena')).toContainEqual({ kind: 'household', restricted: true });
  });

  it('gives tokens to this machine only, by address and by Host header', async () => {
    const server = await serve(directory(), '--demo');
    const site = `http://127.0.0.1:${server.port}`;
    const [status, { token, person, note }] = await getJson(`${site}/demo/token?person=anna`);
    expect([status, person, note]).toEqual([200, 'anna', 'for demos only']);
    expect((await hello(server.url, token as string)).first).toMatchObject({ t: 'welcome' });
    expect((await getJson(`${site}/demo/token?person=kai`))[0]).toBe(404);
    expect((await getJson(`${site}/demo/token?person=nobody`))[0]).toBe(404);
    const rebound = await runRaw(server.port, '/demo/token?person=anna', 'evil.example');
    expect(rebound).toContain('403');
    expect(rebound).not.toContain('eyJ');
  });

  it('gives no tokens where other machines can reach it, and says so', async () => {
    const server = await serve(directory(), '--demo', '--host', '0.0.0.0');
    const [status, answer] = await getJson(`http://127.0.0.1:${server.port}/demo/token?person=anna`);
    expect([status, answer.error]).toEqual([403, 'this server can be reached from other machines']);
    expect(server.stderr()).toContain('no tokens are issued');
  });

  it('gives no tokens where sign-in is configured', async () => {
    const server = await serve(directory(), '--demo', '--auth-secret', secret);
    expect((await getJson(`http://127.0.0.1:${server.port}/demo/token?person=anna`))[0]).toBe(403);
  });

  it('shows a page whose policy lets only its own files run and style, and gives them', async () => {
    const server = await serve(directory(), '--demo');
    const site = `http://127.0.0.1:${server.port}`;
    const response = await fetch(`${site}/`);
    const page = await response.text();
    const policy = response.headers.get('content-security-policy')?.split('; ');
    expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'"]));
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${server.port}`);
    expect(page).not.toMatch(/<script>|\son\w+=|style="|<style/i);
    const files = [...page.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path]) => path as string);
    expect(files).toContain('/demo.js');
    const types = await Promise.all(files.map(async (path) => (await fetch(site + path)).headers.get('content-type')));
    expect(types.sort()).toEqual(['image/svg+xml', 'text/css; charset=utf-8', 'text/javascript; charset=utf-8']);
    expect((await fetch(`${site}/demo.js`, { headers: { origin: 'http://other.example' } })).status).toBe(200);
  });

  it('[SEE-4] [SEE-5] shows of a record what the person may see, to this machine only', async () => {
    const server = await serve(directory(), '--demo');
    const householdOf = async (person: string): Promise<unknown> => {
      const [, { records }] = await getJson(`http://127.0.0.1:${server.port}/demo/crm?person=${person}`);
      return (records as { kind: string }[]).find(({ kind }) => kind === 'household');
    };
    expect(await householdOf('chiara')).toMatchObject({ view: true, name: 'Keller family' });
    expect(await householdOf('elena')).toMatchObject({ view: true, name: null, fields: [] });
    expect(await householdOf('ben')).toMatchObject({ view: false, name: null, fields: [] });
    expect(await runRaw(server.port, '/demo/crm?person=chiara', 'evil.example')).toContain('403');
  });

  it('keeps its secrets to the owner of the data directory', async () => {
    const path = directory();
    await serve(path, '--demo');
    for (const name of ['demo-secret', 'admin-token']) expect(statSync(join(path, name)).mode & 0o077).toBe(0);
  });

  it('leaves a directory with other people alone', async () => {
    const path = directory();
    const server = await serve(path, '--auth-secret', secret);
    const admin = readFileSync(join(path, 'admin-token'), 'utf8').trim();
    const put = await fetch(`${server.adminUrl}/v1/people/u1`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${admin}` },
      body: JSON.stringify({ first: 'Una', last: 'One', email: null, active: true }),
    });
    expect(put.status).toBe(200);
    await server.stop();
    await (await serve(path, '--demo')).stop();
    expect((await runCli(['export', '--data-dir', path])).stdout).toBe('');
  });
});

describe('the elements', () => {
  it('are served to pages of any origin, with or without a demo, and nothing beside them', async () => {
    const server = await serve(directory(), '--auth-secret', secret);
    const site = `http://127.0.0.1:${server.port}`;
    const response = await fetch(`${site}/parley.js`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(await response.text()).toContain('parley-sidebar');
    for (const path of ['/', '/demo.js', '/parley-none.js', '/parley..js', '/index.js', '/..%2fadmin%2fparley.js']) {
      expect((await fetch(site + path)).status, path).toBe(404);
    }
  });
});

describe('parley token', () => {
  it('signs with the configured secret and never shows it', async () => {
    const path = directory();
    const file = join(directory(), 'secret');
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    const server = await serve(path, '--auth-secret-file', file);
    await fetch(`${server.adminUrl}/v1/people/una`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${readFileSync(join(path, 'admin-token'), 'utf8').trim()}` },
      body: JSON.stringify({ first: 'Una', last: 'One', email: null, active: true }),
    });
    const made = await runCli(['token', 'una', '--ttl', '60', '--auth-secret-file', file, '--json']);
    const { token, expiresInSeconds } = JSON.parse(made.stdout);
    expect(expiresInSeconds).toBe(60);
    expect((await hello(server.url, token)).first).toMatchObject({ t: 'welcome', person: { id: 'una' } });
    expect(made.stdout + made.stderr).not.toContain(secret);
    const { first } = await hello(server.url, `${token}x`);
    expect(first).toMatchObject({ t: 'error', name: 'token-invalid' });
  });

  it('ends with 78 where there is no secret, and with 2 for what is no id', async () => {
    const cwd = directory();
    expect((await runCli(['token', 'anna', '--data-dir', join(cwd, 'none')])).code).toBe(78);
    expect((await runCli(['token', 'a b'], { cwd })).code).toBe(2);
  });
});

it('logs a last word and ends with 70 on a bug that nobody caught', async () => {
  const path = directory();
  const running = await spawnCli(['serve', '--demo', '--data-dir', path, '--port', '0', '--admin-port', '0'], {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bug)}` },
  });
  expect(await running.exited).toEqual({ code: 70, signal: null });
  expect(running.stderr()).toContain('"msg":"unhandled rejection"');
});

/** A second after the server has said something, a promise rejects that nobody looks at. */
const bug = `
const write = process.stdout.write;
process.stdout.write = function (...all) {
  setTimeout(() => Promise.reject(new Error('a bug of the test')), 50);
  return write.apply(this, all);
};`;

/** The server gets this signal with the eighth frame of its journal. What makes a segment is written in other lengths. */
function endedAtFrame(signal: NodeJS.Signals): string {
  const module = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { write } = fs;
let frames = 0;
fs.write = (...all) => {
  const length = all[3];
  const isFrame = length > 100 && length < 4096;
  if (isFrame) frames += 1;
  if (isFrame && frames === 8) process.kill(process.pid, '${signal}');
  return write(...all);
};
syncBuiltinESMExports();`;
  return `data:text/javascript,${encodeURIComponent(module)}`;
}

/** A request with a Host header of one's own, which fetch does not allow. */
async function runRaw(port: number, path: string, host: string): Promise<string> {
  const { connect } = await import('node:net');
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  let answer = '';
  for await (const chunk of socket.setEncoding('utf8')) answer += chunk;
  return answer;
}
