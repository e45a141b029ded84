import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Mailing } from '../../src/alerts/mailer.ts';
import type { Limits } from '../../src/limits.ts';
import type { Log } from '../../src/runtime/log.ts';
import { type Behaviour, type MailSink, mailingTo, mailLimits, startMailSink } from '../support/mail-sink.ts';
import { metricOf } from '../support/metric.ts';
import { RawClient } from '../support/raw-client.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { startTestServer, type TestServer, type TestStores, temporaryDirectory } from '../support/server.ts';
import { type ShiftedClock, shiftedClock } from '../support/shifted-clock.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Limited = { readonly [name in keyof Limits]?: number };
const people = ['ann', 'bob', 'cid', 'dora'].map((id) => ({ id, first: id, last: 'Name', email: `${id}@example.com` }));

async function sinkWith(behaviour: Behaviour = {}, options: Parameters<typeof startMailSink>[1] = {}) {
  const sink = await startMailSink(behaviour, options);
  closing.push(() => sink.close());
  return sink;
}

async function serverWith(
  mail: Mailing,
  { limited = {}, ...options }: { limited?: Limited; stores?: TestStores; log?: Log; clock?: ShiftedClock } = {},
): Promise<TestServer> {
  const limits = { ...mailLimits, ...limited };
  const server = await startTestServer({ people, mail, admin: true, ...options, limits });
  closing.push(() => server.stop());
  return server;
}

let starts = 0;
/** Ann begins a conversation with each of these alone, in this order. */
async function mailTo(server: TestServer, ...to: string[]): Promise<void> {
  const ann = await RawClient.signIn(server, 'ann');
  for (const person of to) await ann.must('start', { text: 'x', people: [person] }, `start-${starts++}`);
  await ann.close();
}

const mails = (server: TestServer, outcome: string) => metricOf(server, `parley_mails_total{outcome="${outcome}"}`);
const waiting = (server: TestServer) => metricOf(server, 'parley_outbox_rows');

const receivers = (sink: MailSink) => sink.taken.map(({ to }) => to.join().replace('@example.com', '')).sort();
const idsOf = (sink: MailSink) => sink.taken.map(({ mail }) => mail.messageId);
/** Nothing waits in the outbox any more, and what was noted is behind a checkpoint. */
async function isEmpty(server: TestServer): Promise<void> {
  await expect.poll(() => waiting(server), { timeout: 20_000 }).toBe(0);
  await server.server.host.checkpoint();
}

