/**
 * What one client sends can cost that client, never another (law 5): injured frames over real sockets against a whole
 * server, before and after signing in, while somebody else goes on working. `FUZZ_SEED` has a run again; `FUZZ_FRAMES`
 * makes it longer.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeCodes } from '../../src/wire/close-codes.ts';
import { encode } from '../../src/wire/codec.ts';
import type { ClientFrame } from '../../src/wire/frames.ts';
import { hexOf } from '../protocol/bytes.ts';
import { clientSamples, serverSamples } from '../protocol/samples.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { corpus } from '../wire/corpus.ts';
import { mutate, seeded } from '../wire/mutate.ts';
import { sampleSeeds } from '../wire/seeds.ts';
import { Attacker } from './attacker.ts';
import { logInFile } from './log-file.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20_261_122);
const frames = Number(process.env.FUZZ_FRAMES ?? 200_000);
const attackers = ['mal', 'mel', 'mil'];
/** Sent at once before anything is awaited. */
const volley = 48;
const volleyUnsigned = 40;
const record = { kind: 'company', id: 'acme' };
const registry = new Set<number>(Object.values(closeCodes).map(({ code }) => code));
const strangeIds = ['mal', 'mel', 'mil', 'ann', 'nobody'];

/** Beside what is aimed at what there is: what the decoder once took in another way, and what only servers say. */
const kept = corpus();
const foreign = [...serverSamples.slice(0, 12).map(({ frame }) => encode(frame)), ...kept];

const rejections: unknown[] = [];
const note = (reason: unknown) => void rejections.push(reason);
beforeEach(() => void process.on('unhandledRejection', note));
afterEach(() => void process.off('unhandledRejection', note));

/** The samples of the protocol, aimed at what there is: real people, conversations, records and tokens, fresh ids. */
function aimed(random: () => number, conversations: readonly string[], token: string, nextId: () => string) {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  return clientSamples.map(({ frame }): Record<string, unknown> => {
    const aim: Record<string, unknown> = { ...frame };
    if ('id' in frame) aim.id = nextId();
    if ('conversation' in frame) aim.conversation = pick(conversations);
    if ('people' in frame) aim.people = frame.people.map(() => pick(strangeIds));
    if ('record' in frame) aim.record = record;
    if ('about' in frame) aim.about = record;
    if ('token' in frame) aim.token = token;
    if (frame.t === 'readAll') aim.at = [Math.floor(random() * 100)];
    return aim;
  });
}

const odd: readonly unknown[] = [
  0,
  1,
  2,
  7,
  50,
  200,
  -1,
  1.5,
  2 ** 31,
  2 ** 53 - 1,
  2 ** 53,
  Number.NaN,
  '',
  ' ',
  'x',
  'é'.repeat(9_000),
  '\u0000',
  null,
  true,
  false,
  [],
  ['mal'],
  ['mel', 'mel'],
  [1, 2, 3],
  {},
  { kind: 'company', id: 'none' },
  { order: 0, conversation: 'x' },
];

/** One field with a value of another frame or an odd one, one too many, or one too few: injuries that pass the decoder. */
function skew(frames: readonly Record<string, unknown>[], random: () => number): Uint8Array {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  const frame = pick(frames);
  const field = pick(Object.keys(frame));
  const value = random() < 0.5 ? (pick(frames)[field] ?? frame[field]) : pick(odd);
  const skewed: Record<string, unknown> = { ...frame, [random() < 0.05 ? 'more' : field]: value };
  if (random() < 0.1) delete skewed[field];
  return encode(skewed as unknown as ClientFrame);
}

/** Goes on replying and reading until told to stop; every answer has to come and to be right. */
async function goOnWorking(server: TestServer, stop: { now: boolean }): Promise<number> {
  const [ann, bob] = [await RawClient.signIn(server, 'ann'), await RawClient.signIn(server, 'bob')];
  const { conversation } = await ann.must('start', { text: 'work', people: ['bob'] });
  let done = 0;
  while (!stop.now) {
    const { seq } = await ann.must('reply', { conversation, text: `item ${done}` });
    await bob.until((frame) => frame.t === 'entries' && frame.entries.some((entry) => entry.seq === seq));
    await bob.must('read', { conversation, upTo: seq });
    const { card } = await bob.must('get', { conversation });
    expect(card).toMatchObject({ unread: 0, readUpTo: seq });
    ann.frames = [];
    bob.frames = [];
    ann.messages = [];
    bob.messages = [];
    done += 1;
    await wait(5);
  }
  await ann.close();
  await bob.close();
  return done;
}

