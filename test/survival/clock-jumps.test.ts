/** The clock of a real server's machine jumps by hours and days, forwards and back: nothing is lost, doubled or reordered. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { connect } from '../../src/client/node.ts';
import { closeCodes } from '../../src/wire/close-codes.ts';
import { decodeServerFrame, encode } from '../../src/wire/codec.ts';
import type { ServerFrame } from '../../src/wire/frames.ts';
import { seeded } from '../journal/random-history.ts';
import { type RunningServer, serveCli } from '../support/cli.ts';
import { type Compiled, compile } from '../support/compiled.ts';
import { LineProcess } from '../support/line-process.ts';
import { startMailSink } from '../support/mail-sink.ts';
import { metricOf } from '../support/metric.ts';
import { temporaryDirectory } from '../support/server.ts';
import { countOf, seedOf } from './counts.ts';
import {
  type Asked,
  adminToken,
  PressingClients,
  pressedServerArgs,
  pressingToken,
  putPressingPeople,
} from './pressing-clients.ts';
import { faultsAfter, reopen } from './store-after.ts';

/** Good at every time to which a clock jumps here. */
const timeless = { fromDays: -40, toDays: 40 };
const farthestDays = 20;
const answersBetweenJumps = 80;

let script: Compiled;
let reopener: LineProcess;
let home: { readonly path: string; remove(): void };
beforeAll(() => {
  script = compile('test/survival/reopen-process');
  reopener = new LineProcess(script);
  home = temporaryDirectory('parley-clock-');
});
afterAll(async () => {
  await reopener.end();
  script.destroy();
  home.remove();
});

/** libfaketime for processes with threads. */
function faketime(): string {
  const found = readdirSync('/usr/lib')
    .map((name) => join('/usr/lib', name, 'faketime', 'libfaketimeMT.so.1'))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('This test shifts the clock of a process: apt-get install libfaketime');
  return found;
}

/** The wall clock alone: what measures durations goes on as it does on a machine whose clock is set. */
function serveWithClock(data: string, ...args: string[]): Promise<RunningServer> {
  return serveCli(['--data-dir', data, ...pressedServerArgs, ...args], {
    cwd: home.path,
    env: {
      LD_PRELOAD: faketime(),
      FAKETIME_TIMESTAMP_FILE: join(home.path, 'time'),
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
  });
}
const setClock = (seconds: number) => writeFileSync(join(home.path, 'time'), `${seconds < 0 ? '' : '+'}${seconds}\n`);

const lives = countOf({ test: 3, bar: 10, nightly: 50 });

it(`[CMD-1] [REPLY-4] over ${lives * 3} jumps in ${lives} lives all is there once, in one order, with times that only grow`, async () => {
  const random = seeded(seedOf('clock-jumps.test.ts'));
  const data = join(home.path, 'data');
  const asked: Asked = new Map();
  const told: ServerFrame[] = [];
  const someTime = () => (random(2) === 0 ? 1 : -1) * random(farthestDays * 86_400);
  for (let life = 0; life < lives; life += 1) {
    setClock(life === 0 ? 0 : someTime());
    const server = await serveWithClock(data);
    if (life === 0) await putPressingPeople(server.adminUrl);
    for (let jump = 0; jump < 3; jump += 1) {
      if (jump > 0) setClock(someTime());
      const clients = new PressingClients(asked, {
        url: server.url,
        name: `l${life}-${jump}`,
        random,
        answersMax: answersBetweenJumps,
        token: (person) => pressingToken(person, timeless),
      });
      await clients.arrive();
      clients.press();
      await clients.done;
      expect(clients.closes).toEqual([]);
      clients.leave();
      told.push(...clients.answers);
    }
    server.child.kill(life % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
    await server.exited;
  }
  // With the memory of every command's answer.
  expect(await faultsAfter(reopener, data, { asked, told, hasPeople: true })).toEqual([]);
  const store = await reopen(reopener, data, []);
  const events = 'events' in store ? [...store.events].sort((a, b) => a.position - b.position) : [];
  expect(events.length).toBeGreaterThan(lives * answersBetweenJumps);
  const backwards = events.filter(({ at, position }, nth) => {
    const before = events[nth - 1];
    return before !== undefined && position > before.position && at <= before.at;
  });
  expect(backwards).toEqual([]);
}, 14_400_000);

it('[CMD-4] a session ends when its token’s time has come by the clock, however the clock got there', async () => {
  setClock(0);
  const server = await serveWithClock(join(home.path, 'tokens'));
  try {
    await putPressingPeople(server.adminUrl);
    const socket = new WebSocket(server.url, 'parley.v1');
    const token = await pressingToken('p1', { fromDays: -1, toDays: 1 });
    socket.once('open', () => socket.send(encode({ t: 'hello', v: 1, token })));
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    const [first] = await new Promise<[ServerFrame]>((resolve) => {
      socket.once('message', (bytes: Buffer) => resolve([decodeServerFrame(bytes)]));
    });
    expect(first.t).toBe('welcome');
    setClock(2 * 86_400);
    expect(await closed).toBe(closeCodes['token-expired'].code);
  } finally {
    server.child.kill('SIGKILL');
    await server.exited;
  }
});

it('[ALERT-3] what nobody has read is mailed once and soon, however the clock jumps while it waits or the server is away', async () => {
  const sink = await startMailSink();
  const data = join(home.path, 'mails');
  const smtp = { 'smtp-host': '127.0.0.1', 'smtp-port': `${sink.port}`, 'mail-from': 'crm@example.com' };
  const flags = Object.entries({ ...smtp, 'mail-wait-seconds': '2' }).flatMap(([flag, value]) => [`--${flag}`, value]);
  const start = () => serveWithClock(data, ...flags, '--mail-text');
  /** Somebody writes to somebody else, alone. */
  const write = async (server: RunningServer, text: string) => {
    const client = connect({
      url: server.url,
      getToken: () => pressingToken('p1', timeless),
      WebSocket: WebSocket as never,
    });
    await client.start({ text, people: ['p2'] });
    client.close();
  };
  setClock(0);
  let server = await start();
  try {
    await putMailed(server.adminUrl);
    const days = [12, -9, -15, 20];
    for (const [nth, day] of days.entries()) {
      await write(server, `message ${nth}.`);
      // In the midst of its wait: every second time the server is not there when the clock is set.
      if (nth % 2 === 1) {
        // In good order: a crash may leave a mail unrecorded that has just been sent.
        await server.stop();
      }
      setClock(day * 86_400);
      if (nth % 2 === 1) server = await start();
      await sink.has(nth + 1);
    }
    await expect.poll(() => metricOf(server, 'parley_outbox_rows'), { timeout: 30_000 }).toBe(0);
    const texts = sink.taken.map(({ mail }) => /message \d+\./.exec(mail.text ?? '')?.[0]);
    expect(texts).toEqual(days.map((_, nth) => `message ${nth}.`));
  } finally {
    server.child.kill('SIGKILL');
    await server.exited;
    await sink.close();
  }
}, 240_000);

async function putMailed(adminUrl: string): Promise<void> {
  const people = ['p1', 'p2'].map((id) => ({ id, last: id, email: `${id}@example.com` }));
  const headers = { authorization: `Bearer ${adminToken}` };
  const answer = await fetch(`${adminUrl}/v1/directory`, { method: 'POST', headers, body: JSON.stringify({ people }) });
  expect(answer.status).toBe(200);
}