describe('the outbox over an end of the server', () => {
  const patient: Limited = { mailWaitMs: 60_000 };
  const newDirectory = () => {
    const directory = temporaryDirectory();
    closing.push(() => directory.remove());
    return { path: directory.path };
  };

  it.each(['crash', 'stop'] as const)('[ALERT-3] %s in the wait: exactly one mail', async (end) => {
    const sink = await sinkWith();
    const clock = shiftedClock();
    const stores = newDirectory();
    const first = await serverWith(mailingTo(sink.port), { stores, clock, limited: patient });
    await mailTo(first, 'bob');
    await first[end]();
    const second = await serverWith(mailingTo(sink.port), { stores, clock, limited: patient });
    clock.pass(60_000);
    await sink.has(1);
    await isEmpty(second);
    await second.crash();
    const third = await serverWith(mailingTo(sink.port), { stores, clock, limited: patient });
    clock.pass(60_000);
    await mailTo(third, 'cid');
    clock.pass(60_000);
    await sink.has(2);
    expect(receivers(sink)).toEqual(['bob', 'cid']);
  });

  it('[ALERT-3] a crash between the yes and the record of it: once more, with the same Message-ID', async () => {
    const sink = await sinkWith();
    const stores = newDirectory();
    const limited = { checkpointIntervalMs: 3_600_000 };
    const first = await serverWith(mailingTo(sink.port), { stores, limited });
    await mailTo(first, 'bob');
    await first.server.host.checkpoint();
    await sink.has(1);
    await first.crash();
    const second = await serverWith(mailingTo(sink.port), { stores, limited });
    await sink.has(2);
    await isEmpty(second);
    expect(receivers(sink)).toEqual(['bob', 'bob']);
    expect(new Set(idsOf(sink)).size).toBe(1);
    await second.crash();
    const third = await serverWith(mailingTo(sink.port), { stores, limited });
    expect(await waiting(third)).toBe(0);
  });

  it('[ALERT-3] an orderly end waits for the mail on the wire, and it is not sent again', async () => {
    let yes = () => {};
    const asked = new Promise<void>((resolve) => {
      yes = resolve;
    });
    const sink = await sinkWith({ data: () => asked.then(() => null) });
    const stores = newDirectory();
    const first = await serverWith(mailingTo(sink.port), { stores });
    await mailTo(first, 'bob');
    await expect.poll(() => sink.tried.length).toBe(1);
    const ended = first.stop();
    yes();
    await ended;
    expect(receivers(sink)).toEqual(['bob']);
    const second = await serverWith(mailingTo(sink.port), { stores });
    expect(await waiting(second)).toBe(0);
  });

  it('[ALERT-3] but not for ever: what got no yes is sent by the next start, under the same Message-ID', async () => {
    const silent = await sinkWith({ data: () => new Promise(() => {}) });
    const sink = await sinkWith();
    const stores = newDirectory();
    const limited = { mailDrainMs: 50 };
    const first = await serverWith(mailingTo(silent.port), { stores, limited });
    await mailTo(first, 'bob');
    await expect.poll(() => silent.tried.length).toBe(1);
    await first.stop();
    await serverWith(mailingTo(sink.port), { stores, limited });
    await sink.has(1);
    expect(sink.tried).toEqual(silent.tried);
    expect(receivers(sink)).toEqual(['bob']);
  });

  it('keeps nothing where there is no e-mail, and leaves what waits for when there is again', async () => {
    const stores = newDirectory();
    const sink = await sinkWith();
    const first = await serverWith(mailingTo(sink.port), { stores, limited: patient });
    await mailTo(first, 'bob');
    await first.stop();
    const without = await startTestServer({ mail: null, stores, admin: true });
    closing.push(() => without.stop());
    await mailTo(without, 'cid');
    expect(await waiting(without)).toBe(0);
    await without.stop();
    const clock = shiftedClock();
    await serverWith(mailingTo(sink.port), { stores, clock, limited: patient });
    clock.pass(60_000);
    await sink.has(1);
    expect(receivers(sink)).toEqual(['bob']);
  });
});

