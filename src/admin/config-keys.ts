/**
 * The one table of what can be configured. Flags, environment, file, `parley config doc` and the typed `Config` all
 * follow from it: the flag is the key in kebab case (`--admin-port`), so is the key in the TOML file, and the variable
 * is the same in capitals (`PARLEY_ADMIN_PORT`).
 */
import type { LogLevel } from '../runtime/log.ts';

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly adminHost: string;
  readonly adminPort: number;
  readonly dataDir: string;
  readonly erasureLedger: string | null;
  readonly partitions: number;
  readonly transport: 'auto' | 'uws' | 'ws';
  readonly allowedOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly authSecret: string | null;
  readonly authSecretFile: string | null;
  readonly authJwksFile: string | null;
  readonly authJwksUrl: string | null;
  readonly authIssuer: string;
  readonly authAudience: string;
  readonly adminToken: string | null;
  readonly adminTokenFile: string | null;
  readonly logLevel: LogLevel;
  readonly smtpUrl: string | null;
  readonly smtpHost: string | null;
  readonly smtpPort: number | null;
  readonly smtpTls: 'auto' | 'starttls' | 'tls' | 'none';
  readonly smtpUser: string | null;
  readonly smtpPassword: string | null;
  readonly smtpPasswordFile: string | null;
  readonly mailFrom: string | null;
  readonly mailReplyTo: string | null;
  readonly mailLinkUrl: string | null;
  readonly mailUnsubscribeUrl: string | null;
  readonly mailUnsubscribeAddress: string | null;
  readonly mailText: boolean;
  readonly mailLanguage: 'en' | 'de';
  readonly mailWaitSeconds: number;
  readonly commandsPerSecond: number;
  readonly commandsBurst: number;
  readonly connectionsPerAddress: number;
  readonly connectionsPerAddressBurst: number;
  readonly failedSignInsPerAddress: number;
  readonly conversationDeliveriesPerSecond: number;
  readonly conversationDeliveriesBurst: number;
  readonly sessionsPerPerson: number;
  readonly residentConversations: number;
  readonly residentMebibytes: number;
  readonly drainSeconds: number;
  readonly demo: boolean;
}
export type ConfigKey = keyof Config;

export type KeyType =
  | { readonly is: 'text' | 'path' | 'list' | 'boolean' }
  | { readonly is: 'whole number'; readonly min: number; readonly max: number }
  | { readonly is: 'choice'; readonly of: readonly string[] };

export interface KeyInfo<T> {
  readonly type: KeyType;
  readonly default: T;
  readonly unit?: string;
  readonly description: string;
  /** Masked wherever the configuration is shown. */
  readonly secret?: true;
}

const text: KeyType = { is: 'text' };
const path: KeyType = { is: 'path' };
const whole = (min: number, max: number): KeyType => ({ is: 'whole number', min, max });
const choice = (...of: string[]): KeyType => ({ is: 'choice', of });

