import { afterEach, describe, expect, it } from 'vitest';
import type { MailSettings } from '../../src/alerts/mail.ts';
import type { Limits } from '../../src/limits.ts';
import { type Behaviour, type MailSink, mailingTo, mailLimits, startMailSink } from '../support/mail-sink.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  startTestServer,
  type TestServer,
  type TestServerOptions,
  wholePerson,
  wholeRecord,
} from '../support/server.ts';
import { shiftedClock } from '../support/shifted-clock.ts';

const opened: { server: TestServer; sink: MailSink }[] = [];
afterEach(async () => {
  for (const { server, sink } of opened.splice(0)) {
    await server.stop();
    await sink.close();
  }
});

const people = [
  { id: 'ann', first: 'Ann', last: 'Miller' },
  { id: 'bob', first: 'Bob', last: 'Ray' },
  { id: 'cid', first: 'Cid', last: 'Stone' },
  { id: 'dora', first: 'Dora', last: 'West' },
];
type Limited = { readonly [name in keyof Limits]?: number };
/** The wait ends when the test says `waitEnds`. */
const patient: Limited = { mailWaitMs: 60_000 };

async function open({
  behaviour = {},
  settings = {},
  limited = {},
  ...options
}: { behaviour?: Behaviour; settings?: Partial<MailSettings>; limited?: Limited } & TestServerOptions = {}) {
  const sink = await startMailSink(behaviour);
  const mail = mailingTo(sink.port, settings, { limited });
  const clock = shiftedClock();
  const server = await startTestServer({ people, mail, clock, limits: { ...mailLimits, ...limited }, ...options });
  opened.push({ server, sink });
  return { server, sink, ann: await RawClient.signIn(server, 'ann'), waitEnds: () => clock.pass(60_000) };
}

/** Mails that would come for what was said so far have come: a later one to someone else has. */
async function nothingMore(ann: RawClient, sink: MailSink, waitEnds: () => void): Promise<void> {
  const before = sink.taken.length;
  await ann.must('start', { text: 'the last', people: ['dora'] });
  waitEnds();
  await expect.poll(() => sink.taken.slice(before).map(({ to }) => to[0])).toEqual(['dora@example.com']);
}

const addresses = (sink: MailSink) => sink.taken.map(({ to }) => to.join()).sort();

describe('a mail', () => {
  it('[ALERT-3] is one for a person and conversation, of all messages of the wait', async () => {
    const { ann, sink, waitEnds } = await open({ limited: patient });
    const { conversation } = await ann.must('start', { text: 'first', people: ['bob'] });
    await ann.must('reply', { conversation, text: 'second' });
    await ann.must('reply', { conversation, text: 'third' });
    waitEnds();
    const [mail] = await sink.has(1);
    expect(mail?.to).toEqual(['bob@example.com']);
    for (const text of ['first', 'second', 'third']) expect(mail?.mail.text).toContain(`> ${text}\n`);
    expect(mail?.mail.text).toContain('3 unread messages from Ann Miller\n');
    await nothingMore(ann, sink, waitEnds);
  });

  it('[ALERT-3] [ALERT-5] goes to all but the author, each one to their own address', async () => {
    const { ann, sink, server } = await open();
    const bob = await RawClient.signIn(server, 'bob');
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob', 'cid'] });
    await sink.has(2);
    expect(addresses(sink)).toEqual(['bob@example.com', 'cid@example.com']);
    await bob.must('reply', { conversation, text: 'y' });
    await sink.has(4);
    expect(addresses(sink).slice(0)).toEqual([
      'ann@example.com',
      'bob@example.com',
      'cid@example.com',
      'cid@example.com',
    ]);
    expect(sink.taken.every(({ from }) => from === 'parley@crm.example')).toBe(true);
  });

  it('[ALERT-3] is not sent for what was read, or deleted with the copy, before the wait ended', async () => {
    const { ann, sink, server, waitEnds } = await open({ limited: patient });
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob', 'cid'] });
    const [bob, cid] = [await RawClient.signIn(server, 'bob'), await RawClient.signIn(server, 'cid')];
    await bob.must('read', { conversation, upTo: 1 });
    await cid.must('delete', { conversation, upTo: 1 });
    await nothingMore(ann, sink, waitEnds);
  });

  it('[ALERT-3] tells the unread part alone', async () => {
    const { ann, sink, server, waitEnds } = await open({ limited: patient });
    const { conversation } = await ann.must('start', { text: 'one', people: ['bob'] });
    const bob = await RawClient.signIn(server, 'bob');
    await bob.must('read', { conversation, upTo: 1 });
    await ann.must('reply', { conversation, text: 'two' });
    waitEnds();
    const [mail] = await sink.has(1);
    expect(mail?.mail.text).toContain('1 unread message from Ann Miller');
    expect(mail?.mail.text).not.toContain('one');
  });

  it('[ALERT-1] follows the boxes of the moment', async () => {
    const { ann, sink, server, waitEnds } = await open({ limited: patient });
    const bob = await RawClient.signIn(server, 'bob');
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob', 'cid'] });
    const none = { conversations: false, messages: false };
    await bob.must('setAlerts', { preferences: { email: none, popup: none } });
    waitEnds();
    await sink.has(1);
    await ann.must('reply', { conversation, text: 'y' });
    waitEnds();
    await sink.has(2);
    expect(addresses(sink)).toEqual(['cid@example.com', 'cid@example.com']);
  });

  it('[CMD-4] reaches nobody who was deactivated in the wait, or has no address', async () => {
    const { ann, sink, server, waitEnds } = await open({ limited: patient });
    await server.directory.put({ people: [wholePerson({ id: 'cid', email: null })] });
    await ann.must('start', { text: 'x', people: ['bob', 'cid'] });
    await server.directory.put({ people: [wholePerson({ id: 'bob', active: false })] });
    await nothingMore(ann, sink, waitEnds);
  });

  it('goes to the address of the moment', async () => {
    const { ann, sink, server, waitEnds } = await open({ limited: patient });
    await ann.must('start', { text: 'x', people: ['bob'] });
    await server.directory.put({ people: [wholePerson({ id: 'bob', email: 'new@example.com' })] });
    waitEnds();
    expect((await sink.has(1))[0]?.to).toEqual(['new@example.com']);
  });
});

