import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLog } from '../../src/runtime/log.ts';
import { type Server, startServer } from '../../src/server.ts';
import { createJwtAuthenticator } from '../../src/session/authenticator-jwt.ts';
import { issueToken } from '../../src/session/token-issuer.ts';
import { memoryStores } from '../../src/stores.ts';
import { closeCodes } from '../../src/wire/close-codes.ts';
import { encode } from '../../src/wire/codec.ts';
import { decodeClientFrame } from '../../src/wire/decode-client-frame.ts';
import type { Card, Results, ServerFrame, ServerFrames } from '../../src/wire/frames.ts';
import { freePort } from '../support/free-port.ts';
import { mutate, seeded } from '../wire/mutate.ts';
import { hexOf } from './bytes.ts';
import { clientSamples, serverSamples } from './samples.ts';

const examples = fileURLToPath(new URL('../../protocol/examples/', import.meta.url));
const unitTests = fileURLToPath(new URL('python/', import.meta.url));
const seed = Number(process.env.FUZZ_SEED ?? 20_261_122);
const environment = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };

beforeAll(() => {
  const { status, stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.version_info >= (3, 10))'], {
    encoding: 'utf8',
  });
  if (status !== 0 || stdout.trim() !== 'True') {
    throw new Error(
      'these tests run the example client: install Python 3.10 or newer (Debian: apt-get install python3)',
    );
  }
});

describe('the example’s MessagePack', () => {
  it('reads every valid vector as what it means and refuses every malformed one', () => {
    const run = spawnSync('python3', ['-m', 'unittest', '-v'], { cwd: unitTests, encoding: 'utf8', env: environment });
    expect(run.stderr).toContain('OK');
    expect(run.stderr).toContain('test_invalid');
    expect(run.status, run.stderr).toBe(0);
  });
  it(`agrees with the server on what is malformed, over 5,000 injured frames (FUZZ_SEED=${seed})`, () => {
    const random = seeded(seed);
    const seeds = [...clientSamples, ...serverSamples].map(({ frame }) => encode(frame));
    const injured = Array.from({ length: 5_000 }, () => mutate(seeds, random));
    const run = spawnSync('python3', ['read_lines.py'], {
      cwd: unitTests,
      encoding: 'utf8',
      env: environment,
      input: injured.map((bytes) => `${hexOf(bytes)}\n`).join(''),
      maxBuffer: 64_000_000,
    });
    expect(run.status, run.stderr).toBe(0);
    const verdicts = run.stdout.trimEnd().split('\n');
    expect(verdicts.length).toBe(injured.length);
    for (const [i, bytes] of injured.entries()) {
      const answer = decodeClientFrame(bytes);
      const malformed = !answer.ok && answer.error === 'frame-malformed';
      expect(verdicts[i], `FUZZ_SEED=${seed}: ${hexOf(bytes)}`).toBe(malformed ? 'malformed' : 'map');
    }
    expect(new Set(verdicts).size).toBe(2);
  });
  it('is at most 150 lines long and imports nothing but struct', () => {
    const source = readFileSync(join(examples, 'msgpack_min.py'), 'utf8');
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
    expect(source.match(/^(import|from) .*$/gm)).toEqual(['import struct']);
  });
});

