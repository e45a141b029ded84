/**
 * E-mail as somebody away has it: a real server, a real mail server on loopback, the links of the mails opened in Chromium,
 * and the CRM's own page for unsubscribing, over HTTPS as RFC 8058 wants it.
 */
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import type { Someone } from '../support/browser.ts';
import { certificateFor } from '../support/certificate.ts';
import { freePort } from '../support/free-port.ts';
import { startMailSink, type Taken } from '../support/mail-sink.ts';
import { button, cardIn, openAlerts, replyIn, see, seeNo, sidebarOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const { cert, key } = certificateFor('127.0.0.1');
const [port, sink, crm] = [await freePort(), await startMailSink(), await startCrm()];
afterAll(async () => {
  crm.close();
  await sink.close();
});

const flags = {
  port: String(port),
  'smtp-host': '127.0.0.1',
  'smtp-port': String(sink.port),
  'mail-from': 'The CRM <crm@example.com>',
  'mail-text': 'true',
  'mail-wait-seconds': '2',
  'mail-link-url': `http://127.0.0.1:${port}/#as={person}&conversation={conversation}`,
  'mail-unsubscribe-url': `https://127.0.0.1:${(crm.address() as AddressInfo).port}/unsubscribe/{person}`,
};
const stage = onStage(...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]));

