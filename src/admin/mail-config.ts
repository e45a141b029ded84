/** What the configuration says about e-mail: every error at once, or what the server and its SMTP adapter take. */
import addressparser from 'nodemailer/lib/addressparser';
import type { MailSettings } from '../alerts/mail.ts';
import type { Mailbox } from '../alerts/mail-sender.ts';
import type { SmtpOptions } from '../alerts/mail-sender-smtp.ts';
import { isEmailAddress } from '../directory/entity-validation.ts';
import { type Config, type ConfigKey, kebabOf } from './config-keys.ts';
import { smtpPasswordOf } from './config-secrets.ts';
import { isLoopback } from './loopback.ts';

export interface MailConfig {
  readonly smtp: SmtpOptions;
  readonly settings: MailSettings;
}

/** Keys that are of no use while no mail server is named. */
const keysOfMail: readonly ConfigKey[] = [
  'smtpPort',
  'smtpUser',
  'smtpPassword',
  'smtpPasswordFile',
  'mailFrom',
  'mailReplyTo',
  'mailLinkUrl',
  'mailUnsubscribeUrl',
  'mailUnsubscribeAddress',
];

/** Every error, each with what to do about it; none where nothing is said about e-mail. Reads no file. */
export function mailErrors(config: Config): string[] {
  if (config.smtpHost === null && config.smtpUrl === null) {
    const idle = keysOfMail.filter((key) => config[key] !== null).map(kebabOf);
    return idle.length === 0
      ? []
      : [`no e-mail would be sent: set smtp-host or smtp-url, or leave out ${idle.join(', ')}`];
  }
  return [...serverErrors(config), ...settingsErrors(config)];
}

/** Null = no e-mail. For a configuration without `mailErrors`; throws `SecretUnreadable`. */
export function mailConfigOf(config: Config): MailConfig | null {
  const server = serverOf(config);
  if (server === null) return null;
  const from = mailboxOf(config.mailFrom) as Mailbox;
  const password = server.password ?? smtpPasswordOf(config);
  return {
    smtp: {
      host: server.host,
      port: server.port,
      encryption: server.encryption,
      auth: server.user === null ? null : { user: server.user, password: password ?? '' },
    },
    settings: {
      from,
      replyTo: config.mailReplyTo,
      linkUrl: config.mailLinkUrl,
      unsubscribeUrl: config.mailUnsubscribeUrl,
      unsubscribeAddress: config.mailUnsubscribeAddress ?? config.mailReplyTo ?? from.address,
      includeText: config.mailText,
      language: config.mailLanguage,
    },
  };
}

interface NamedServer extends Omit<SmtpOptions, 'auth'> {
  readonly user: string | null;
  /** Of the URL; null where it stands elsewhere. */
  readonly password: string | null;
}

/** Null where no server is named, or not in a form that can be read. */
function serverOf(config: Config): NamedServer | null {
  const url = urlOf(config.smtpUrl);
  if (config.smtpUrl !== null) {
    if (url === null) return null;
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const encryption = url.protocol === 'smtps:' ? 'tls' : encryptionOf(config, host, null);
    return {
      host,
      port: url.port === '' ? portOf(encryption) : Number(url.port),
      encryption,
      user: url.username === '' ? null : decodeURIComponent(url.username),
      password: url.password === '' ? null : decodeURIComponent(url.password),
    };
  }
  const { smtpHost: host, smtpPort: port, smtpUser: user } = config;
  if (host === null) return null;
  const encryption = encryptionOf(config, host, port);
  return { host, port: port ?? portOf(encryption), encryption, user, password: null };
}

/** Mail stays encrypted on its way unless it never leaves this machine. */
function encryptionOf({ smtpTls }: Config, host: string, port: number | null): SmtpOptions['encryption'] {
  if (smtpTls !== 'auto') return smtpTls;
  if (port === 465) return 'tls';
  return isLoopback(host) ? 'none' : 'starttls';
}

function portOf(encryption: SmtpOptions['encryption']): number {
  return encryption === 'tls' ? 465 : 587;
}

function serverErrors(config: Config): string[] {
  const errors: string[] = [];
  const server = serverOf(config);
  if (server === null) return ['smtp-url must be like smtp://user:password@mail.example:587 or smtps://mail.example'];
  const beside: ConfigKey[] = ['smtpPort', 'smtpUser', 'smtpPassword', 'smtpPasswordFile'];
  const doubled = config.smtpUrl === null ? [] : beside.filter((key) => config[key] !== null);
  if (doubled.length > 0) errors.push(`smtp-url says it all: leave out ${doubled.map(kebabOf).join(', ')}`);
  const hasPassword = [server.password, config.smtpPassword, config.smtpPasswordFile].some((one) => one !== null);
  if (server.user !== null && !hasPassword) errors.push('smtp-user needs smtp-password or smtp-password-file');
  if (server.user === null && hasPassword) errors.push('the password for the mail server needs smtp-user');
  if (server.encryption === 'none' && server.user !== null && !isLoopback(server.host)) {
    errors.push('smtp-tls = none would send the password in clear: only a mail server on this machine may be asked so');
  }
  return errors;
}

function settingsErrors(config: Config): string[] {
  const { mailFrom, mailReplyTo, mailUnsubscribeAddress, mailLinkUrl, mailUnsubscribeUrl } = config;
  const isAddress = (address: string | null) => address === null || isEmailAddress(address);
  const checks: [boolean, string][] = [
    [mailboxOf(mailFrom) !== null, 'mail-from must be set, like Parley <parley@crm.example>'],
    [isAddress(mailReplyTo), 'mail-reply-to must be an e-mail address'],
    [isAddress(mailUnsubscribeAddress), 'mail-unsubscribe-address must be an e-mail address'],
    [isTemplate(mailLinkUrl, '{conversation}'), 'mail-link-url must be an http or https URL with {conversation} in it'],
    [
      isTemplate(mailUnsubscribeUrl, '{person}'),
      'mail-unsubscribe-url must be an http or https URL with {person} in it',
    ],
  ];
  return checks.flatMap(([good, error]) => (good ? [] : [error]));
}

function mailboxOf(text: string | null): Mailbox | null {
  if (text === null || /\p{Cc}/u.test(text)) return null;
  const [one, ...others] = addressparser(text);
  if (one === undefined || one.group !== undefined || others.length > 0 || !isEmailAddress(one.address)) return null;
  return { name: one.name, address: one.address };
}

function isTemplate(url: string | null, hole: string): boolean {
  if (url === null) return true;
  const filled = url.replaceAll(hole, 'x');
  return url.includes(hole) && URL.canParse(filled) && /^https?:$/.test(new URL(filled).protocol);
}

function urlOf(text: string | null): URL | null {
  if (text === null || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isServer = /^smtps?:$/.test(url.protocol) && url.hostname !== '' && /^\/?$/.test(url.pathname);
  return isServer && url.search === '' && url.hash === '' ? url : null;
}