describe('what a mail tells', () => {
  const acme = { kind: 'company', id: 'co-1', name: 'Acme Ltd' } as const;

  it('[SEE-4] the name of the record to those who may see it, to others its kind and that it is restricted', async () => {
    const secret = { ...acme, name: 'Secret Ltd', view: ['ann', 'bob', 'cid'], edit: ['ann', 'bob'] };
    const { ann, sink } = await open({ records: [secret] });
    await ann.must('start', { text: 'x', people: ['bob', 'cid'], about: { kind: 'company', id: 'co-1' } });
    await sink.has(2);
    const of = (address: string) => sink.taken.find(({ to }) => to[0] === address) as (typeof sink.taken)[number];
    expect(of('bob@example.com').mail.subject).toBe('Conversation about Secret Ltd');
    expect(of('bob@example.com').mail.text).toContain('About: Secret Ltd');
    expect(of('cid@example.com').mail.subject).toBe('Conversation about Company (restricted)');
    expect(of('cid@example.com').raw + of('cid@example.com').mail.text + of('cid@example.com').mail.html).not.toMatch(
      /Secret|co-1/,
    );
  });

  it('[SEE-4] [SEE-6] by the rights of the moment at which it is sent', async () => {
    const { ann, sink, server, waitEnds } = await open({ records: [acme], limited: patient });
    await ann.must('start', { text: 'x', people: ['bob'], about: { kind: 'company', id: 'co-1' } });
    await server.directory.put({ records: [wholeRecord({ ...acme, view: ['ann'], edit: ['ann'] })] });
    waitEnds();
    expect((await sink.has(1))[0]?.mail.subject).toBe('Conversation about Company (restricted)');
  });

  it('[SEE-1] [INVITE-2] nothing from before an invitation', async () => {
    const { ann, sink, waitEnds } = await open({ limited: patient });
    const { conversation } = await ann.must('start', { text: 'before-cid', people: ['bob'] });
    await ann.must('invite', { conversation, people: ['cid'] });
    await ann.must('reply', { conversation, text: 'for-both' });
    waitEnds();
    await sink.has(2);
    const cid = sink.taken.find(({ to }) => to[0] === 'cid@example.com')?.mail.text;
    expect(cid).toContain('1 unread message from Ann Miller');
    expect(cid).toContain('> for-both');
    expect(cid).not.toContain('before-cid');
  });

  it('[LEAVE-4] nothing from after leaving', async () => {
    const { ann, sink, server, waitEnds } = await open({ limited: patient });
    const { conversation } = await ann.must('start', { text: 'while-in', people: ['bob', 'cid'] });
    const cid = await RawClient.signIn(server, 'cid');
    await cid.must('leave', { conversation });
    await ann.must('reply', { conversation, text: 'behind-the-back' });
    waitEnds();
    await sink.has(2);
    const mail = sink.taken.find(({ to }) => to[0] === 'cid@example.com')?.mail;
    expect(mail?.text).toContain('while-in');
    expect(`${mail?.text}${mail?.html}`).not.toContain('behind-the-back');
  });

  it('[DELETE-4] nothing that was deleted', async () => {
    const { ann, sink, server, waitEnds } = await open({ limited: patient });
    const { conversation } = await ann.must('start', { text: 'deleted-text', people: ['bob'] });
    const bob = await RawClient.signIn(server, 'bob');
    await bob.must('delete', { conversation, upTo: 1 });
    await ann.must('reply', { conversation, text: 'later-text' });
    waitEnds();
    const [mail] = await sink.has(1);
    expect(mail?.mail.text).toContain('1 unread message from Ann Miller');
    expect(mail?.mail.text).toContain('> later-text');
    expect(mail?.raw).not.toContain('deleted-text');
  });

  it('no text at all where the policy says so, which is how it starts', async () => {
    const { ann, sink } = await open({ settings: { includeText: false }, records: [acme] });
    await ann.must('start', { text: 'between-us', people: ['bob'], about: { kind: 'company', id: 'co-1' } });
    const [mail] = await sink.has(1);
    expect(mail?.mail.text).toContain('1 unread message from Ann Miller');
    expect(`${mail?.raw}${mail?.mail.text}${mail?.mail.html}`).not.toContain('between-us');
  });

  it('no more than its bounds: ten messages, ten names, the beginning of a long text', async () => {
    const crowd = Array.from({ length: 15 }, (_, n) => ({ id: `p${n}`, first: 'P', last: `Number${n}`, email: null }));
    const { ann, sink, waitEnds } = await open({ people: [...people, ...crowd], limited: patient });
    const { conversation } = await ann.must('start', {
      text: 'message 1',
      people: ['bob', ...crowd.map(({ id }) => id)],
    });
    for (let n = 2; n <= 11; n += 1) await ann.must('reply', { conversation, text: `message ${n}` });
    await ann.must('reply', { conversation, text: 'y'.repeat(5_000) });
    waitEnds();
    const [mail] = await sink.has(1);
    const text = mail?.mail.text ?? '';
    expect(text).toContain('12 unread messages from Ann Miller');
    expect(text).toContain('2 earlier messages are not shown here.');
    expect(text).not.toMatch(/> message [12]\n/);
    expect(text).toMatch(/> y{1999}…/);
    expect(text).toMatch(/Number8, and 6 others/);
  });

  it('speaks German where it is told to', async () => {
    const { ann, sink } = await open({ settings: { language: 'de' }, records: [acme] });
    await ann.must('start', { text: 'x', people: ['bob'], about: { kind: 'company', id: 'co-1' } });
    const [mail] = await sink.has(1);
    expect(mail?.mail.subject).toBe('Unterhaltung zu Acme Ltd');
    expect(mail?.mail.text).toContain('1 ungelesene Nachricht von Ann Miller');
    expect(mail?.mail.html).toContain('<html lang="de">');
  });
});

