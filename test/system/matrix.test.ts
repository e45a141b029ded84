/**
 * Every request about a conversation × every standing in it × every state of a token, over the wire. The table of answers
 * has no default: a request or a standing without an expectation does not compile. Standings and answers are told a second
 * time in `test/conversation/standings.test.ts`, there for the rules alone and with every way of asking wrongly.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encode } from '../../src/wire/codec.ts';
import type { ErrorName } from '../../src/wire/errors.ts';
import type { ClientFrame, Resume, ServerFrame } from '../../src/wire/frames.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer, wholePerson } from '../support/server.ts';
import { shiftedClock } from '../support/shifted-clock.ts';

const standings = [
  'starter',
  'participant',
  'deleted',
  'left',
  'left and deleted',
  'back',
  'back anew',
  'stranger',
  'outsider',
  'deactivated',
] as const;
type Standing = (typeof standings)[number];
type Answer = 'ok' | ErrorName;

const idOf = (standing: Standing): string => standing.replaceAll(' ', '-');
const record = { kind: 'contact', id: 'k' } as const;
/** Everyone but the outsider may view the record. */
const viewers = standings.filter((standing) => standing !== 'outsider').map(idOf);
const newest = 10;

type Ask = (conversation: string) => object;
const requests = {
  start: () => ({ t: 'start', text: 'new', people: ['newcomer'], about: record }),
  reply: (conversation) => ({ t: 'reply', conversation, text: 'hello' }),
  read: (conversation) => ({ t: 'read', conversation, upTo: newest }),
  readAll: () => ({ t: 'readAll', at: [0] }),
  invite: (conversation) => ({ t: 'invite', conversation, people: ['newcomer'] }),
  leave: (conversation) => ({ t: 'leave', conversation }),
  // Up to the end of those who left.
  delete: (conversation) => ({ t: 'delete', conversation, upTo: 3 }),
  setAlerts: () => ({
    t: 'setAlerts',
    preferences: { email: { conversations: true, messages: true }, popup: { conversations: true, messages: true } },
  }),
  list: () => ({ t: 'list', limit: 5 }),
  get: (conversation) => ({ t: 'get', conversation }),
  history: (conversation) => ({ t: 'history', conversation, before: 100, limit: 50 }),
  'history of the tab': (conversation) => ({ t: 'history', conversation, before: 100, limit: 50, tab: true }),
  openTab: () => ({ t: 'openTab', record, limit: 5 }),
  closeTab: () => ({ t: 'closeTab', record }),
  'people to invite': (conversation) => ({ t: 'people', last: '', conversation }),
  correspondents: () => ({ t: 'correspondents', last: '' }),
  records: () => ({ t: 'records', name: '' }),
  alerts: () => ({ t: 'alerts' }),
} as const satisfies Record<string, Ask>;
type Request = keyof typeof requests;

type Row = { readonly [S in Standing]: Answer };
/** The same answer for everyone who can sign in. */
const all = (answer: Answer): Row => ({
  starter: answer,
  participant: answer,
  deleted: answer,
  left: answer,
  'left and deleted': answer,
  back: answer,
  'back anew': answer,
  stranger: answer,
  outsider: answer,
  deactivated: 'person-deactivated',
});
/** What a rule answers those who are in it, and those who see it in the tab only, or do not see it at all. */
const by = (
  members: Answer,
  rest: { deleted: Answer; left: Answer; viewer: Answer; secret: boolean } & { starter?: Answer },
): Row => ({
  ...all(members),
  starter: rest.starter ?? members,
  deleted: rest.deleted,
  left: rest.left,
  'left and deleted': rest.secret ? 'not-found' : rest.viewer,
  stranger: rest.secret ? 'not-found' : rest.viewer,
  outsider: 'not-found',
});

