/** Nothing is told before it is durable, on a disk that takes its time: the whole server, and LMDB's own promise. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { decodeServerFrame, encode } from '../../src/wire/codec.ts';
import type { ClientFrame, ServerFrame } from '../../src/wire/frames.ts';
import { serveCli } from '../support/cli.ts';
import { type Compiled, compile } from '../support/compiled.ts';
import { temporaryDirectory } from '../support/server.ts';
import { compileDiskShim, type DiskShim } from './disk-shim.ts';
import { pressedServerArgs, pressingToken, putPressingPeople } from './pressing-clients.ts';

let shim: DiskShim;
let script: Compiled;
let home: { readonly path: string; remove(): void };
const data = () => join(home.path, 'data');
const gate = () => join(home.path, 'gate');
beforeAll(() => {
  shim = compileDiskShim();
  script = compile('test/survival/put-process');
  home = temporaryDirectory('parley-delayed-');
});
afterAll(() => {
  script.destroy();
  shim.destroy();
  home.remove();
});

/** From now on nothing becomes durable, and who waits for it leaves a sign. */
function shut(): void {
  rmSync(`${gate()}.held`, { force: true });
  writeFileSync(gate(), '');
}

const held = () => expect.poll(() => existsSync(`${gate()}.held`), { timeout: 30_000 }).toBe(true);

interface Arrived {
  readonly frames: ServerFrame[];
  send(frame: ClientFrame): void;
  /** The close code. */
  readonly closed: Promise<number>;
}

/** Somebody who is signed in, and every frame that they got. */
async function arrive(url: string, person: string): Promise<Arrived> {
  const frames: ServerFrame[] = [];
  const socket = new WebSocket(url, 'parley.v1');
  socket.on('message', (bytes: Buffer) => frames.push(decodeServerFrame(bytes)));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => socket.once('open', resolve));
  const send = (frame: ClientFrame) => socket.send(encode(frame));
  send({ t: 'hello', v: 1, token: await pressingToken(person) });
  await expect.poll(() => frames.splice(0).map(({ t }) => t)).toContain('welcome');
  return { frames, send, closed };
}

it('[CMD-2] while the journal’s write is not durable the author has no answer, and nobody else any news', async () => {
  const server = await serveCli(['--data-dir', data(), ...pressedServerArgs], {
    env: shim.env({ root: data(), hold: gate() }),
    cwd: home.path,
  });
  try {
    await putPressingPeople(server.adminUrl);
    const [author, reader] = [await arrive(server.url, 'p1'), await arrive(server.url, 'p2')];
    for (const id of ['one', 'two', 'three']) {
      shut();
      author.send({ t: 'start', id, text: `${id} is said`, people: ['p2'] });
      await held();
      // The server answers what needs no disk, and whatever it had to say before would have come first.
      for (let time = 0; time < 3; time += 1) {
        for (const { frames, send } of [author, reader]) {
          send({ t: 'ping' });
          await expect.poll(() => frames.splice(0).map(({ t }) => t)).toEqual(['pong']);
        }
      }
      rmSync(gate());
      await expect.poll(() => author.frames.some((frame) => frame.t === 'ok' && frame.id === id)).toBe(true);
      await expect.poll(() => reader.frames.some(({ t }) => t === 'card')).toBe(true);
      for (const { frames } of [author, reader]) frames.splice(0);
    }
    expect((await server.stop()).code).toBe(0);
  } finally {
    rmSync(gate(), { force: true });
    server.child.kill('SIGKILL');
  }
});

it('[CMD-2] a server whose disk does not answer any more says so and is gone, though its threads never return', async () => {
  const server = await serveCli(['--data-dir', join(home.path, 'silent'), ...pressedServerArgs], {
    env: shim.env({ root: join(home.path, 'silent'), hold: gate() }),
    cwd: home.path,
  });
  try {
    await putPressingPeople(server.adminUrl);
    const author = await arrive(server.url, 'p1');
    // A checkpoint that hangs, too: two threads wait then.
    author.send({ t: 'start', id: 'one', text: 'one', people: ['p2'] });
    await expect.poll(() => author.frames.some((frame) => frame.t === 'ok' && frame.id === 'one')).toBe(true);
    shut();
    author.send({ t: 'start', id: 'two', text: 'two', people: ['p2'] });
    await held();
    // Node cannot leave a thread behind that is in the kernel: no exit code of its own is to be had.
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(server.stderr()).toMatch(/an append is overdue.*the store cannot be vouched for/);
    expect(await author.closed).toBe(4103);
    expect(author.frames.filter((frame) => 'id' in frame && frame.id === 'two')).toEqual([]);
  } finally {
    rmSync(gate(), { force: true });
    server.child.kill('SIGKILL');
  }
});

it('[SEE-6] the same where it is the directory that does not come back from its write', async () => {
  const server = await serveCli(['--data-dir', join(home.path, 'rights'), ...pressedServerArgs], {
    env: shim.env({ root: join(home.path, 'rights'), hold: gate() }),
    cwd: home.path,
  });
  try {
    await putPressingPeople(server.adminUrl);
    const author = await arrive(server.url, 'p1');
    shut();
    const put = putPressingPeople(server.adminUrl, false).catch(() => 'cut off');
    await held();
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(server.stderr()).toMatch(/a write of the directory is overdue.*the store cannot be vouched for/);
    expect(await author.closed).toBe(4103);
    await put;
  } finally {
    rmSync(gate(), { force: true });
    server.child.kill('SIGKILL');
  }
});

it('LMDB resolves what was put when it is durable, as it says of `put` in one of two places: pinned', async () => {
  const root = join(home.path, 'lmdb');
  const running = script.start([root], 'true', shim.env({ root, hold: gate() }));
  try {
    expect(await running.line(0)).toEqual({ line: 'open' });
    shut();
    running.child.stdin?.write('put\n');
    await held();
    for (let time = 1; time <= 3; time += 1) {
      running.child.stdin?.write('there?\n');
      expect(await running.line(time)).toEqual({ line: 'waiting' });
    }
    rmSync(gate());
    expect(await running.line(4)).toEqual({ line: 'durable' });
  } finally {
    rmSync(gate(), { force: true });
    running.child.kill('SIGKILL');
    await running.ended;
  }
});
