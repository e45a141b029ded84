import { afterEach, describe, expect, it } from 'vitest';
import { closeCodes } from '../../src/wire/close-codes.ts';
import { encode } from '../../src/wire/codec.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts';

let running: TestServer | null = null;
async function serverOf(options: TestServerOptions = {}): Promise<TestServer> {
  running = await startTestServer({ people: ['ann', 'bob', 'cid', 'dora'], ...options });
  return running;
}
afterEach(async () => {
  await running?.stop();
  running = null;
});

const deactivated = (id: string) => ({ id, first: id, last: id, email: null, active: false });
const bytesOf = (client: RawClient) => (client.messages[client.messages.length - 1] as Buffer).toString('latin1');

describe('hello', () => {
  it('a socket that says nothing is closed with a code to reconnect on', async () => {
    const server = await serverOf({ limits: { helloTimeoutMs: 50 } });
    const client = await RawClient.connect(server.url);
    expect((await client.ended()).code).toBe(closeCodes['hello-timeout'].code);
  });

  it('anything before hello is refused by name and ends the connection', async () => {
    const server = await serverOf();
    const client = await RawClient.connect(server.url);
    client.send({ t: 'list', id: 'q', limit: 10 });
    expect(await client.next('error')).toMatchObject({ name: 'not-signed-in', id: 'q' });
    expect((await client.ended()).code).toBe(closeCodes['protocol-error'].code);
  });

  it('a bad token, an unknown person and a deactivated one are told apart by close code only as far as a client needs', async () => {
    const server = await serverOf();
    const end = async (token: string) => {
      const client = await RawClient.connect(server.url);
      client.send({ t: 'hello', v: 1, token });
      return (await client.ended()).reason;
    };
    expect(await end('not a token')).toBe('token-invalid');
    expect(await end(await server.token('ann', -10_000))).toBe('token-expired');
    expect(await end(await server.token('stranger'))).toBe('deactivated');
    await server.directory.put({ people: [deactivated('ann')] });
    expect(await end(await server.token('ann'))).toBe('deactivated');
  });

  it('a second hello is refused, the session goes on', async () => {
    const server = await serverOf();
    const ann = await RawClient.signIn(server, 'ann');
    ann.send({ t: 'hello', v: 1, token: await server.token('ann') });
    expect(await ann.next('error')).toMatchObject({ name: 'already-signed-in' });
    await ann.must('alerts', {});
  });

  it('text frames end the connection', async () => {
    const server = await serverOf();
    const ann = await RawClient.signIn(server, 'ann');
    ann.socket.send('hello');
    expect((await ann.ended()).code).toBe(closeCodes['protocol-error'].code);
  });

  it('more sessions of one person than allowed: the last is refused, the others stay', async () => {
    const server = await serverOf({ limits: { sessionsPersonMax: 2 } });
    const first = await RawClient.signIn(server, 'ann');
    await RawClient.signIn(server, 'ann');
    await expect(RawClient.signIn(server, 'ann')).rejects.toThrow('too-many-sessions');
    await first.close();
    await expect
      .poll(() =>
        RawClient.signIn(server, 'ann').then(
          (client) => client.welcome?.badge,
          () => null,
        ),
      )
      .toBe(0);
  });
});

