import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeMail } from '../../src/alerts/mail.ts';
import type { MailNews } from '../../src/alerts/mail-news.ts';
import { limits } from '../../src/limits.ts';
import { launchChromium } from '../support/chromium.ts';
import { hostileTexts, nameRefuses } from '../support/hostile-texts.ts';
import { type MailSink, mailingTo, mailLimits, startMailSink, type Taken } from '../support/mail-sink.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, wholePerson, wholeRecord } from '../support/server.ts';

/** Fifty ways to end a header and begin another, or to be taken for one. */
const injections: readonly string[] = [
  ...[
    '\r\n',
    '\n',
    '\r',
    '\n\r',
    '\r\n\r\n',
    '\u0085',
    '\u2028',
    '\u2029',
    '\v',
    '\f',
    '\0\n',
    '\r\n\t',
    '\r\n ',
  ].flatMap((end) => [
    `x${end}Bcc: victim@evil.example`,
    `x${end}Content-Type: text/html${end}${end}<script>x</script>`,
  ]),
  ...['%0d%0a', '%0A', '\\r\\n', '&#13;&#10;', '=0D=0A', '\u560d\u560a', '嘊嘍'].map(
    (end) => `x${end}Bcc: victim@evil.example`,
  ),
  '=?utf-8?Q?=0D=0ABcc:_victim@evil.example?=',
  '=?utf-8?B?DQpCY2M6IHZpY3RpbUBldmlsLmV4YW1wbGU=?=',
  '=?utf-8?Q?encoded?= =?utf-8?Q?words?=',
  '=?broken?',
  '"quoted" <victim@evil.example>',
  '<victim@evil.example>, other@evil.example',
  'victim@evil.example (comment',
  'group: victim@evil.example;',
  '"; victim@evil.example; "',
  'Subject: other',
  'Bcc: victim@evil.example',
  '\\"\\',
  ') (',
  '>\r\n.\r\nMAIL FROM:<evil@evil.example>',
  '\r\n.\r\nRCPT TO:<victim@evil.example>',
  '\r\n--boundary--\r\n',
  '\u202ereversed\r\nBcc: victim@evil.example',
];

let sink: MailSink;
let browser: Awaited<ReturnType<typeof launchChromium>>;
beforeAll(async () => {
  sink = await startMailSink();
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await sink.close();
});

/** What is to be seen of a text, whatever stands between: letters, numbers, punctuation and symbols. */
const bare = (text: string | undefined): string => (text ?? '').replace(/[^\p{L}\p{N}\p{P}\p{S}]/gu, '');
/** As much of it as a name in a mail shows, and a little less. */
const begin = (text: string): string => bare([...text].slice(0, 70).join(''));

interface Page {
  readonly tags: string;
  readonly attributes: string;
  readonly text: string;
}
/** What a browser makes of the HTML: its elements in order, the attributes that they bear, and all its text. */
async function parsed(htmls: readonly string[]): Promise<Page[]> {
  const page = await browser.newPage();
  const pages = await page.evaluate(
    (sources) =>
      sources.map((source) => {
        const { documentElement: root } = new DOMParser().parseFromString(source, 'text/html');
        const all = [root, ...root.querySelectorAll('*')];
        return {
          tags: all.map((one) => one.localName).join(),
          attributes: [...new Set(all.flatMap((one) => one.getAttributeNames()))].sort().join(),
          text: root.textContent ?? '',
        };
      }),
    [...htmls],
  );
  await page.close();
  return pages;
}

const keysOf = ({ mail }: Taken): string => mail.headers.map(({ key }) => key).join();
const lines = (mail: Taken | undefined) => (mail?.mail.html ?? '').split('white-space:pre-wrap').length - 1;