describe('the head of a mail', () => {
  const header = (mail: { headers: { key: string; value: string }[] } | undefined, key: string) =>
    mail?.headers.filter((one) => one.key === key).map(({ value }) => value);

  it('keeps the mails of a conversation together, and tells each apart', async () => {
    const { ann, sink } = await open();
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob'] });
    await sink.has(1);
    await ann.must('reply', { conversation, text: 'y' });
    await sink.has(2);
    await ann.must('start', { text: 'other', people: ['bob'] });
    const [first, second, other] = (await sink.has(3)).map(({ mail }) => mail);
    expect(first?.subject).toBe('Conversation with Ann Miller');
    expect(second?.subject).toBe('Re: Conversation with Ann Miller');
    expect(first?.inReplyTo).toMatch(/^<[0-9a-f]{40}@crm\.example>$/);
    expect([second?.inReplyTo, second?.references]).toEqual([first?.inReplyTo, first?.inReplyTo]);
    expect(other?.inReplyTo).not.toBe(first?.inReplyTo);
    expect(new Set([first?.messageId, second?.messageId, other?.messageId, first?.inReplyTo]).size).toBe(4);
  });

  it('bears what machines want to know: automatic, unsubscribe with one click, reply address, link', async () => {
    const { ann, sink } = await open();
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob'] });
    const { mail } = (await sink.has(1))[0] as (typeof sink.taken)[number];
    expect(mail.from).toEqual({ name: 'Parley', address: 'parley@crm.example' });
    expect(mail.to).toEqual([{ name: '', address: 'bob@example.com' }]);
    expect(mail.replyTo).toEqual([{ name: '', address: 'help@crm.example' }]);
    expect(header(mail, 'auto-submitted')).toEqual(['auto-generated']);
    expect(header(mail, 'precedence')).toEqual(['bulk']);
    expect(header(mail, 'list-unsubscribe')).toEqual([
      '<https://crm.example/unsubscribe/bob>, <mailto:unsubscribe@crm.example?subject=unsubscribe>',
    ]);
    expect(header(mail, 'list-unsubscribe-post')).toEqual(['List-Unsubscribe=One-Click']);
    expect(mail.text).toContain(`Read and reply: https://crm.example/conversations?open=${conversation}`);
    expect(mail.html).toContain(`href="https://crm.example/conversations?open=${conversation}"`);
  });

  it('offers no one click where there is no page for it', async () => {
    const { ann, sink } = await open({ settings: { unsubscribeUrl: null, linkUrl: null } });
    await ann.must('start', { text: 'x', people: ['bob'] });
    const { mail } = (await sink.has(1))[0] as (typeof sink.taken)[number];
    expect(header(mail, 'list-unsubscribe')).toEqual(['<mailto:unsubscribe@crm.example?subject=unsubscribe>']);
    expect(header(mail, 'list-unsubscribe-post')).toEqual([]);
    expect(mail.html).not.toContain('<a ');
    expect(mail.text).toContain('under Conversations');
  });
});
