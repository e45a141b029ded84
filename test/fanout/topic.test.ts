/** Large conversations: what is published to a topic and what is told one by one are one stream to each reader. */
import { afterEach, describe, expect, it } from 'vitest';
import { Audience, type Subscriber } from '../../src/fanout/audience.ts';
import { createLog } from '../../src/runtime/log.ts';
import { listen } from '../../src/transport/listen.ts';
import { decodeServerFrame } from '../../src/wire/codec.ts';
import type { ServerFrame } from '../../src/wire/frames.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer, type TestStores } from '../support/server.ts';
import { delayedReads } from '../views/slow-archive.ts';

const people = ['ann', 'bob', 'cid', 'dora'];

describe.each(['uws', 'ws'] as const)('over %s', (kind) => {
  let server: TestServer;
  /** Topics of what was published. */
  let published: string[];
  afterEach(() => server.stop());

  async function open(
    devices: string[],
    limits: Record<string, number> = {},
    stores: TestStores = 'memory',
  ): Promise<RawClient[]> {
    published = [];
    server = await startTestServer({
      people,
      stores,
      limits: { crowdMin: 1, ...limits },
      transport: async (options) => {
        const transport = await listen(kind, options, createLog('silent'));
        return {
          ...transport,
          publish(topic, bytes) {
            published.push(topic);
            transport.publish(topic, bytes);
          },
        };
      },
    });
    return Promise.all(devices.map((person) => RawClient.signIn(server, person)));
  }
  type Clients = [RawClient, RawClient, RawClient, RawClient];

  const kinds = () => published.splice(0).map((topic) => topic.split(' ')[1]);
  const popups = (frames: ServerFrame[]) =>
    frames.flatMap((frame) =>
      frame.t === 'entries' || frame.t === 'card' ? [[frame.t, ('popup' in frame && frame.popup) || 'none']] : [],
    );
  const texts = (frames: ServerFrame[]) =>
    frames.flatMap((frame) =>
      frame.t === 'entries' ? frame.entries.flatMap((entry) => (entry.kind === 'message' ? [entry.text] : [])) : [],
    );
  const boxes = (messages: boolean) => ({
    preferences: {
      email: { conversations: true, messages: true },
      popup: { conversations: true, messages },
    },
  });

  const onlyHistory = async (method: string) => {
    if (method === 'timeline') await new Promise((resolve) => setTimeout(resolve, 30));
  };

  /** A conversation of ann's that everyone else follows. */
  async function going(clients: RawClient[], others: string[]): Promise<string> {
    const [ann] = clients as Clients;
    const { conversation } = await ann.must('start', { text: 'one', people: others });
    for (const text of ['two', 'three']) await ann.must('reply', { conversation, text });
    for (const client of clients) await client.settled();
    published = [];
    return conversation;
  }

  it('[REPLY-2] [ALERT-1] [ALERT-5] reaches every device once, with a pop-up for whom it is wanted and who did not write it', async () => {
    const clients = await open(['ann', 'ann', 'bob', 'bob', 'cid']);
    await clients[4]?.must('setAlerts', boxes(false));
    const conversation = await going(clients, ['bob', 'cid']);
    for (const [author, topics] of [
      ['ann', ['alerting', 'silent']],
      // Whoever wrote the last message follows from the next one on.
      ['bob', ['silent']],
      ['ann', ['silent']],
      ['cid', ['alerting']],
    ] as const) {
      await clients.find(({ person }) => person === author)?.must('reply', { conversation, text: author });
      for (const client of clients) {
        const wanted = client.person !== author && client.person !== 'cid' ? 'message' : 'none';
        const frames = await client.settled();
        expect(popups(frames)).toEqual([['entries', wanted]]);
        expect(texts(frames)).toEqual([author]);
      }
      expect(kinds()).toEqual(topics);
    }
  });

  it('[LEAVE-4] tells whoever left nothing more, and the others of it', async () => {
    const clients = await open(['ann', 'bob', 'cid']);
    const [ann, bob, cid] = clients as Clients;
    const conversation = await going(clients, ['bob', 'cid']);
    const leave = bob.ask('leave', { conversation });
    await Promise.all([leave, ...[1, 2, 3].map((n) => ann.ask('reply', { conversation, text: `after ${n}` }))]);
    expect(kinds()).toContain('alerting');
    const seen = (await bob.settled()).flatMap((frame) => (frame.t === 'entries' ? frame.entries : []));
    expect(seen.at(-1)).toMatchObject({ kind: 'left', by: 'bob' });
    expect(texts(await cid.settled())).toEqual(['after 1', 'after 2', 'after 3']);
  });

  it('[DELETE-3] brings a deleted copy back with the next message, and goes on behind it', async () => {
    const clients = await open(['ann', 'bob', 'cid']);
    const [ann, bob] = clients as Clients;
    const conversation = await going(clients, ['bob', 'cid']);
    await bob.must('delete', { conversation, upTo: 3 });
    await bob.settled();
    for (const text of ['four', 'five', 'six']) await ann.must('reply', { conversation, text });
    const frames = await bob.settled();
    expect(popups(frames)).toEqual([
      ['card', 'message'],
      ['entries', 'message'],
      ['entries', 'message'],
    ]);
    expect(frames.find((frame) => frame.t === 'card')).toMatchObject({ card: { entries: [{ text: 'four' }] } });
    expect(texts(frames)).toEqual(['five', 'six']);
  });

  it('[INVITE-2] an invitee hears from their joining on, and so does who comes back', async () => {
    const clients = await open(['ann', 'bob', 'dora']);
    const [ann, , dora] = clients as Clients;
    const conversation = await going(clients, ['bob']);
    expect((await dora.settled()).length).toBe(0);
    await ann.must('invite', { conversation, people: ['dora'] });
    for (const text of ['four', 'five']) await ann.must('reply', { conversation, text });
    await dora.must('leave', { conversation });
    await ann.must('reply', { conversation, text: 'six' });
    await ann.must('invite', { conversation, people: ['dora'] });
    for (const text of ['seven', 'eight', 'nine']) await ann.must('reply', { conversation, text });
    expect(texts(await dora.settled())).toEqual(['four', 'five', 'seven', 'eight', 'nine']);
  });

  it('[ALERT-1] other boxes hold from the next message on', async () => {
    const clients = await open(['ann', 'bob', 'cid']);
    const [ann, bob] = clients as Clients;
    const conversation = await going(clients, ['bob', 'cid']);
    for (const wanted of [false, true]) {
      await bob.must('setAlerts', boxes(wanted));
      await bob.settled();
      for (const text of ['more', 'and more']) await ann.must('reply', { conversation, text });
      const popup = wanted ? 'message' : 'none';
      expect(popups(await bob.settled())).toEqual([
        ['entries', popup],
        ['entries', popup],
      ]);
    }
    expect(kinds()).toEqual(['alerting', 'alerting', 'silent', 'alerting', 'alerting']);
  });

  it('[ALERT-2] a device that comes or goes changes nothing for the others', async () => {
    const clients = await open(['ann', 'bob', 'bob']);
    const [ann, bob, leaving] = clients as Clients;
    const conversation = await going(clients, ['bob']);
    const coming = await RawClient.signIn(server, 'bob');
    await ann.must('reply', { conversation, text: 'four' });
    await leaving.close();
    for (const text of ['five', 'six']) await ann.must('reply', { conversation, text });
    for (const client of [bob, coming]) expect(texts(await client.settled())).toEqual(['four', 'five', 'six']);
    expect(kinds()).toContain('alerting');
  });

  it('[CMD-3] whoever asks meanwhile gets each entry once, in order, and no answer that is older than what came before it', async () => {
    const clients = await open(['ann', 'bob', 'cid'], {}, delayedReads(onlyHistory));
    const [ann, bob] = clients as Clients;
    const conversation = await going(clients, ['bob', 'cid']);
    bob.messages.splice(0);
    for (let n = 4; n < 12; n += 1) {
      const page = bob.ask('history', { conversation, before: 1_000, limit: 50 });
      await ann.must('reply', { conversation, text: `message ${n}` });
      await ann.must('reply', { conversation, text: `message ${n + 0.5}` });
      await page;
    }
    await bob.settled();
    let newest = 0;
    const seqs: number[] = [];
    for (const frame of bob.messages.map((bytes) => decodeServerFrame(bytes))) {
      if (frame.t === 'entries') seqs.push(...frame.entries.map(({ seq }) => seq));
      if (frame.t !== 'ok' || !('entries' in frame.result)) continue;
      const answer = frame.result as unknown as { entries: { seq: number }[] };
      newest = answer.entries.at(-1)?.seq ?? 0;
      expect(newest).toBeGreaterThanOrEqual(seqs.at(-1) ?? 0);
    }
    expect(newest).toBeGreaterThan(4);
    expect(seqs).toEqual(Array.from({ length: 16 }, (_, n) => n + 4));
    expect(kinds()).toContain('alerting');
  });

  it('[CMD-3] what was told one by one in the same commit stands before it', async () => {
    const clients = await open(['ann', 'bob', 'cid']);
    const [ann, bob] = clients as Clients;
    const conversation = await going(clients, ['bob', 'cid']);
    const asked = Array.from({ length: 20 }, (_, n) => [
      ann.ask('start', { text: `start ${n}`, people: ['bob'] }),
      ann.ask('reply', { conversation, text: `reply ${n}` }),
    ]);
    await Promise.all(asked.flat());
    const told = (await bob.settled()).flatMap((frame) =>
      frame.t === 'card' || frame.t === 'entries'
        ? [{ t: frame.t, position: (frame.at as readonly number[])[1] ?? 0 }]
        : [],
    );
    expect(told.length).toBe(40);
    expect(told).toEqual([...told].sort((a, b) => a.position - b.position));
    expect(kinds().length).toBe(20);
  });

  it('[CMD-4] a deactivated person hears nothing more', async () => {
    const clients = await open(['ann', 'bob', 'cid']);
    const [ann, bob] = clients as Clients;
    const conversation = await going(clients, ['bob', 'cid']);
    await server.directory.put({
      people: [{ id: 'bob', first: 'B', last: 'B', email: null, active: false }],
    });
    await ann.must('reply', { conversation, text: 'four' });
    expect((await bob.ended()).reason).toBe('deactivated');
    expect(Buffer.concat(bob.messages).includes('four')).toBe(false);
    expect(kinds()).toEqual(['alerting']);
  });

  it('makes room for a conversation that goes on, once another has been quiet, and tells both in any case', async () => {
    const clients = await open(['ann', 'bob', 'cid'], { crowdsMax: 1, crowdIdleMs: 0 });
    const [ann, bob] = clients as Clients;
    const first = await going(clients, ['bob', 'cid']);
    const second = await going(clients, ['bob', 'cid']);
    await ann.must('reply', { conversation: second, text: 'of the second' });
    await ann.must('reply', { conversation: first, text: 'of the first' });
    expect(published.splice(0)).toEqual([`${second} alerting`]);
    expect(texts(await bob.settled())).toEqual(['of the second', 'of the first']);
    // Nobody follows what was closed: once it is opened again, it has those who are in it now.
    await bob.must('leave', { conversation: first });
    await bob.settled();
    for (const text of ['five', 'six', 'seven']) await ann.must('reply', { conversation: first, text });
    expect(published.splice(0)).toEqual([`${first} alerting`, `${first} alerting`]);
    expect(await bob.settled()).toEqual([]);
  });

  it('keeps a conversation to itself that has fewer readers than are worth a topic', async () => {
    const clients = await open(['ann', 'bob', 'cid'], { crowdMin: 4 });
    const [ann, bob] = clients as Clients;
    const conversation = await going(clients, ['bob', 'cid']);
    await ann.must('reply', { conversation, text: 'four' });
    expect(texts(await bob.settled())).toEqual(['four']);
    expect(published).toEqual([]);
  });
});

describe('audience', () => {
  it('says whose sessions are others, or not free any more', () => {
    const heard: string[] = [];
    const audience = new Audience((person) => heard.push(`${person} ${audience.of(person).length}`));
    const session: Subscriber = { person: 'ann', badge: 0, isFree: true, push() {}, subscribe() {}, unsubscribe() {} };
    audience.add(session);
    audience.occupied(session);
    audience.remove(session);
    expect(heard).toEqual(['ann 1', 'ann 1', 'ann 0']);
  });
});