describe('[ALERT-4] a hundred hostile texts', () => {
  it('as names of people and records and as messages, through the server, are text in every part of the mail', async () => {
    const names = hostileTexts.filter((text) => !nameRefuses(text));
    expect(hostileTexts.length).toBeGreaterThanOrEqual(100);
    const texts = ['harmless', ...hostileTexts];
    const nameOf = (text: string) => (nameRefuses(text) ? 'Plain' : text);
    const server = await startTestServer({
      people: [
        { id: 'bob', first: 'Bob', last: 'Ray' },
        ...texts.map((text, n) => wholePerson({ id: `p${n}`, first: nameOf(text), last: nameOf(text) })),
      ],
      records: texts.map((text, n) => wholeRecord({ kind: 'company', id: `co-${n}`, name: nameOf(text) })),
      mail: mailingTo(sink.port),
      limits: mailLimits,
    });
    const before = sink.taken.length;
    for (const [n, text] of texts.entries()) {
      const author = await RawClient.signIn(server, `p${n}`);
      await author.must('start', { text, people: ['bob'], about: { kind: 'company', id: `co-${n}` } });
      await author.close();
    }
    await sink.has(before + texts.length);
    await server.stop();
    const mails = sink.taken.slice(before);
    const pages = await parsed(mails.map(({ mail }) => mail.html ?? ''));
    const at = (text: string) =>
      mails.findIndex(({ mail }) => (mail.text ?? '').split('\n> ').slice(1).join('\n').startsWith(text));
    const harmless = at('harmless');
    expect(harmless).toBeGreaterThanOrEqual(0);
    expect(new Set(mails.map(keysOf))).toEqual(new Set([keysOf(mails[harmless] as Taken)]));
    expect(new Set(mails.flatMap(({ to }) => to))).toEqual(new Set(['bob@example.com']));
    for (const [n, { mail }] of mails.entries()) {
      // Each line of the message is an element of its own; beyond them nothing may differ from the harmless mail.
      const lineTags = (count: number) => `p,${'p,'.repeat(count)}`;
      const expected = pages[harmless]?.tags.replace(lineTags(1), lineTags(lines(mails[n])));
      expect(pages[n]?.tags.replace(/,br/g, ''), mail.subject).toBe(expected);
      expect(pages[n]?.attributes).toBe(pages[harmless]?.attributes);
    }
    const subjects = mails.map(({ mail }) => bare(mail.subject));
    for (const name of names) {
      expect(subjects.some((subject) => subject.startsWith(bare(`Conversation about`) + begin(name)))).toBe(true);
    }
    const plain = mails.map(({ mail }) => bare(mail.text));
    const shown = pages.map(({ text }) => bare(text));
    for (const text of hostileTexts) {
      // Without the marks of quoting, which stand before every line.
      const wanted = bare(text).replaceAll('>', '');
      expect(
        plain.some((one) => one.replaceAll('>', '').includes(wanted)),
        text,
      ).toBe(true);
      expect(
        shown.some((one) => one.includes(bare(text))),
        text,
      ).toBe(true);
    }
  });
});

describe('[ALERT-4] header injections', () => {
  const news = (name: string): MailNews => ({
    conversation: 'c',
    person: name,
    address: 'bob@example.com',
    from: 1,
    isFirst: true,
    about: { kind: 'company', id: 'co-1', name, restricted: false },
    starter: name,
    others: [name],
    unread: 1,
    authors: [name],
    messages: [{ author: name, text: name }],
  });
  const date = new Date(1_800_000_000_000);

  it(`arrive as text, all ${injections.length} of them, also where a directory would not have let them in`, async () => {
    expect(injections.length).toBeGreaterThanOrEqual(50);
    const { sender, settings } = mailingTo(sink.port);
    const send = async (name: string, about: boolean): Promise<Taken> => {
      const before = sink.taken.length;
      const told = about ? news(name) : { ...news(name), about: null };
      expect(await sender.send(composeMail(told, settings, date, limits))).toEqual({ is: 'sent' });
      return (await sink.has(before + 1))[before] as Taken;
    };
    const harmless = await send('harmless', true);
    for (const injection of injections) {
      for (const about of [true, false]) {
        const taken = await send(injection, about);
        expect(keysOf(taken), injection).toBe(keysOf(harmless));
        expect(taken.to).toEqual(['bob@example.com']);
        expect(taken.mail.to).toEqual(harmless.mail.to);
        expect(taken.mail.from).toEqual(harmless.mail.from);
        expect(taken.mail.bcc).toBeUndefined();
        expect(taken.mail.messageId).toMatch(/^<[0-9a-f]{40}@crm\.example>$/);
        expect(taken.mail.subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
        const opening = about ? 'Conversation about' : 'Conversation with';
        expect(bare(taken.mail.subject)).toBe(bare(opening) + begin(injection));
        expect(bare(taken.mail.text).replaceAll('>', '')).toContain(bare(injection).replaceAll('>', ''));
        // Two parts, each of its own type: nothing ended one early or began a third.
        expect(taken.raw.match(/^content-type: .*/gim)?.map((line) => line.replace(/;.*/, '').trim())).toEqual([
          'Content-Type: multipart/alternative',
          'Content-Type: text/plain',
          'Content-Type: text/html',
        ]);
      }
    }
    sender.close();
  });

  it('reach no mail through the settings of a link: ids of people and conversations are encoded', () => {
    const linkUrl = 'https://crm.example/?open={conversation}&as={person}';
    const { settings } = mailingTo(sink.port, { linkUrl });
    const id = `"><script>'&?#/ @{person}`;
    const mail = composeMail({ ...news('x'), person: id, conversation: id }, settings, date, limits);
    expect(mail.unsubscribe.url).toBe(`https://crm.example/unsubscribe/${encodeURIComponent(id)}`);
    expect(mail.html).not.toContain('<script>');
    const encoded = encodeURIComponent(id);
    expect(mail.text).toContain(`https://crm.example/?open=${encoded}&as=${encoded}\n`);
  });
});
