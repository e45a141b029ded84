/**
 * A mail from the news for its reader: pure. Names go into the subject, one line of them, without controls; a message's
 * text goes into the two bodies only, and only where the policy says so. In the plain part each of its lines is quoted,
 * in HTML it is escaped, so that no user text passes for a line or a tag of ours.
 */
import { createHash } from 'node:crypto';
import type { Limits } from '../limits.ts';
import type { MailNews } from './mail-news.ts';
import type { Mail, Mailbox } from './mail-sender.ts';
import { type MailLanguage, type MailTexts, mailTexts } from './mail-texts.ts';
import { escapeHtml, linesOf, oneLine } from './user-text.ts';

export interface MailSettings {
  readonly from: Mailbox;
  readonly replyTo: string | null;
  /** Of the CRM: `{conversation}` stands for the id, `{person}` for the reader's. Null = no link. */
  readonly linkUrl: string | null;
  /** RFC 8058, answered by the CRM: `{person}` stands for the reader's id. */
  readonly unsubscribeUrl: string | null;
  readonly unsubscribeAddress: string;
  /** Does the messages' text leave with the mail? */
  readonly includeText: boolean;
  readonly language: MailLanguage;
}

export type MailLimits = Pick<Limits, 'mailNameMaxChars' | 'mailNamesMax' | 'mailTextMaxChars'>;

/** Everything that both bodies show, cleaned and put into words. */
interface Wording {
  readonly news: string;
  /** Name and value. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly messages: readonly { readonly author: string; readonly lines: readonly string[] }[];
  readonly earlier: string | null;
  readonly link: string | null;
  readonly unsubscribe: string | null;
}

export function composeMail(news: MailNews, settings: MailSettings, date: Date, limits: MailLimits): Mail {
  const texts = mailTexts[settings.language];
  const wording = wordingOf(news, settings, texts, limits);
  const domain = settings.from.address.slice(settings.from.address.lastIndexOf('@') + 1);
  return {
    from: settings.from,
    to: news.address,
    replyTo: settings.replyTo,
    subject: `${news.isFirst ? '' : texts.again}${subjectOf(news, texts, limits)}`,
    text: plainOf(wording, texts),
    html: htmlOf(wording, texts),
    messageId: `<${digest(news.conversation, news.person, String(news.from))}@${domain}>`,
    thread: `<${digest(news.conversation)}@${domain}>`,
    unsubscribe: { url: wording.unsubscribe, address: settings.unsubscribeAddress },
    date,
  };
}

/** Ids of people may hold what ends a Message-ID, so none stands in one. */
function digest(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 40);
}

function subjectOf(news: MailNews, texts: MailTexts, { mailNameMaxChars }: MailLimits): string {
  const about = aboutOf(news, texts, mailNameMaxChars);
  if (about !== null) return texts.subject.about(about);
  return news.starter === null ? texts.subject.own : texts.subject.with(oneLine(news.starter, mailNameMaxChars));
}

/** SEE-4: the name, or the kind and that it is restricted. */
function aboutOf({ about }: MailNews, texts: MailTexts, maxChars: number): string | null {
  if (about === null) return null;
  return about.restricted ? texts.restricted(texts.kinds[about.kind]) : oneLine(about.name, maxChars);
}

function wordingOf(news: MailNews, settings: MailSettings, texts: MailTexts, limits: MailLimits): Wording {
  const { mailNameMaxChars, mailNamesMax, mailTextMaxChars } = limits;
  const clean = (name: string) => oneLine(name, mailNameMaxChars);
  const listed = (names: readonly string[]): string => {
    const shown = names.slice(0, mailNamesMax).map(clean);
    return texts.list(names.length > mailNamesMax ? [...shown, texts.more(names.length - mailNamesMax)] : shown);
  };
  const about = aboutOf(news, texts, mailNameMaxChars);
  const hidden = news.unread - news.messages.length;
  const { linkUrl, unsubscribeUrl, includeText } = settings;
  const filled = (url: string | null) =>
    url
      ?.replaceAll('{conversation}', () => encodeURIComponent(news.conversation))
      .replaceAll('{person}', () => encodeURIComponent(news.person)) ?? null;
  return {
    news: news.authors.length === 0 ? texts.unnamedNews(news.unread) : texts.news(news.unread, listed(news.authors)),
    facts: [
      ...(about === null ? [] : [[texts.about, about] as const]),
      ...(news.others.length === 0 ? [] : [[texts.participants, listed(news.others)] as const]),
    ],
    messages: includeText
      ? news.messages.map(({ author, text }) => ({
          author: clean(author),
          lines: text === null ? [texts.erased] : linesOf(text, mailTextMaxChars),
        }))
      : [],
    earlier: includeText && hidden > 0 ? texts.earlier(hidden) : null,
    link: filled(linkUrl),
    unsubscribe: filled(unsubscribeUrl),
  };
}

