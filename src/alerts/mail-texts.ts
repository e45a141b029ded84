/** The words of a mail, in each language; the type makes every language complete. Names come in as plain text. */
import type { RecordKind } from '../conversation/commands.ts';

export interface MailTexts {
  readonly language: string;
  readonly kinds: { readonly [K in RecordKind]: string };
  /** SEE-4: in place of a record's name. */
  restricted(kind: string): string;
  /** One for all mails of a conversation, so that mail programs keep them together; no names but these. */
  readonly subject: {
    about(record: string): string;
    with(starter: string): string;
    readonly own: string;
  };
  /** Put before the subject of every mail but a conversation's first. */
  readonly again: string;
  news(messages: number, authors: string): string;
  unnamedNews(messages: number): string;
  readonly about: string;
  readonly participants: string;
  more(people: number): string;
  earlier(messages: number): string;
  /** ERASE-1: in place of a message. */
  readonly erased: string;
  readonly open: string;
  /** Without a link. */
  readonly openThere: string;
  readonly whyThisMail: string;
  readonly unsubscribe: string;
  list(names: readonly string[]): string;
}

const plural = (language: string) => {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (count: number, one: string, other: string) =>
    `${numbers.format(count)} ${rules.select(count) === 'one' ? one : other}`;
};
const english = plural('en');
const german = plural('de');
const englishList = new Intl.ListFormat('en');
const germanList = new Intl.ListFormat('de');

export const mailTexts: { readonly en: MailTexts; readonly de: MailTexts } = {
  en: {
    language: 'en',
    kinds: { contact: 'Contact', company: 'Company', household: 'Household', opportunity: 'Opportunity' },
    restricted: (kind) => `${kind} (restricted)`,
    subject: {
      about: (record) => `Conversation about ${record}`,
      with: (starter) => `Conversation with ${starter}`,
      own: 'A conversation that you started',
    },
    again: 'Re: ',
    news: (messages, authors) => `${english(messages, 'unread message', 'unread messages')} from ${authors}`,
    unnamedNews: (messages) => english(messages, 'unread message', 'unread messages'),
    about: 'About',
    participants: 'Participants',
    more: (people) => english(people, 'other', 'others'),
    earlier: (messages) => `${english(messages, 'earlier message is', 'earlier messages are')} not shown here.`,
    erased: 'This message was erased.',
    open: 'Read and reply',
    openThere: 'Read and reply in the CRM, under Conversations.',
    whyThisMail:
      'You receive this because you had not read it yet. Choose what you are mailed under Manage Alerts in Conversations. Replies to this mail do not reach the conversation.',
    unsubscribe: 'Unsubscribe',
    list: (names) => englishList.format(names),
  },
  de: {
    language: 'de',
    kinds: { contact: 'Kontakt', company: 'Firma', household: 'Haushalt', opportunity: 'Verkaufschance' },
    restricted: (kind) => `${kind} (eingeschränkt)`,
    subject: {
      about: (record) => `Unterhaltung zu ${record}`,
      with: (starter) => `Unterhaltung mit ${starter}`,
      own: 'Eine von Ihnen begonnene Unterhaltung',
    },
    again: 'Re: ',
    news: (messages, authors) => `${german(messages, 'ungelesene Nachricht', 'ungelesene Nachrichten')} von ${authors}`,
    unnamedNews: (messages) => german(messages, 'ungelesene Nachricht', 'ungelesene Nachrichten'),
    about: 'Zu',
    participants: 'Teilnehmende',
    more: (people) => german(people, 'weitere Person', 'weitere Personen'),
    earlier: (messages) =>
      `${german(messages, 'frühere Nachricht wird', 'frühere Nachrichten werden')} hier nicht gezeigt.`,
    erased: 'Diese Nachricht wurde gelöscht.',
    open: 'Lesen und antworten',
    openThere: 'Lesen und antworten Sie im CRM unter Unterhaltungen.',
    whyThisMail:
      'Sie erhalten diese E-Mail, weil Sie noch nicht alles gelesen hatten. Unter „Benachrichtigungen verwalten“ in den Unterhaltungen wählen Sie, was Ihnen gemailt wird. Antworten auf diese E-Mail erreichen die Unterhaltung nicht.',
    unsubscribe: 'Abbestellen',
    list: (names) => germanList.format(names),
  },
};

export type MailLanguage = keyof typeof mailTexts;