/** The page that the operator's manual asks of the CRM: a POST without sign-in, which empties the e-mail boxes. */
function startCrm() {
  const server = createServer({ cert, key }, (asked, answer) => {
    const [, person = ''] = /^\/unsubscribe\/([^/]+)$/.exec(asked.url ?? '') ?? [];
    asked.setEncoding('utf8').once('data', (body: string) => {
      const isOneClick = asked.method === 'POST' && body === 'List-Unsubscribe=One-Click';
      const done = isOneClick ? noMails(decodeURIComponent(person)) : Promise.reject(new Error('not one click'));
      done.then(
        () => answer.writeHead(200).end(),
        () => answer.writeHead(405).end(),
      );
    });
  });
  return new Promise<typeof server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function noMails(person: string): Promise<void> {
  const client = stage().client(person);
  const { popup } = await client.alerts();
  await client.setAlerts({ popup, email: { conversations: false, messages: false } });
}

/** People with addresses, whom nobody has mailed yet. */
const peopleWithMail = (count: number) => stage().newPeople(count, (id) => `${id}@example.com`);

const mailsTo = ({ id }: Someone): Taken[] => sink.taken.filter(({ to }) => to.includes(`${id}@example.com`));

/** Waits until this person has so many mails in all, and gives the newest. */
async function mailTo(person: Someone, count: number): Promise<Taken> {
  await expect.poll(() => mailsTo(person).length, { timeout: 30_000 }).toBe(count);
  return mailsTo(person).at(-1) as Taken;
}

function headerOf({ mail }: Taken, name: string): string {
  return mail.headers.find((header) => header.key === name)?.value ?? '';
}

describe('an e-mail', () => {
  it('[ALERT-3] comes to who is away, once for all messages of the wait; its link opens the conversation', async () => {
    const [ann, bob] = (await peopleWithMail(2)) as [Someone, Someone];
    const [page, writer] = [await stage().person(bob.id), stage().client(bob.id)];
    const about = { kind: 'company', id: 'co-2001' } as const;
    const { conversation } = await writer.start({ text: 'Are you there?', people: [ann.id], about });
    await writer.reply(conversation, 'It is about the microscopes.');
    const first = await mailTo(ann, 1);
    expect(first.mail.subject).toBe('Conversation about Keller Instruments');
    expect(first.mail.text).toContain('2 unread messages from');
    expect(first.mail.text).toContain('> Are you there?\n');
    expect(first.mail.text).toContain('> It is about the microscopes.\n');

    const second = await stage()
      .client(ann.id)
      .start({ text: 'Quite another matter', people: [bob.id] });
    await writer.reply(second.conversation, 'So it is');
    const other = await mailTo(ann, 2);
    expect(headerOf(other, 'references')).not.toBe(headerOf(first, 'references'));

    const [, link = ''] = /^Read and reply: (\S+)$/m.exec(first.mail.text ?? '') ?? [];
    const own = await (await stage().context()).newPage();
    await own.goto(link);
    const card = cardIn(sidebarOf(own), 'about the microscopes');
    await see(card);
    await expect.poll(() => card.getByRole('article').evaluate((one) => one.matches(':focus'))).toBe(true);
    await replyIn(card, 'Here I am');
    await see(cardIn(sidebarOf(page), 'Here I am'));
    await seeNo(button(card, 'Mark as read'));
    // Her answer was her reading: there is nothing to be mailed of any more, and Bob is told of the answer.
    expect((await mailTo(bob, 1)).mail.text).toContain('> Here I am\n');
    await untilMailed(bob);
    expect(mailsTo(ann)).toHaveLength(2);
  });

  it('[ALERT-3] threads with those before it of its conversation, and comes again only for what is new', async () => {
    const [ann, bob] = (await peopleWithMail(2)) as [Someone, Someone];
    const writer = stage().client(bob.id);
    const { conversation } = await writer.start({ text: 'First of the thread', people: [ann.id] });
    const first = await mailTo(ann, 1);
    await writer.reply(conversation, 'Second of the thread');
    const second = await mailTo(ann, 2);
    expect([first.mail.subject, second.mail.subject]).toEqual([
      `Conversation with ${bob.name}`,
      `Re: Conversation with ${bob.name}`,
    ]);
    expect(second.mail.references).toBe(first.mail.references);
    expect(second.mail.inReplyTo).toBe(first.mail.inReplyTo);
    expect(second.mail.messageId).not.toBe(first.mail.messageId);
    expect(second.mail.text).toContain('1 unread message from');
    expect(second.mail.text).not.toContain('First of the thread');
  });

  it('[ALERT-1] comes no more when its boxes are emptied under Manage alerts, and again when they are filled', async () => {
    const [ann, bob] = (await peopleWithMail(2)) as [Someone, Someone];
    const page = await stage().person(ann.id);
    const setBoxes = async (checked: boolean): Promise<void> => {
      const dialog = await openAlerts(page);
      for (const name of ['New conversations', 'New messages'])
        await dialog.getByRole('checkbox', { name: `E-mail: ${name}` }).setChecked(checked);
      await button(dialog, 'Save').click();
      await seeNo(dialog);
    };
    await setBoxes(false);
    const writer = stage().client(bob.id);
    const { conversation } = await writer.start({ text: 'No mail of this', people: [ann.id] });
    await untilMailed(bob);
    expect(mailsTo(ann)).toEqual([]);
    await setBoxes(true);
    await writer.reply(conversation, 'But of this');
    expect((await mailTo(ann, 1)).mail.text).toContain('> But of this\n');
  });

  it('[ALERT-1] ends with one click of the mail program, for its reader alone, and pop-ups go on', async () => {
    const [ann, bob, cid] = (await peopleWithMail(3)) as [Someone, Someone, Someone];
    const writer = stage().client(bob.id);
    const { conversation } = await writer.start({ text: 'Too many mails', people: [ann.id, cid.id] });
    const mail = await mailTo(ann, 1);
    expect(headerOf(mail, 'list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
    const [, url = ''] = /<(https:[^>]+)>/.exec(headerOf(mail, 'list-unsubscribe')) ?? [];
    expect(await post(url, headerOf(mail, 'list-unsubscribe-post'))).toBe(200);
    await mailTo(cid, 1);
    await writer.reply(conversation, 'One more');
    expect((await mailTo(cid, 2)).mail.text).toContain('> One more\n');
    await untilMailed(bob);
    expect(mailsTo(ann)).toHaveLength(1);
    expect(await stage().client(ann.id).alerts()).toEqual({
      email: { conversations: false, messages: false },
      popup: { conversations: true, messages: true },
    });
  });
});

/** Whatever was due before has been mailed: something later has come to somebody else. */
async function untilMailed(by: Someone): Promise<void> {
  const [last] = (await peopleWithMail(1)) as [Someone];
  await stage()
    .client(by.id)
    .start({ text: 'The last', people: [last.id] });
  await mailTo(last, 1);
}

/** As a mailbox provider does it, which trusts this CRM's certificate. */
function post(url: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const asking = request(url, { method: 'POST', ca: cert, headers }, (answer) => resolve(answer.statusCode ?? 0));
    asking.on('error', reject).end(body);
  });
}