/** Before signing in the first fault ends a connection; what was sent behind it, or while a hello is looked at, must do no harm. */
async function attackUnsigned(server: TestServer, count: number, random: () => number): Promise<Attacker[]> {
  const forged = encode({ t: 'hello', v: 1, token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' });
  const seeds = [...sampleSeeds, ...kept];
  const done: Attacker[] = [];
  for (let sent = 0; sent < count; sent += volleyUnsigned) {
    const attacker = await Attacker.connect(server.url, 'unsigned');
    const volleyNow = Array.from({ length: Math.min(volleyUnsigned, count - sent) }, () => mutate(seeds, random));
    const first = random();
    if (first < 0.5) volleyNow.unshift(forged);
    else if (first < 0.6) volleyNow.unshift(seeds[Math.floor(random() * clientSamples.length)] as Uint8Array);
    attacker.fire(volleyNow);
    // An unharmed ping among them goes on waiting for a hello; this ends every connection.
    attacker.fire([encode({ t: 'ping' })]);
    await attacker.over();
    done.push(attacker);
  }
  return done;
}

async function attackSigned(
  server: TestServer,
  person: string,
  count: number,
  random: () => number,
): Promise<{ done: Attacker[]; okays: number }> {
  const done: Attacker[] = [];
  const conversations: string[] = ['q83vEjRWeJASNFZ4kKvN7w'];
  const token = await server.token(person);
  let id = 0;
  let attacker: Attacker | null = null;
  for (let sent = 0; sent < count; sent += volley) {
    if (attacker === null || attacker.closed !== null) {
      attacker = await Attacker.connect(server.url, person);
      await attacker.signIn(token);
      done.push(attacker);
    }
    const aims = aimed(random, conversations, token, () => `${person}-${++id}`);
    const seeds = [...aims.map((aim) => encode(aim as unknown as ClientFrame)), ...foreign];
    const now = Array.from({ length: Math.min(volley, count - sent) }, () =>
      random() < 0.6 ? mutate(seeds, random) : skew(aims, random),
    );
    // One start of each volley is whole, so that there is always something to aim at.
    const start: ClientFrame = {
      t: 'start',
      id: `${person}-s${sent}`,
      text: 'target',
      people: attackers.filter((p) => p !== person),
    };
    attacker.fire(sent % (volley * 20) === 0 ? [...now, encode(start)] : now);
    await attacker.settled();
    conversations.push(...attacker.started.splice(0));
    if (conversations.length > 40) conversations.splice(0, conversations.length - 40);
  }
  attacker?.end();
  await attacker?.over();
  return { done, okays: done.reduce((sum, each) => sum + each.okays, 0) };
}

describe('whatever is sent', () => {
  it.each([
    ['uws', Math.round(frames * 0.9)],
    ['ws', Math.round(frames * 0.1)],
  ] as const)(
    `over %s: %i injured frames get typed answers, and nobody else suffers (FUZZ_SEED=${seed})`,
    async (transport, count) => {
      const log = logInFile('error');
      const server = await startTestServer({
        people: [...attackers, 'ann', 'bob'],
        records: [{ kind: 'company', id: 'acme' }],
        transport,
        log: log.log,
        limits: { commandsPerSecond: 1_000_000, commandsBurst: 1_000_000, residentConversationsMax: 200 },
        onFenced: note,
      });
      const heapBefore = process.memoryUsage().heapUsed;
      const stop = { now: false };
      const working = goOnWorking(server, stop);
      const unsigned = await attackUnsigned(server, count / 2, seeded(seed));
      const signed = await Promise.all(
        attackers.map((person, nth) =>
          attackSigned(server, person, count / 2 / attackers.length, seeded(seed + 1 + nth)),
        ),
      );
      stop.now = true;
      const worked = await working;
      const all = [...unsigned, ...signed.flatMap(({ done }) => done)];
      const again = `FUZZ_SEED=${seed}`;
      for (const attacker of all) {
        const last = attacker.sent.map((bytes) => hexOf(bytes)).join('\n');
        expect(attacker.wrong, `${again}, ${attacker.person}, after\n${last}`).toEqual([]);
        const code = attacker.closed ?? 0;
        expect(registry.has(code) || code === 1000, `${again}: closed with ${code} after\n${last}`).toBe(true);
      }
      const closes = new Set(all.map(({ closed }) => closed));
      expect(closes.has(closeCodes.overloaded.code), `${again}: a question failed`).toBe(false);
      expect(rejections, again).toEqual([]);
      expect(log.read(), again).toBe('');
      // The fuzzer is of use only while it reaches every stage, and the others while they did work meanwhile.
      for (const { okays } of signed) expect(okays).toBeGreaterThan(count / 250);
      const names = new Set(all.flatMap((attacker) => [...attacker.names]));
      for (const name of [
        'frame-malformed',
        'frame-invalid',
        'frame-unknown',
        'not-signed-in',
        'not-found',
        'already-signed-in',
      ])
        expect([...names], again).toContain(name);
      expect(worked).toBeGreaterThan(5);
      await expect.poll(() => server.server.sessions()).toBe(0);
      expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(600_000_000);
      await server.stop();
      log.remove();
    },
    Math.max(120_000, frames * 6),
  );
});
