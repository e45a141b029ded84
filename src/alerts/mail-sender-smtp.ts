/**
 * Mails over SMTP, with nodemailer: a pool of connections, certificates checked, an end set to every wait. Repeating is
 * not its business: a mail is tried once, except where the server had closed an idle connection before a byte of it went.
 */
import { createTransport } from 'nodemailer';
import { encodeWord } from 'nodemailer/lib/mime-funcs';
import type { Limits } from '../limits.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Mail, MailSender, SendResult } from './mail-sender.ts';

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** `starttls`: refuse to go on without; `tls`: from the first byte; `none`: never, for loopback. */
  readonly encryption: 'starttls' | 'tls' | 'none';
  readonly auth: { readonly user: string; readonly password: string } | null;
}

/** How long a connection nobody needs is kept; servers wait for five minutes at least. */
const idleMs = 30_000;
/** RFC 2047 has 75 with what stands around it. */
const encodedWordMaxBytes = 52;

export function createSmtpSender(options: SmtpOptions, clock: Clock, limits: Limits): MailSender {
  const transport = createTransport({
    pool: true,
    host: options.host,
    port: options.port,
    secure: options.encryption === 'tls',
    requireTLS: options.encryption === 'starttls',
    ignoreTLS: options.encryption === 'none',
    ...(options.auth === null
      ? {}
      : { auth: { user: options.auth.user, pass: options.auth.password }, forceAuth: true }),
    maxConnections: limits.mailsInFlightMax,
    maxRequeues: 1,
    idleTimeout: idleMs,
    connectionTimeout: limits.mailConnectMs,
    greetingTimeout: limits.mailConnectMs,
    dnsTimeout: limits.mailConnectMs,
    // Behind the deadline of each mail, so that silence is that mail's fault before it is the connection's.
    socketTimeout: limits.mailDeadlineMs * 2,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const underWay = new Set<AbortController>();
  return {
    async send(mail) {
      const abort = new AbortController();
      underWay.add(abort);
      // The library's own time-outs are of silence: a server that trickles would outlast them.
      const deadline = clock.after(limits.mailDeadlineMs, () => abort.abort());
      try {
        await transport.sendMail({ ...messageOf(mail), signal: abort.signal });
        return { is: 'sent' };
      } catch (error) {
        return resultOf(error as SmtpFailure);
      } finally {
        deadline.cancel();
        underWay.delete(abort);
      }
    },
    close() {
      for (const abort of underWay) abort.abort();
      transport.close();
    },
  };
}

/** Addresses as objects and headers as fields: nothing is ever parsed out of a text. */
function messageOf(mail: Mail) {
  const { url, address } = mail.unsubscribe;
  const mailto = `mailto:${encodeURI(address)}?subject=unsubscribe`;
  return {
    from: { name: mail.from.name, address: mail.from.address },
    to: { name: '', address: mail.to },
    ...(mail.replyTo === null ? {} : { replyTo: { name: '', address: mail.replyTo } }),
    envelope: { from: mail.from.address, to: [mail.to] },
    // What spells an encoded word would be passed on as one, and be read as whatever it says.
    subject: mail.subject.includes('=?') ? encodeWord(mail.subject, 'Q', encodedWordMaxBytes) : mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: mail.messageId,
    inReplyTo: mail.thread,
    references: [mail.thread],
    date: mail.date,
    list: { unsubscribe: [url === null ? [mailto] : [url, mailto]] },
    headers: {
      // RFC 3834 and its older relatives: no out-of-office answers to a machine.
      'Auto-Submitted': 'auto-generated',
      Precedence: 'bulk',
      'X-Auto-Response-Suppress': 'All',
      ...(url?.startsWith('https:') ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

interface SmtpFailure {
  readonly code?: string;
  /** What the system or OpenSSL called it, where one of them did. */
  readonly originalCode?: string;
  /** Of the server's reply, where there was one. */
  readonly responseCode?: number;
  /** What the server was asked for last. */
  readonly command?: string;
}

/** Replies that mean sign-in, whatever they answer to: 530 required, 534 and 535 failed, 538 not without encryption. */
const signInReplies: readonly number[] = [530, 534, 535, 538];

/** Names of the system, such as ECONNREFUSED, and not of OpenSSL or a certificate. */
const systemFault = /^E[A-Z0-9]+$/;

function resultOf(failure: SmtpFailure): SendResult {
  const { code: fault = 'unknown', originalCode = fault, responseCode: reply = 0, command = '' } = failure;
  const code = reply === 0 ? originalCode : String(reply);
  if (fault === 'EABORT') return { is: 'later', code: 'timeout' };
  if (fault === 'EAUTH' || fault === 'ENOAUTH' || signInReplies.includes(reply)) {
    // 454: the server's own trouble with passwords, which passes by itself.
    return { is: 'down', cause: reply === 454 ? 'connection' : 'sign-in', code };
  }
  if (fault === 'ETLS' || (fault === 'ESOCKET' && !systemFault.test(originalCode)))
    return { is: 'down', cause: 'encryption', code };
  const isAboutMail = (fault === 'EENVELOPE' || fault === 'EMESSAGE') && reply !== 421;
  if (!isAboutMail) return { is: 'down', cause: 'connection', code };
  // Without a reply the library itself refused: an address that SMTP cannot carry, a mail above the server's bound.
  const isForEver = reply === 0 || (reply >= 500 && reply !== 503);
  if (!isForEver) return { is: 'later', code };
  // 552 is about the mail's size; every other refusal of the sender would meet each mail alike.
  const isAboutSender = command === 'MAIL FROM' && reply !== 0 && reply !== 552;
  return isAboutSender ? { is: 'down', cause: 'sender', code } : { is: 'refused', code };
}