function plainOf(wording: Wording, texts: MailTexts): string {
  const { news, facts, messages, earlier, link, unsubscribe } = wording;
  const blocks = [
    [news],
    facts.map(([name, value]) => `${name}: ${value}`),
    ...(earlier === null ? [] : [[earlier]]),
    ...messages.map(({ author, lines }) => [`${author}:`, ...lines.map((line) => `> ${line}`)]),
    [link === null ? texts.openThere : `${texts.open}: ${link}`],
    // The line that mail programs take for the end of what was written.
    ['-- ', texts.whyThisMail, ...(unsubscribe === null ? [] : [`${texts.unsubscribe}: ${unsubscribe}`])],
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

const style = {
  body: 'margin:0;padding:24px;background:#f4f5f7;color:#1c2330;font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif',
  card: 'max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border:1px solid #dfe3e8;border-radius:8px',
  news: 'margin:0 0 16px;font-size:18px;font-weight:600',
  fact: 'margin:0 0 4px;color:#4a5568',
  message: 'margin:16px 0 0;padding:0 0 0 12px;border-left:3px solid #c3cad4',
  author: 'margin:0;font-weight:600',
  line: 'margin:0;white-space:pre-wrap;overflow-wrap:anywhere',
  open: 'display:inline-block;margin:24px 0 0;padding:9px 16px;background:#1d4ed8;color:#ffffff;border-radius:6px;text-decoration:none',
  foot: 'max-width:560px;margin:16px auto 0;color:#5b6472;font-size:13px',
} as const;

/** Text with a direction of its own in the element of that style. */
function element(tag: 'p' | 'h1', name: keyof typeof style, content: string): string {
  return `<${tag} dir="auto" style="${escapeHtml(style[name])}">${content}</${tag}>`;
}

function htmlOf(wording: Wording, texts: MailTexts): string {
  const { news, facts, messages, earlier, link, unsubscribe } = wording;
  const linkTo = (url: string, text: string, look = '') =>
    `<a href="${escapeHtml(url)}"${look}>${escapeHtml(text)}</a>`;
  const said = messages.map(({ author, lines }) => {
    const quoted = lines.map((line) => element('p', 'line', escapeHtml(line) || '<br>')).join('');
    return `<div style="${style.message}">${element('p', 'author', escapeHtml(author))}${quoted}</div>`;
  });
  return [
    `<!doctype html><html lang="${texts.language}"><head><meta charset="utf-8"><title>${escapeHtml(news)}</title></head>`,
    `<body style="${escapeHtml(style.body)}"><div style="${style.card}">`,
    element('h1', 'news', escapeHtml(news)),
    ...facts.map(([name, value]) => element('p', 'fact', `${escapeHtml(name)}: <bdi>${escapeHtml(value)}</bdi>`)),
    ...(earlier === null ? [] : [element('p', 'fact', escapeHtml(earlier))]),
    ...said,
    link === null
      ? element('p', 'fact', escapeHtml(texts.openThere))
      : linkTo(link, texts.open, ` style="${style.open}"`),
    `</div><div style="${style.foot}">${escapeHtml(texts.whyThisMail)}`,
    ...(unsubscribe === null ? [] : [` ${linkTo(unsubscribe, texts.unsubscribe)}`]),
    '</div></body></html>',
  ].join('\n');
}