export const configKeys: { readonly [K in ConfigKey]: KeyInfo<Config[K]> } = {
  host: { type: text, default: '127.0.0.1', description: 'Address that clients connect to.' },
  port: { type: whole(0, 65_535), default: 8787, description: 'Port for clients; 0 = any free one.' },
  adminHost: { type: text, default: '127.0.0.1', description: 'Address of health, metrics and the admin interface.' },
  adminPort: { type: whole(0, 65_535), default: 8788, description: 'Port of those; 0 = any free one.' },
  dataDir: { type: path, default: './data', description: 'Directory of everything that lasts.' },
  erasureLedger: {
    type: path,
    default: null,
    description:
      'File that notes erasures and outlives the data directory; without it the name of that with .erasures.',
  },
  partitions: {
    type: whole(1, 256),
    default: 1,
    description: 'Partitions of the journal; counts only when the data directory is made.',
  },
  transport: {
    type: choice('auto', 'uws', 'ws'),
    default: 'auto',
    description: 'WebSocket server; auto = uWebSockets.js where its binary loads, otherwise ws.',
  },
  allowedOrigins: {
    type: { is: 'list' },
    default: [],
    description: "Origins that browsers may come from; empty = the server's own.",
  },
  trustedProxies: {
    type: { is: 'list' },
    default: [],
    description:
      'Reverse proxies whose X-Forwarded-For is believed, as addresses or networks (10.0.0.0/8); without them all who come through a proxy have its address.',
  },
  authSecret: { type: text, default: null, secret: true, description: 'Secret of HS256 tokens, at least 32 bytes.' },
  authSecretFile: { type: path, default: null, description: 'File that holds this secret.' },
  authJwksFile: { type: path, default: null, description: 'Key set (JWKS) for RS256, ES256 or EdDSA tokens.' },
  authJwksUrl: { type: text, default: null, description: 'The same behind an https URL.' },
  authIssuer: { type: text, default: 'parley', description: 'Issuer (iss) that tokens must name.' },
  authAudience: { type: text, default: 'parley', description: 'Audience (aud) that tokens must name.' },
  adminToken: {
    type: text,
    default: null,
    secret: true,
    description: 'Token of the admin interface, at least 16 characters.',
  },
  adminTokenFile: {
    type: path,
    default: null,
    description: 'File that holds this token; without either, the file admin-token in the data directory.',
  },
  logLevel: {
    type: choice('debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    default: 'info',
    description: 'Lowest level that is logged.',
  },
  smtpUrl: {
    type: text,
    default: null,
    secret: true,
    description: 'Mail server as smtp://user:password@host:port, or smtps:// for TLS from the first byte.',
  },
  smtpHost: { type: text, default: null, description: 'Mail server; without it or a URL no e-mail is sent or kept.' },
  smtpPort: { type: whole(1, 65_535), default: null, description: 'Its port; without it 587, with TLS 465.' },
  smtpTls: {
    type: choice('auto', 'starttls', 'tls', 'none'),
    default: 'auto',
    description:
      'Encryption on the way to it; auto = tls on port 465, none to this machine, otherwise STARTTLS or nothing.',
  },
  smtpUser: { type: text, default: null, description: 'User name there.' },
  smtpPassword: { type: text, default: null, secret: true, description: 'Password there.' },
  smtpPasswordFile: { type: path, default: null, description: 'File that holds this password.' },
  mailFrom: { type: text, default: null, description: 'Sender of e-mails, such as Parley <parley@crm.example>.' },
  mailReplyTo: {
    type: text,
    default: null,
    description: 'Address that answers to e-mails go to; the sender without it.',
  },
  mailLinkUrl: {
    type: text,
    default: null,
    description:
      "Page of the CRM that opens a conversation; {conversation} stands for its id, {person} for the reader's.",
  },
  mailUnsubscribeUrl: {
    type: text,
    default: null,
    description: "Page of the CRM for List-Unsubscribe (one click with https); {person} stands for the reader's id.",
  },
  mailUnsubscribeAddress: {
    type: text,
    default: null,
    description: 'Address for List-Unsubscribe; mail-reply-to or the sender without it.',
  },
  mailText: {
    type: { is: 'boolean' },
    default: false,
    description: 'Put what was written into e-mails; otherwise they say only that, from whom and about what.',
  },
  mailLanguage: { type: choice('en', 'de'), default: 'en', description: 'Language of e-mails.' },
  mailWaitSeconds: {
    type: whole(1, 86_400),
    default: 120,
    unit: 'seconds',
    description: 'How long an e-mail waits for its reader to see the message in Parley.',
  },
  commandsPerSecond: {
    type: whole(1, 100_000),
    default: 100,
    unit: 'commands a second',
    description: 'What one person may send, over all sessions.',
  },
  commandsBurst: {
    type: whole(1, 100_000),
    default: 400,
    unit: 'commands',
    description: 'What one person may send at once after a pause.',
  },
  connectionsPerAddress: {
    type: whole(1, 1_000_000),
    default: 1_000,
    unit: 'connections a second',
    description: 'What one address may open; of IPv6 one network of 64 bits.',
  },
  connectionsPerAddressBurst: {
    type: whole(1, 1_000_000),
    default: 10_000,
    unit: 'connections',
    description: 'What one address may open at once after a pause.',
  },
  failedSignInsPerAddress: {
    type: whole(1, 1_000_000),
    default: 60,
    unit: 'a minute',
    description:
      'Bad tokens from one address that are refused by name; those beyond it are told to wait, good ones come in.',
  },
  conversationDeliveriesPerSecond: {
    type: whole(100, 100_000_000),
    default: 1_300_000,
    unit: 'deliveries a second',
    description:
      'What one conversation may cause: each reply, invitation and leave counts once for every participant, and a reply once more for each further 1,024 characters.',
  },
  conversationDeliveriesBurst: {
    type: whole(2_000, 1_000_000_000),
    default: 2_000_000,
    unit: 'deliveries',
    description: 'What one conversation may cause at once after a pause.',
  },
  sessionsPerPerson: {
    type: whole(1, 10_000),
    default: 64,
    unit: 'sessions',
    description: 'Sessions one person may have open.',
  },
  residentConversations: {
    type: whole(100, 10_000_000),
    default: 50_000,
    unit: 'conversations',
    description: 'Conversations kept in memory while nobody asks for them.',
  },
  residentMebibytes: {
    type: whole(1, 1_000_000),
    default: 512,
    unit: 'MiB',
    description: 'About what the conversations in memory may take together; the longest idle ones go first.',
  },
  drainSeconds: {
    type: whole(0, 600),
    default: 5,
    unit: 'seconds',
    description: 'Window over which clients come back after a shutdown.',
  },
  demo: {
    type: { is: 'boolean' },
    default: false,
    description: 'Seeds people, records and conversations, and signs anyone in who comes from this machine.',
  },
};

export const configKeyNames = Object.keys(configKeys) as ConfigKey[];

/** Variables that begin with PARLEY_ and are no keys; the last ones steer the tests, whose servers inherit them. */
export const otherVariables: readonly string[] = [
  'PARLEY_CONFIG',
  'PARLEY_BARS',
  'PARLEY_CORPUS',
  'PARLEY_HISTORIES',
  'PARLEY_SEED',
  'PARLEY_RUNS',
  'PARLEY_PATH',
  'PARLEY_TEST_LOG',
];

/** `adminPort` → `admin-port`: flag and TOML key. */
export function kebabOf(key: ConfigKey): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
/** `adminPort` → `PARLEY_ADMIN_PORT`. */
export function variableOf(key: ConfigKey): string {
  return `PARLEY_${kebabOf(key).replaceAll('-', '_').toUpperCase()}`;
}
