/** Who sends too much is told so by name and how long to wait; whoever else there is does not suffer (law 5). */
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { closeCodes } from '../../src/wire/close-codes.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts';

let running: TestServer | null = null;
async function serverOf(options: TestServerOptions): Promise<TestServer> {
  const people = ['ann', 'bob', 'cid', 'dora', 'eve'];
  running = await startTestServer({ people, trustedProxies: ['127.0.0.1'], ...options });
  return running;
}
/** Durations pass when the test says so. */
function stoppedClock() {
  let ms = 5_000;
  return {
    ...systemClock(),
    monotonicMs: () => ms,
    pass(more: number) {
      ms += more;
    },
  };
}
afterEach(async () => {
  await running?.stop();
  running = null;
});

const from = (address: string) => ({ 'x-forwarded-for': address });
async function signIn(server: TestServer, person: string, address: string): Promise<RawClient> {
  const client = await RawClient.connect(server.url, person, from(address));
  client.send({ t: 'hello', v: 1, token: await server.token(person) });
  await client.next('welcome');
  return client;
}

describe.each(['uws', 'ws'] as const)('from one address (%s)', (transport) => {
  it('too many connections: turned away by name, others come in, and whoever is in stays in', async () => {
    const limits = { connectionsPerAddressPerSecond: 1, connectionsPerAddressBurst: 3 };
    const server = await serverOf({ transport, limits, clock: stoppedClock() });
    const ann = await signIn(server, 'ann', '203.0.113.1');
    const flood = await Promise.all(
      Array.from({ length: 20 }, () => RawClient.connect(server.url, 'mal', from('203.0.113.1'))),
    );
    const turnedAway = flood.slice(2);
    for (const client of turnedAway) {
      expect((await client.next('error')).retryAfterMs).toBeGreaterThan(0);
      expect(await client.ended()).toEqual({ code: closeCodes['address-limited'].code, reason: 'address-limited' });
    }
    expect(flood.filter(({ closed }) => closed === null)).toHaveLength(2);
    await signIn(server, 'bob', '203.0.113.2');
    await ann.must('alerts', {});
  });

  it('too many bad tokens: no longer told what is wrong with them, while good ones come in', async () => {
    const limits = { failedSignInsPerAddressPerMinute: 4 };
    const server = await serverOf({ transport, limits, clock: stoppedClock() });
    const end = async (token: string, address: string) => {
      const client = await RawClient.connect(server.url, 'mal', from(address));
      client.send({ t: 'hello', v: 1, token });
      const { name, retryAfterMs } = await client.next('error');
      expect(retryAfterMs === undefined).toBe(name !== 'address-limited');
      return [name, (await client.ended()).reason];
    };
    const bad = 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln';
    const told: unknown[] = [];
    for (let n = 0; n < 6; n += 1) told.push(await end(bad, '203.0.113.1'));
    const refused = ['token-invalid', 'token-invalid'];
    const limited = ['address-limited', 'address-limited'];
    expect(told).toEqual([refused, refused, refused, refused, limited, limited]);
    await signIn(server, 'ann', '203.0.113.1');
    expect(await end(bad, '203.0.113.2')).toEqual(refused);
    // Tokens that were good once are nobody's guesses.
    const old = await server.token('bob', -600);
    expect(await end(old, '203.0.113.1')).toEqual(['token-expired', 'token-expired']);
  });
});

describe.each(['uws', 'ws'] as const)('of what is answered and not done (%s)', (transport) => {
  const limits = { commandsPerSecond: 1, commandsBurst: 1, unheededPerSecond: 1, unheededBurst: 10 };
  const heedless: readonly (readonly [string, (client: RawClient) => void])[] = [
    ['pings', (client) => client.send({ t: 'ping' })],
    ['pings of WebSocket’s own', (client) => client.socket.ping()],
    ['questions in spite of refusals', (client) => client.send({ t: 'alerts', id: 'again' })],
    ['second greetings', (client) => client.send({ t: 'hello', v: 1, token: 'x' })],
  ];

  it.each(heedless)('too many %s: who goes on is ended, on each session, until a pause', async (_, say) => {
    const clock = stoppedClock();
    const server = await serverOf({ transport, limits, clock });
    const [bob, ann, annToo] = [
      await RawClient.signIn(server, 'bob'),
      await RawClient.signIn(server, 'ann'),
      await RawClient.signIn(server, 'ann'),
    ];
    for (let time = 0; time < 200; time += 1) say(ann);
    expect(await ann.ended()).toEqual({ code: closeCodes['protocol-error'].code, reason: 'protocol-error' });
    expect(ann.frames.length).toBeLessThanOrEqual(limits.unheededBurst + 2);
    const last = ann.frames.at(-1);
    expect(last).toMatchObject({ name: 'rate-limited', retryAfterMs: expect.any(Number) });
    annToo.send({ t: 'ping' });
    expect((await annToo.ended()).code).toBe(closeCodes['protocol-error'].code);
    await bob.must('alerts', {});
    clock.pass(20_000);
    const again = await RawClient.signIn(server, 'ann');
    again.send({ t: 'ping' });
    await again.next('pong');
  });

  it.each([
    ['before', 500, 0],
    ['behind', 0, 500],
    ['around', 15, 15],
  ])('too much %s a greeting: whoever it may be is ended', async (_, before, behind) => {
    const server = await serverOf({ transport, limits: { framesBeforeWelcomeMax: 20 } });
    const stranger = await RawClient.connect(server.url);
    // In one piece, so that most of it is there before the token has been looked at.
    const token = await server.token('ann');
    stranger.tcp().cork();
    for (let time = 0; time < before; time += 1) stranger.socket.ping();
    if (behind > 0) stranger.send({ t: 'hello', v: 1, token });
    for (let time = 0; time < behind; time += 1) stranger.send({ t: 'ping' });
    stranger.tcp().uncork();
    expect((await stranger.ended()).code).toBe(closeCodes['protocol-error'].code);
    expect(stranger.frames.length).toBeLessThanOrEqual(20 + 1);
  });
});