describe('the example client against the server', () => {
  const secret = 'a secret of the tests, thirty-two bytes and more';
  const stores = memoryStores();
  const directory = mkdtempSync(join(tmpdir(), 'parley-python-'));
  let server: Server;

  /** The same stores each time, as after a restart. */
  async function serve(port: number): Promise<Server> {
    const keys = { kind: 'secret', secret } as const;
    return startServer({
      stores: stores.open(),
      authenticator: await createJwtAuthenticator({ keys, audience: 'parley', issuer: 'tests' }, systemClock()),
      log: createLog('silent'),
      host: '127.0.0.1',
      port,
      transport: 'auto',
      allowedOrigins: [],
      admin: null,
      onFenced: (error) => {
        throw error;
      },
    });
  }

  beforeAll(async () => {
    server = await serve(await freePort());
    const person = (id: string, first: string, last: string, active = true) => ({
      id,
      first,
      last,
      email: null,
      active,
    });
    await server.directory.put({
      people: [
        person('ada', 'Ada', 'Lovelace'),
        person('grace', 'Grace', 'Hopper'),
        person('gone', 'No', 'More', false),
      ],
      records: [{ kind: 'company', id: 'c-17', name: 'Engines', view: 'everyone', edit: 'everyone' }],
    });
    for (const id of ['ada', 'grace', 'gone']) {
      writeFileSync(
        join(directory, id),
        await issueToken({ secret, person: id, audience: 'parley', issuer: 'tests', ttlSeconds: 600 }),
      );
    }
    writeFileSync(join(directory, 'bad'), 'no.such.token');
  });
  afterAll(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  interface Run {
    readonly code: number | null;
    readonly lines: unknown[];
    readonly stderr: string;
  }
  /** A run of the client: `heard` resolves when it has printed this text, `done` when it has ended. */
  interface Running {
    heard(text: string): Promise<void>;
    readonly done: Promise<Run>;
    stop(): Promise<Run>;
  }
  function running(person: string, ...args: string[]): Running {
    const url = `ws://127.0.0.1:${server.port}/v1`;
    const options = ['--url', url, '--token-file', join(directory, person)];
    const child = spawn('python3', [join(examples, 'parley_client.py'), ...options, ...args], { env: environment });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    const done = new Promise<Run>((resolve) => {
      child.on('close', (code) => {
        const lines = stdout.split('\n').filter((line) => line !== '');
        resolve({ code, lines: lines.map((line) => JSON.parse(line) as unknown), stderr });
      });
    });
    const heard = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (stdout.includes(text)) resolve();
        };
        child.stdout.on('data', look);
        child.on('close', () => reject(new Error(`ended without "${text}": ${stdout} ${stderr}`)));
        look();
      });
    const stop = () => {
      child.kill('SIGKILL');
      return done;
    };
    return { heard, done, stop };
  }
  const python = (person: string, ...args: string[]) => running(person, ...args).done;

  async function ok<T>(person: string, ...args: string[]): Promise<T> {
    const { code, lines, stderr } = await python(person, ...args);
    expect(code, `${stderr} ${JSON.stringify(lines)}`).toBe(0);
    return lines.at(-1) as T;
  }
  const refusal = async (person: string, ...args: string[]) => {
    const { code, lines } = await python(person, ...args);
    return { code, error: lines.at(-1) as ServerFrames['error'] };
  };

  it('starts, replies, lists, reads and shows history', async () => {
    const started = await ok<Results['start']>(
      'ada',
      'start',
      'Naïve, 日本, 🙂',
      '--to',
      'grace',
      '--about',
      'company:c-17',
    );
    const { conversation } = started;
    const reply = await ok<Results['reply']>('grace', 'reply', conversation, 'x'.repeat(70_000 / 5));
    expect(reply.seq).toBe(2);
    const list = await ok<Results['list']>('ada', 'list', '--with', 'grace');
    expect(list.cards[0]).toMatchObject({
      conversation,
      unread: 1,
      about: { name: 'Engines' },
      participants: ['ada', 'grace'],
    });
    expect(list.badge).toBe(1);
    expect(await ok('ada', 'read', conversation, '2')).toEqual({ readUpTo: 2 });
    const history = await ok<Results['history']>('ada', 'history', conversation);
    expect(history.entries.map((entry) => entry.kind === 'message' && entry.text.length)).toEqual([13, 14_000]);
    expect(history.more).toBe(false);
  });

  it('[CMD-1] a command sent again with its id gets its first answer, and happens once', async () => {
    const first = await ok<Results['start']>('ada', 'start', 'once', '--to', 'grace', '--id', 'same-1');
    const second = await ok<Results['start']>('ada', 'start', 'once', '--to', 'grace', '--id', 'same-1');
    expect(second).toEqual(first);
    const other = await refusal('ada', 'start', 'twice', '--to', 'grace', '--id', 'same-1');
    expect(other).toMatchObject({ code: 1, error: { name: 'command-id-reused', rule: 'CMD-1', id: 'same-1' } });
  });

  it('[READ-2] tells a refusal with its rule', async () => {
    const { conversation } = await ok<Results['start']>('ada', 'start', 'mine', '--to', 'grace');
    const answer = await refusal('ada', 'read', conversation, '1');
    expect(answer).toMatchObject({ code: 1, error: { name: 'read-nothing-unread', rule: 'READ-2', retryable: false } });
  });

  it('[CMD-3] listens, loses the connection, resumes, and then holds what a fresh client is sent', async () => {
    const state = join(directory, 'grace.json');
    const { conversation } = await ok<Results['start']>('ada', 'start', 'one', '--to', 'grace');
    const listening = running('grace', '--state-file', state, 'listen');
    await listening.heard('"welcome"');
    for (let reply = 2; reply <= 3; reply++) await ok('ada', 'reply', conversation, `message ${reply}`);
    await listening.heard('message 3');
    await listening.stop();
    for (let reply = 4; reply <= 9; reply++) await ok('ada', 'reply', conversation, `message ${reply}`);
    await ok('grace', 'read', conversation, '5');
    const { lines } = await python('grace', '--state-file', state, 'resume');
    const frames = lines as ServerFrame[];
    expect(frames[0]).toMatchObject({ t: 'welcome', resumed: true });
    expect(frames.at(-2)).toMatchObject({ t: 'live' });
    const held = lines.at(-1) as { badge: number; cards: Card[] };
    const fresh = await ok<Results['list']>('grace', 'list', '--limit', '50');
    expect(held.badge).toBe(fresh.badge);
    expect(held.cards.map(strip)).toEqual(fresh.cards.map(strip));
    const card = held.cards.find((one) => one.conversation === conversation);
    expect(card?.entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('[CMD-3] comes back by itself when the server was restarted, and misses nothing', async () => {
    const { conversation } = await ok<Results['start']>('ada', 'start', 'before', '--to', 'grace');
    const listening = running('grace', 'listen');
    await listening.heard('"welcome"');
    const { port } = server;
    await server.close();
    server = await serve(port);
    await ok('ada', 'reply', conversation, 'first after');
    await ok('ada', 'reply', conversation, 'second after');
    await listening.heard('second after');
    const { lines } = await listening.stop();
    const told = (lines as ServerFrame[]).flatMap((frame) =>
      frame.t === 'entries' ? frame.entries : frame.t === 'card' ? frame.card.entries : [],
    );
    const texts = told.map((entry) => (entry.kind === 'message' ? entry.text : ''));
    expect(texts).toContain('first after');
    expect(lines[0]).toMatchObject({ t: 'welcome', resumed: false });
    expect(lines).toContainEqual(expect.objectContaining({ t: 'welcome', resumed: true }));
  });

  it('ends for good where the close code says so', async () => {
    const deactivated = await python('gone', 'list');
    expect(deactivated, deactivated.stderr).toMatchObject({ code: 3, lines: [] });
    expect(deactivated.stderr).toContain(String(closeCodes.deactivated.code));
    const bad = await python('bad', 'list');
    expect(bad.code).toBe(4);
    expect(bad.stderr).toContain(String(closeCodes['token-invalid'].code));
  });

  it('never takes a token from the command line', async () => {
    const url = `ws://127.0.0.1:${server.port}/v1`;
    const script = join(examples, 'parley_client.py');
    const { PARLEY_TOKEN: _, ...bare } = environment as Record<string, string>;
    const none = spawnSync('python3', [script, '--url', url, 'list'], { env: bare, encoding: 'utf8' });
    expect(none.status).toBe(2);
    const help = spawnSync('python3', [script, '--help'], { env: bare, encoding: 'utf8' });
    expect(help.stdout).not.toMatch(/--token\b(?!-file)/);
    expect(help.stdout).toContain('--token-file');
  });

  it('says what is no address of a server', () => {
    const script = join(examples, 'parley_client.py');
    const run = spawnSync('python3', [script, '--url', 'http://127.0.0.1:1/v1', 'list'], { encoding: 'utf8' });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("invalid websocket_address value: 'http://127.0.0.1:1/v1'");
  });

  /** What two holders of one conversation must agree on, however far back each holds it. */
  function strip({ entries, from: _, more: __, ...rest }: Card) {
    return { ...rest, newest: entries.at(-1) };
  }
});