describe('tokens', () => {
  it('an expired token ends the session; a renewal in time keeps it', async () => {
    const server = await serverOf({ limits: { expirySweepMs: 20 } });
    const ann = await RawClient.connect(server.url, 'ann');
    ann.send({ t: 'hello', v: 1, token: await server.token('ann', 1) });
    await ann.next('welcome');
    const bob = await RawClient.connect(server.url, 'bob');
    bob.send({ t: 'hello', v: 1, token: await server.token('bob', 1) });
    await bob.next('welcome');
    const renewed = await bob.must('renew', { token: await server.token('bob', 600) });
    expect(renewed.expiresAt).toBeGreaterThan(Date.now() * 1000);
    expect(await ann.ended()).toMatchObject({ code: closeCodes['token-expired'].code });
    await bob.must('alerts', {});
  });

  it('a renewal for another person, or with a bad token, is refused and changes nothing', async () => {
    const server = await serverOf();
    const ann = await RawClient.signIn(server, 'ann');
    expect(await ann.ask('renew', { token: await server.token('bob') })).toMatchObject({ name: 'token-other-person' });
    expect(await ann.ask('renew', { token: 'x' })).toMatchObject({ name: 'token-invalid' });
    await ann.must('alerts', {});
  });

  it('[CMD-4] a deactivated person’s sessions end at once, can do nothing, and what they wrote stays', async () => {
    const server = await serverOf();
    const [ann, ann2, bob] = await Promise.all(['ann', 'ann', 'bob'].map((person) => RawClient.signIn(server, person)));
    const { conversation } = await (ann as RawClient).must('start', { text: 'mine', people: ['bob'] });
    await server.directory.put({ people: [deactivated('ann')] });
    expect((await (ann as RawClient).ended()).reason).toBe('deactivated');
    expect((await (ann2 as RawClient).ended()).reason).toBe('deactivated');
    const page = await (bob as RawClient).must('history', { conversation, before: 100, limit: 10 });
    expect(page.entries).toMatchObject([{ by: 'ann', text: 'mine' }]);
    expect(await (bob as RawClient).next('person')).toMatchObject({ person: { id: 'ann', active: false } });
  });
});

describe('heartbeat and bounds', () => {
  it('a session from which nothing comes is closed; one that pings stays', async () => {
    const server = await serverOf({ limits: { heartbeatMs: 100, silenceMaxMs: 400, expirySweepMs: 20 } });
    const [quiet, alive] = [await RawClient.signIn(server, 'ann'), await RawClient.signIn(server, 'bob')];
    const beat = setInterval(() => alive.send({ t: 'ping' }), 50);
    expect((await quiet.ended()).code).toBe(closeCodes.silent.code);
    clearInterval(beat);
    expect(alive.closed).toBeNull();
  });

  it('faster than allowed: refused with a time to wait, others do not suffer, the same id succeeds later', async () => {
    const server = await serverOf({ limits: { commandsPerSecond: 5, commandsBurst: 5 } });
    const [ann, bob] = [await RawClient.signIn(server, 'ann'), await RawClient.signIn(server, 'bob')];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => ann.ask('start', { text: 'x', people: ['bob'] }, `s${n}`)),
    );
    const limited = answers.findIndex((answer) => 'name' in answer && answer.name === 'rate-limited');
    expect(answers[limited]).toMatchObject({ retryable: true, retryAfterMs: expect.any(Number) });
    await bob.must('alerts', {});
    await expect
      .poll(() => ann.ask('start', { text: 'x', people: ['bob'] }, `s${limited}`), { timeout: 5_000 })
      .toHaveProperty('conversation');
  });

  it('malformed frames are answered by name; whoever goes on is ended', async () => {
    const server = await serverOf({ limits: { commandsPerSecond: 1, commandsBurst: 5 } });
    const ann = await RawClient.signIn(server, 'ann');
    ann.socket.send(Buffer.from([0xc1]));
    expect(await ann.next('error')).toMatchObject({ name: 'frame-malformed', code: 1001 });
    ann.socket.send(encode({ t: 'nothing', id: 'q' } as never));
    expect(await ann.next('error')).toMatchObject({ name: 'frame-unknown', id: 'q' });
    ann.socket.send(encode({ t: 'list', id: 'q', limit: 0 } as never));
    expect(await ann.next('error')).toMatchObject({ name: 'frame-invalid', id: 'q', field: '/limit' });
    for (let n = 0; n < 10; n += 1) ann.socket.send(Buffer.from([0xc1]));
    expect((await ann.ended()).code).toBe(closeCodes['protocol-error'].code);
  });

  it('a reader that does not read is closed; too far behind to resume, it is told to load afresh and finds everything', async () => {
    const server = await serverOf({
      limits: {
        socketBacklogMaxBytes: 100_000,
        resumeTextMaxBytes: 50_000,
        commandsPerSecond: 100_000,
        commandsBurst: 100_000,
      },
    });
    const [ann, bob] = [await RawClient.signIn(server, 'ann'), await RawClient.signIn(server, 'bob')];
    const { conversation } = await ann.must('start', { text: 'first', people: ['bob'] });
    await bob.settled();
    const { epoch, directory } = bob.welcome as { epoch: string; directory: number };
    const at = server.server.host.positions();
    bob.socket.pause();
    const text = 'x'.repeat(16_000);
    for (let n = 0; n < 40; n += 1) {
      await Promise.all(Array.from({ length: 25 }, () => ann.must('reply', { conversation, text })));
      ann.frames = [];
      if (server.server.sessions() === 1) break;
    }
    expect(server.server.sessions()).toBe(1);
    bob.socket.terminate();
    const again = await RawClient.signIn(server, 'bob', { epoch, at, directory });
    expect(again.welcome?.resumed).toBe(false);
    const head = (await ann.must('get', { conversation })).card.visible.at(-1)?.[1] as number;
    const seen: number[] = [];
    for (let before = head + 1; before > 1; before = seen[0] as number) {
      const page = await again.must('history', { conversation, before, limit: 4 });
      seen.unshift(...page.entries.map((entry) => entry.seq));
    }
    expect(seen).toEqual(Array.from({ length: head }, (_, n) => n + 1));
  });
});