describe('a mail server that', () => {
  it('[ALERT-3] is down and comes back gets each mail once; the log says so twice, not for each', async () => {
    const { log, lines } = recordedLog();
    const gone = await startMailSink();
    await gone.close();
    const server = await serverWith(mailingTo(gone.port), { log });
    await mailTo(server, 'bob', 'cid', 'dora');
    await expect.poll(() => mails(server, 'retried')).toBeGreaterThan(3);
    expect(await waiting(server)).toBe(3);
    const sink = await sinkWith({}, { port: gone.port });
    await sink.has(3);
    await isEmpty(server);
    expect(receivers(sink)).toEqual(['bob', 'cid', 'dora']);
    expect(await mails(server, 'sent')).toBe(3);
    expect(lines.filter(({ level, text }) => level !== 'debug' && text.startsWith('the mail server'))).toEqual([
      expect.objectContaining({ level: 'error', fields: expect.objectContaining({ cause: 'connection' }) }),
      expect.objectContaining({ level: 'info' }),
    ]);
  });

  it('[ALERT-3] puts a mail off with 4xx gets it again until it takes it, while others go out', async () => {
    let busy = true;
    const sink = await sinkWith({ rcpt: (address) => (busy && address.startsWith('bob') ? { code: 451 } : null) });
    const server = await serverWith(mailingTo(sink.port));
    await mailTo(server, 'bob', 'cid');
    await sink.has(1);
    await expect.poll(() => mails(server, 'retried')).toBeGreaterThan(1);
    expect([receivers(sink), await waiting(server)]).toEqual([['cid'], 1]);
    busy = false;
    await sink.has(2);
    await isEmpty(server);
    expect(receivers(sink)).toEqual(['bob', 'cid']);
  });

  it('[ALERT-3] says 4xx behind the text gets the same mail again, under the same Message-ID', async () => {
    let no = 2;
    const sink = await sinkWith({ data: () => (no-- > 0 ? { code: 452 } : null) });
    const server = await serverWith(mailingTo(sink.port));
    await mailTo(server, 'bob');
    await isEmpty(server);
    expect([sink.tried.length, receivers(sink)]).toEqual([3, ['bob']]);
    expect(new Set(sink.tried.map(({ messageId }) => messageId)).size).toBe(1);
    expect(await mails(server, 'retried')).toBe(2);
  });

  it('[ALERT-3] puts a mail off for longer than is sensible gets it no more', async () => {
    const { log, lines } = recordedLog();
    const sink = await sinkWith({ rcpt: () => ({ code: 450 }) });
    const server = await serverWith(mailingTo(sink.port), { log, limited: { mailGiveUpMs: 300, mailTriesMin: 2 } });
    await mailTo(server, 'bob');
    await isEmpty(server);
    expect(await mails(server, 'failed')).toBe(1);
    expect(await mails(server, 'retried')).toBeGreaterThan(0);
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('[ALERT-3] is asked again though the clock says that it is days too late, and gets the mail', async () => {
    let refusals = 3;
    const sink = await sinkWith({
      rcpt: () => {
        refusals -= 1;
        return refusals < 0 ? null : { code: 450 };
      },
    });
    const server = await serverWith(mailingTo(sink.port), { limited: { mailGiveUpMs: 1 } });
    await mailTo(server, 'bob');
    await isEmpty(server);
    expect([receivers(sink), await mails(server, 'failed')]).toEqual([['bob'], 0]);
  });

  it.each([
    [
      'the recipient',
      { rcpt: (address: string) => (address.startsWith('bob') ? { code: 550, text: 'no bob@example.com' } : null) },
    ],
    ['the text', { data: (to: string) => (to.startsWith('bob') ? { code: 554, text: 'no bob@example.com' } : null) }],
  ] satisfies [string, Behaviour][])(
    'refuses %s with 5xx gets it no more; the log names no address',
    async (_, behaviour) => {
      const { log, lines } = recordedLog();
      const sink = await sinkWith(behaviour);
      const server = await serverWith(mailingTo(sink.port), { log });
      await mailTo(server, 'bob', 'cid');
      await sink.has(1);
      await isEmpty(server);
      expect(receivers(sink)).toEqual(['cid']);
      expect([await mails(server, 'failed'), await mails(server, 'sent')]).toEqual([1, 1]);
      const [line] = lines.filter(({ level }) => level === 'warn');
      expect(line?.fields).toMatchObject({ person: 'bob', code: expect.stringMatching(/^55[04]$/) });
      expect(JSON.stringify(lines)).not.toContain('@example.com');
    },
  );

  it('refuses the password keeps every mail waiting; one loud line, and none for each mail', async () => {
    const { log, lines } = recordedLog();
    const sink = await sinkWith({ password: 'another' });
    const auth = { user: 'parley', password: 'secret-of-smtp' };
    const server = await serverWith(mailingTo(sink.port, {}, { smtp: { auth } }), { log });
    await mailTo(server, 'bob', 'cid', 'dora');
    await expect.poll(() => mails(server, 'retried')).toBeGreaterThan(3);
    expect([sink.taken.length, await waiting(server)]).toEqual([0, 3]);
    const loud = lines.filter(({ level }) => level === 'error');
    expect(loud).toMatchObject([{ fields: { cause: 'sign-in', code: '535' } }]);
    expect(JSON.stringify(lines)).not.toContain('secret-of-smtp');
    sink.behaviour.password = 'secret-of-smtp';
    await sink.has(3);
    await isEmpty(server);
    expect(receivers(sink)).toEqual(['bob', 'cid', 'dora']);
  });

  it('refuses the sender keeps every mail waiting', async () => {
    const { log, lines } = recordedLog();
    let refuses = true;
    const sink = await sinkWith({ sender: () => (refuses ? { code: 550 } : null) });
    const server = await serverWith(mailingTo(sink.port), { log });
    await mailTo(server, 'bob', 'cid');
    await expect.poll(() => mails(server, 'retried')).toBeGreaterThan(2);
    expect(lines.filter(({ level }) => level === 'error')).toMatchObject([{ fields: { cause: 'sender' } }]);
    refuses = false;
    await sink.has(2);
    expect(await mails(server, 'failed')).toBe(0);
  });

  it('is slow with one mail holds up no other; that one is tried again', async () => {
    let slow = true;
    const sink = await sinkWith({
      rcpt: (address) => (slow && address.startsWith('bob') ? new Promise(() => {}) : null),
    });
    const limited = { mailDeadlineMs: 500, mailConnectMs: 400 };
    const server = await serverWith(mailingTo(sink.port, {}, { limited }), { limited });
    await mailTo(server, 'bob', 'cid', 'dora');
    await sink.has(2);
    expect(receivers(sink)).toEqual(['cid', 'dora']);
    await expect.poll(() => mails(server, 'retried')).toBeGreaterThan(0);
    slow = false;
    await sink.has(3);
    await isEmpty(server);
    expect(receivers(sink)).toEqual(['bob', 'cid', 'dora']);
  });

  it('answers a little at a time for ever has no mail of ours for longer than its deadline', async () => {
    const trickling = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('220 hello\r\n');
      socket.on('data', (line) => {
        if (line.toString().startsWith('EHLO')) return void socket.write('250 hello\r\n');
        const drip = setInterval(() => socket.write('250-more\r\n'), 20);
        socket.on('close', () => clearInterval(drip));
      });
    });
    await new Promise<void>((resolve) => void trickling.listen(0, '127.0.0.1', resolve));
    closing.push(() => trickling.close());
    const { port } = trickling.address() as { port: number };
    const { sender, settings } = mailingTo(port, {}, { limited: { mailDeadlineMs: 300, mailConnectMs: 200 } });
    const mail = { from: settings.from, to: 'bob@example.com', replyTo: null, subject: 'x', text: 'x', html: 'x' };
    const ids = { messageId: '<x@crm.example>', thread: '<y@crm.example>', date: new Date(0) };
    const unsubscribe = { url: null, address: 'x@crm.example' };
    expect(await sender.send({ ...mail, ...ids, unsubscribe })).toEqual({ is: 'later', code: 'timeout' });
    sender.close();
  });

  it('offers no encryption, or a certificate that nobody vouches for, gets nothing where that is required', async () => {
    for (const server of [{}, { disabledCommands: ['AUTH'] }]) {
      const { log, lines } = recordedLog();
      const sink = await sinkWith({}, { server });
      const mailing = mailingTo(sink.port, {}, { smtp: { encryption: 'starttls' } });
      const parley = await serverWith(mailing, { log });
      await mailTo(parley, 'bob');
      await expect.poll(() => mails(parley, 'retried')).toBeGreaterThan(1);
      expect(lines.filter(({ level }) => level === 'error')).toMatchObject([{ fields: { cause: 'encryption' } }]);
      expect([sink.tried.length, await waiting(parley)]).toEqual([0, 1]);
    }
  });

  it('[ALERT-3] has a crowd to serve is asked over few connections, which are used again', async () => {
    const crowd = Array.from({ length: 40 }, (_, n) => ({ id: `p${n}`, email: `p${n}@example.com` }));
    const sink = await sinkWith();
    const server = await startTestServer({
      people: ['ann', ...crowd],
      mail: mailingTo(sink.port),
      admin: true,
      limits: mailLimits,
    });
    closing.push(() => server.stop());
    const ann = await RawClient.signIn(server, 'ann');
    await ann.must('start', { text: 'x', people: crowd.map(({ id }) => id) });
    await sink.has(40);
    await isEmpty(server);
    expect(new Set(receivers(sink)).size).toBe(40);
    expect(sink.connections.most).toBeLessThanOrEqual(4);
    expect(sink.connections.total).toBeLessThan(20);
  });
});