describe('in one conversation', () => {
  const few = { participantsMax: 8, peoplePerCommandMax: 7, commandsPerSecond: 100_000, commandsBurst: 100_000 };
  const limits = { ...few, conversationDeliveriesPerSecond: 8, conversationDeliveriesBurst: 20 };
  async function flooded() {
    const clock = stoppedClock();
    const server = await serverOf({ limits, clock });
    const people = ['ann', 'bob', 'cid', 'dora'];
    const clients = await Promise.all(people.map((person) => RawClient.signIn(server, person)));
    const [ann, bob, cid, dora] = clients as [RawClient, RawClient, RawClient, RawClient];
    const { conversation } = await ann.must('start', { text: 'one', people: ['bob', 'cid'] });
    await cid.must('leave', { conversation });
    await ann.must('invite', { conversation, people: ['cid'] });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => ann.ask('reply', { conversation, text: `${n}` }, `r${n}`)),
    );
    const limited = answers.flatMap((answer, n) => ('name' in answer ? [{ n, answer }] : []));
    return { clock, ann, bob, cid, dora, conversation, limited };
  }

  it('[CMD-1] too much: its participants wait, nothing has happened, and the same id succeeds later', async () => {
    const { clock, ann, bob, conversation, limited } = await flooded();
    // The leave and the invitation counted too: 2 and 3 of 20, and each reply 3.
    expect(limited.length).toBe(15);
    for (const { answer } of limited) {
      expect(answer).toMatchObject({ name: 'conversation-limited', retryable: true, retryAfterMs: expect.any(Number) });
    }
    expect(await bob.ask('reply', { conversation, text: 'me too' })).toMatchObject({ name: 'conversation-limited' });
    expect(await bob.ask('leave', { conversation })).toMatchObject({ name: 'conversation-limited' });
    const { entries } = await bob.must('history', { conversation, before: 100, limit: 50 });
    expect(entries).toHaveLength(3 + 5);
    const { n, answer } = limited[0] as (typeof limited)[number];
    clock.pass(answer.retryAfterMs as number);
    expect(await ann.must('reply', { conversation, text: `${n}` }, `r${n}`)).toHaveProperty('seq', 9);
  });

  it('too much: a text counts once for each 1,024 characters that it begins', async () => {
    const server = await serverOf({ limits, clock: stoppedClock() });
    const [ann] = (await Promise.all(['ann', 'bob'].map((person) => RawClient.signIn(server, person)))) as [RawClient];
    const repliesOf = async (length: number) => {
      const { conversation } = await ann.must('start', { text: 'x', people: ['bob'] });
      for (let replies = 0; ; replies += 1) {
        const answer = await ann.ask('reply', { conversation, text: 'x'.repeat(length) });
        if ('name' in answer) return replies;
      }
    };
    // Of 20, each counts for two people.
    expect([await repliesOf(1), await repliesOf(1_024), await repliesOf(1_025), await repliesOf(5_000)]).toEqual([
      10, 10, 5, 2,
    ]);
  });

  it('too much: marks, questions and other conversations go on', async () => {
    const { ann, bob, conversation } = await flooded();
    await bob.must('read', { conversation, upTo: 8 });
    await bob.must('delete', { conversation, upTo: 8 });
    await ann.must('list', { limit: 5 });
    const other = await ann.must('start', { text: 'elsewhere', people: ['dora'] });
    await ann.must('reply', { conversation: other.conversation, text: 'and here' });
  });

  it('[SEE-5] [LEAVE-4] too much: strangers learn nothing of it, and whoever may not speak uses up nothing', async () => {
    const { cid, dora, conversation } = await flooded();
    const absent = 'q83vEjRWeJASNFZ4kKvN7w';
    for (const id of [conversation, absent]) {
      expect(await dora.refusal('reply', { conversation: id, text: 'x' })).toBe('not-found');
      expect(await dora.refusal('leave', { conversation: id })).toBe('not-found');
    }
    const other = await cid.must('start', { text: 'x', people: ['dora', 'ann'] });
    await dora.must('leave', { conversation: other.conversation });
    for (let n = 0; n < 50; n += 1) {
      expect(await dora.refusal('reply', { conversation: other.conversation, text: 'x' })).toBe('left-reply');
    }
    await cid.must('reply', { conversation: other.conversation, text: 'still free' });
  });
});