describe('one answer', () => {
  it('[SEE-5] not-found and not-yours are the same bytes but for the request id', async () => {
    const server = await serverOf({
      records: [
        { kind: 'contact', id: 'secret', view: ['ann'], edit: ['ann'] },
        { kind: 'contact', id: 'open' },
      ],
    });
    const [ann, dora] = [await RawClient.signIn(server, 'ann'), await RawClient.signIn(server, 'dora')];
    const about = { kind: 'contact', id: 'secret' } as const;
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob'], about });
    const hidden = await ann.must('start', {
      text: 'x',
      people: ['bob'],
      about: { kind: 'contact', id: 'open' },
      private: true,
    });
    const nowhere = 'AAAAAAAAAAAAAAAAAAAAAA';
    const same = async (ask: (conversation: string, id: string) => Promise<unknown>) => {
      const answers: string[] = [];
      for (const id of [nowhere, conversation, hidden.conversation]) {
        await ask(id, `request-${answers.length}`);
        answers.push(bytesOf(dora).replace(`request-${answers.length}`, 'request-N'));
      }
      expect(new Set(answers).size).toBe(1);
      expect(answers[0]).toContain('not-found');
    };
    await same((id, request) => dora.ask('reply', { conversation: id, text: 'x' }, request));
    await same((id, request) => dora.ask('read', { conversation: id, upTo: 1 }, `${request}b`));
    await same((id, request) => dora.ask('invite', { conversation: id, people: ['cid'] }, `${request}c`));
    await same((id, request) => dora.ask('leave', { conversation: id }, `${request}d`));
    await same((id, request) => dora.ask('delete', { conversation: id, upTo: 1 }, `${request}e`));
    await same((id, request) => dora.ask('get', { conversation: id }, `${request}f`));
    await same((id, request) => dora.ask('history', { conversation: id, before: 9, limit: 9 }, `${request}g`));
    await same((id, request) =>
      dora.ask('history', { conversation: id, before: 9, limit: 9, tab: true }, `${request}h`),
    );
    await same((id, request) => dora.ask('people', { last: 'b', conversation: id }, `${request}i`));

    const records: string[] = [];
    for (const id of ['secret', 'absent']) {
      await dora.ask('openTab', { record: { kind: 'contact', id }, limit: 5 }, 'tab');
      records.push(bytesOf(dora));
      await dora.ask('start', { text: 'x', people: ['bob'], about: { kind: 'contact', id } }, `s-${id}`);
      records.push(bytesOf(dora).replace(`s-${id}`, 's-record'));
    }
    expect([records[0], records[1]]).toEqual([records[2], records[3]]);
  });
});

describe('drain', () => {
  it('a close tells everyone when to come back, answers what is under way and closes with a code to reconnect on', async () => {
    const server = await serverOf();
    const [ann, bob] = [await RawClient.signIn(server, 'ann'), await RawClient.signIn(server, 'bob')];
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob'] });
    const last = ann.ask('reply', { conversation, text: 'last' });
    await bob.until((frame) => frame.t === 'entries');
    const stopped = server.stop();
    expect((await bob.next('drain')).reconnectWithinMs).toBeGreaterThan(0);
    expect(await last).toHaveProperty('seq', 2);
    expect((await ann.ended()).code).toBe(closeCodes.drain.code);
    await stopped;
    running = null;
  });
});
