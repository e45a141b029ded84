/** A mail server on loopback that keeps what it takes, parsed, and misbehaves on demand. */
import { once } from 'node:events';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { MailSettings } from '../../src/alerts/mail.ts';
import { createSmtpSender, type SmtpOptions } from '../../src/alerts/mail-sender-smtp.ts';
import type { Mailing } from '../../src/alerts/mailer.ts';
import { type Limits, limits } from '../../src/limits.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { freePort } from './free-port.ts';

export interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly mail: Email;
  /** Came over TLS? */
  readonly secure: boolean;
}

/** What a step answers: a reply that refuses, or nothing for yes; it may take its time. */
export type Refusal = { readonly code: number; readonly text?: string } | null;
export interface Behaviour {
  rcpt?: (address: string) => Refusal | Promise<Refusal>;
  sender?: (address: string) => Refusal | Promise<Refusal>;
  /** Behind the whole mail, before the yes. */
  data?: (address: string) => Refusal | Promise<Refusal>;
  password?: string;
}

export interface MailSink {
  readonly port: number;
  /** In the order of the server's yes. */
  readonly taken: readonly Taken[];
  /** Mails whose last byte came, with a yes or without. */
  readonly tried: readonly { readonly to: string; readonly messageId: string }[];
  /** Connections so far, and at most how many were open at once. */
  readonly connections: { readonly total: number; readonly most: number };
  /** Passwords that it was shown, right or wrong. */
  readonly signIns: number;
  readonly behaviour: Behaviour;
  /** Waits until it has taken `count` mails in all. */
  has(count: number): Promise<readonly Taken[]>;
  close(): Promise<void>;
}

/** `port`: where one stood before; without it any. */
export async function startMailSink(
  behaviour: Behaviour = {},
  { port, server = {} }: { port?: number; server?: SMTPServerOptions } = {},
): Promise<MailSink> {
  const taken: Taken[] = [];
  const tried: { to: string; messageId: string }[] = [];
  const connections = { total: 0, most: 0, open: 0 };
  let signIns = 0;
  const smtp = new SMTPServer({
    disabledCommands: behaviour.password === undefined ? ['AUTH', 'STARTTLS'] : ['STARTTLS'],
    authOptional: behaviour.password === undefined,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 100,
    ...server,
    onAuth({ password }, _session, done) {
      signIns += 1;
      if (password === behaviour.password) done(null, { user: 'parley' });
      else done(new Error('wrong password'));
    },
    onConnect(_session, done) {
      connections.total += 1;
      connections.open += 1;
      connections.most = Math.max(connections.most, connections.open);
      done();
    },
    onClose() {
      connections.open -= 1;
    },
    onMailFrom: ({ address }, _session, done) => void answer(behaviour.sender?.(address), done),
    onRcptTo: ({ address }, _session, done) => void answer(behaviour.rcpt?.(address), done),
    onData(stream, session, done) {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        const { mailFrom, rcptTo } = session.envelope;
        const { secure } = session;
        const to = rcptTo.map(({ address }) => address);
        const raw = Buffer.concat(chunks);
        const mail = await PostalMime.parse(raw);
        tried.push({ to: to.join(), messageId: mail.messageId ?? '' });
        await answer(behaviour.data?.(to.join()), (error) => {
          const from = mailFrom ? mailFrom.address : '';
          if (!error) taken.push({ from, to, raw: raw.toString('latin1'), mail, secure });
          done(error);
        });
      })().catch((error: Error) => done(error));
    },
  });
  // A client that hangs up in the middle is one of the things that are tested.
  smtp.on('error', () => {});
  smtp.listen(port ?? (await freePort()), '127.0.0.1');
  await once(smtp.server, 'listening');
  return {
    port: (smtp.server.address() as { port: number }).port,
    taken,
    tried,
    connections,
    get signIns() {
      return signIns;
    },
    behaviour,
    async has(count) {
      const deadline = Date.now() + 30_000;
      while (taken.length < count) {
        if (Date.now() > deadline) throw new Error(`${taken.length} mails came instead of ${count}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return taken;
    },
    close: () => new Promise((resolve) => void smtp.close(() => resolve())),
  };
}

async function answer(refusal: Refusal | Promise<Refusal> | undefined, done: (error?: Error | null) => void) {
  const { code = 0, text = 'no' } = (await refusal) ?? {};
  done(code === 0 ? null : Object.assign(new Error(text), { responseCode: code }));
}

/** Short waits, so that tests need not. */
export const mailLimits: { readonly [name in keyof Limits]?: number } = {
  mailWaitMs: 50,
  outboxSweepMs: 20,
  checkpointIntervalMs: 50,
  mailRetryMinMs: 20,
  mailRetryMaxMs: 100,
};

const mailSettings: MailSettings = {
  from: { name: 'Parley', address: 'parley@crm.example' },
  replyTo: 'help@crm.example',
  linkUrl: 'https://crm.example/conversations?open={conversation}',
  unsubscribeUrl: 'https://crm.example/unsubscribe/{person}',
  unsubscribeAddress: 'unsubscribe@crm.example',
  includeText: true,
  language: 'en',
};

/** Real SMTP to the sink. */
export function mailingTo(
  port: number,
  settings: Partial<MailSettings> = {},
  {
    smtp = {},
    limited = {},
  }: { smtp?: Partial<SmtpOptions>; limited?: { readonly [name in keyof Limits]?: number } } = {},
): Mailing {
  const options: SmtpOptions = { host: '127.0.0.1', port, encryption: 'none', auth: null, ...smtp };
  return {
    sender: createSmtpSender(options, systemClock(), { ...limits, ...mailLimits, ...limited } as Limits),
    settings: { ...mailSettings, ...settings },
  };
}