const table = (secret: boolean): { readonly [R in Request]: Row } => ({
  start: { ...all('ok'), outsider: 'about-not-found' },
  reply: by('ok', { deleted: 'deleted-reply', left: 'left-reply', viewer: 'reply-not-participant', secret }),
  read: by('ok', { deleted: 'read-nothing-unread', left: 'left-read-beyond', viewer: 'read-not-participant', secret }),
  readAll: all('read-nothing-unread'),
  invite: by('ok', { deleted: 'deleted-invite', left: 'left-invite', viewer: 'invite-not-participant', secret }),
  leave: by('ok', {
    starter: 'leave-starter',
    deleted: 'ok',
    left: 'leave-not-participant',
    viewer: 'leave-not-participant',
    secret,
  }),
  delete: by('ok', { deleted: 'delete-no-copy', left: 'ok', viewer: 'delete-not-participant', secret }),
  setAlerts: all('ok'),
  list: all('ok'),
  get: by('ok', { deleted: 'not-found', left: 'ok', viewer: 'not-found', secret }),
  history: by('ok', { deleted: 'not-found', left: 'ok', viewer: 'not-found', secret }),
  // A delete mark does not cut the tab; who left a private one sees nothing of it there (SEE-3).
  'history of the tab': by('ok', { deleted: 'ok', left: secret ? 'not-found' : 'ok', viewer: 'ok', secret }),
  openTab: { ...all('ok'), outsider: 'not-found' },
  closeTab: all('ok'),
  // Who deleted is a participant still (DELETE-2), and sees in the tab who the others are.
  'people to invite': by('ok', { deleted: 'ok', left: 'not-found', viewer: 'not-found', secret }),
  correspondents: all('ok'),
  records: all('ok'),
  alerts: all('ok'),
});

const clock = shiftedClock();
let server: TestServer;
const clients = new Map<Standing, RawClient>();
const as = (standing: Standing): RawClient => clients.get(standing) as RawClient;

beforeAll(async () => {
  server = await startTestServer({
    clock,
    people: [...standings.map(idOf), 'newcomer'],
    records: [{ ...record, view: viewers }],
    limits: {
      commandsPerSecond: 1_000_000,
      commandsBurst: 1_000_000,
      expirySweepMs: 20,
      failedSignInsPerAddressPerMinute: 1_000_000,
    },
  });
  for (const standing of standings) clients.set(standing, await RawClient.signIn(server, idOf(standing)));
});
afterAll(() => server.stop());

/** Everyone in their standing; the newest entry is unread for all who can see it but its author. */
async function conversationOf(secret: boolean): Promise<string> {
  const people = ['participant', 'deleted', 'left', 'left and deleted', 'back', 'back anew', 'deactivated'] as const;
  const begin = { text: 'one', people: people.map(idOf), about: record, private: secret };
  const { conversation } = await as('starter').must('start', begin);
  await as('participant').must('reply', { conversation, text: 'two' });
  await as('left').must('leave', { conversation });
  await as('left and deleted').must('leave', { conversation });
  await as('left and deleted').must('delete', { conversation, upTo: 4 });
  await as('back').must('leave', { conversation });
  await as('back anew').must('leave', { conversation });
  await as('back anew').must('delete', { conversation, upTo: 6 });
  await as('starter').must('reply', { conversation, text: 'seven' });
  await as('starter').must('invite', { conversation, people: [idOf('back'), idOf('back anew')] });
  await as('deactivated').must('reply', { conversation, text: 'ten' });
  await as('deleted').must('delete', { conversation, upTo: newest });
  return conversation;
}

let count = 0;
async function answerTo(client: RawClient, body: object): Promise<Answer> {
  count += 1;
  const id = `m${count}`;
  client.send({ id, ...body } as unknown as ClientFrame);
  const answer = await client.until((frame) => (frame.t === 'ok' || frame.t === 'error') && frame.id === id);
  return answer.t === 'ok' ? 'ok' : ((answer as { name: string }).name as Answer);
}

describe.each([
  ['a conversation', false],
  ['a private conversation', true],
] as const)('%s', (_, secret) => {
  const rows = table(secret);
  for (const request of Object.keys(requests) as Request[]) {
    const cells = standings.filter((standing) => standing !== 'deactivated');
    it(`${request}: ${cells.map((standing) => `${standing} → ${rows[request][standing]}`).join(', ')}`, async () => {
      const got: Partial<Record<Standing, Answer>> = {};
      for (const standing of cells) {
        const conversation = await conversationOf(secret);
        got[standing] = await answerTo(as(standing), requests[request](conversation));
      }
      const expected = Object.fromEntries(cells.map((standing) => [standing, rows[request][standing]]));
      expect(got).toEqual(expected);
    });
  }
});

const resume: Resume = { epoch: 'x', at: [0], directory: 0 };
/** What each state of a token is answered in place of any request that comes with it. */
const tokenStates: Record<string, { answer: ErrorName; hello(person: string): Promise<ClientFrame | null> }> = {
  none: { answer: 'not-signed-in', hello: async () => null },
  expired: {
    answer: 'token-expired',
    hello: async (person) => ({ t: 'hello', v: 1, token: await server.token(person, -60), resume }),
  },
  forged: {
    answer: 'token-invalid',
    hello: async (person) => {
      const [head, body] = (await server.token(person)).split('.');
      return { t: 'hello', v: 1, token: `${head}.${body}.${'A'.repeat(43)}`, resume };
    },
  },
  'of somebody the directory does not know': {
    answer: 'person-deactivated',
    hello: async (person) => ({ t: 'hello', v: 1, token: await server.token(`${person}-unknown`), resume }),
  },
};

describe('without a token that is good', () => {
  it.each(Object.entries(tokenStates))(
    '%s: no request of anybody in any standing is answered or does anything',
    async (_, state) => {
      const conversation = await conversationOf(false);
      await Promise.all([...clients.values()].map((client) => client.settled()));
      const before = server.server.host.positions();
      for (const standing of standings) {
        for (const request of Object.keys(requests) as Request[]) {
          const client = await RawClient.connect(server.url, idOf(standing));
          const hello = await state.hello(idOf(standing));
          const asked = encode({ id: 'q', ...requests[request](conversation) } as unknown as ClientFrame);
          // In one go: the request does not wait for the answer to the hello.
          if (hello !== null) client.socket.send(encode(hello));
          client.socket.send(asked);
          await client.ended();
          const names = client.frames.map((frame: ServerFrame) => (frame.t === 'error' ? frame.name : frame.t));
          expect(names.at(-1), `${standing}, ${request}`).toBe(state.answer);
          expect(names.filter((name) => name !== 'not-signed-in' && name !== state.answer)).toEqual([]);
        }
      }
      expect(server.server.host.positions()).toEqual(before);
      for (const client of clients.values())
        expect((await client.settled()).filter(({ t }) => t !== 'badge')).toEqual([]);
    },
  );

  it('[CMD-4] of somebody deactivated: no request is answered or does anything', async () => {
    const conversation = await conversationOf(false);
    await server.directory.put({ people: [wholePerson({ id: idOf('deactivated'), active: false })] });
    await as('deactivated').ended();
    const before = server.server.host.positions();
    for (const request of Object.keys(requests) as Request[]) {
      const client = await RawClient.connect(server.url);
      client.send({ t: 'hello', v: 1, token: await server.token(idOf('deactivated')) });
      client.send({ id: 'q', ...requests[request](conversation) } as unknown as ClientFrame);
      await client.ended();
      const names = client.frames.map((frame) => (frame.t === 'error' ? frame.name : frame.t));
      expect(names.at(-1), request).toBe(table(false)[request].deactivated);
    }
    expect(server.server.host.positions()).toEqual(before);
    await server.directory.put({ people: [wholePerson(idOf('deactivated'))] });
    clients.set('deactivated', await RawClient.signIn(server, idOf('deactivated')));
  });

  it('that has expired meanwhile: the session is over, and nobody’s request is taken any more', async () => {
    const [card] = (await as('starter').must('list', { limit: 1 })).cards;
    const conversation = card?.conversation as string;
    const before = server.server.host.positions();
    clock.pass(3_600_001);
    for (const standing of standings) {
      const client = as(standing);
      expect((await client.ended()).reason, standing).toBe('token-expired');
      client.socket.send(encode({ id: 'q', ...requests.reply(conversation) } as unknown as ClientFrame), () => {});
    }
    expect(server.server.host.positions()).toEqual(before);
    expect(server.server.sessions()).toBe(0);
  });
});
