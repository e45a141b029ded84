/** The way to the mail server, encrypted: a whole server in a process of its own, and a mail server with a certificate. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Certificate, certificateFor } from '../support/certificate.ts';
import { type RunningServer, serveCli } from '../support/cli.ts';
import { type MailSink, startMailSink } from '../support/mail-sink.ts';
import { metricOf } from '../support/metric.ts';
import { temporaryDirectory } from '../support/server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function newDirectory(): string {
  const { path, remove } = temporaryDirectory();
  cleanups.push(remove);
  return path;
}

type Encryption = 'starttls' | 'tls';
const password = 'only over TLS';
/** As the log writes it. */
const errorLevel = 50;

/** Takes a password only over TLS, and mails only from who gave it. */
async function secureSink(encryption: Encryption, { key, cert }: Certificate): Promise<MailSink> {
  const server = { key, cert, secure: encryption === 'tls', disabledCommands: [], allowInsecureAuth: false };
  const sink = await startMailSink({ password }, { server });
  cleanups.push(() => sink.close());
  return sink;
}

/** A demo that mails what its people have not read. */
async function demo(
  path: string,
  sink: MailSink,
  encryption: Encryption,
  trusted: Certificate | null,
): Promise<RunningServer> {
  const passwordFile = join(path, 'password');
  writeFileSync(passwordFile, password);
  const env: Record<string, string> = {};
  if (trusted !== null) {
    env.NODE_EXTRA_CA_CERTS = join(path, 'ca.pem');
    writeFileSync(env.NODE_EXTRA_CA_CERTS, trusted.cert);
  }
  const flags = {
    'data-dir': join(path, 'data'),
    'smtp-host': '127.0.0.1',
    'smtp-port': String(sink.port),
    'smtp-tls': encryption,
    'smtp-user': 'parley',
    'smtp-password-file': passwordFile,
    'mail-from': 'crm@example.com',
    'mail-wait-seconds': '1',
  };
  const args = ['--demo', ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])];
  const server = await serveCli(args, { env });
  cleanups.push(() => server.child.kill('SIGKILL'));
  return server;
}

const waiting = (server: RunningServer) => metricOf(server, 'parley_outbox_rows');

/** Lines of the log about the mail server, as the operator reads them. */
function saidOfTheMailServer(server: RunningServer): { level: number; msg: string; cause?: string; code?: string }[] {
  return server
    .stderr()
    .split('\n')
    .filter((line) => line.includes('"msg":"the mail server'))
    .map((line) => JSON.parse(line));
}

describe('a mail server with TLS', () => {
  it.each<Encryption>(['starttls', 'tls'])(
    '[ALERT-3] (%s) whose certificate is trusted gets the password and every mail, over TLS alone',
    async (encryption) => {
      const certificate = certificateFor('127.0.0.1');
      const sink = await secureSink(encryption, certificate);
      const server = await demo(newDirectory(), sink, encryption, certificate);
      await sink.has(1);
      await expect.poll(() => waiting(server), { timeout: 30_000 }).toBe(0);
      await server.stop();
      expect(sink.taken.length).toBeGreaterThan(1);
      expect(sink.signIns).toBeGreaterThan(0);
      expectEachOnce(sink, sink.taken.length);
      expect(saidOfTheMailServer(server)).toEqual([]);
    },
  );

  it.each<[string, Encryption, Certificate, boolean, string]>([
    ['nobody vouches for', 'starttls', certificateFor('127.0.0.1'), false, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['is another server’s', 'tls', certificateFor('mail.example'), true, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])(
    '[ALERT-3] whose certificate %s (%s) gets nothing; the log says why once, and with the right one each mail comes once',
    async (_, encryption, wrong, isTrusted, code) => {
      const path = newDirectory();
      const before = await secureSink(encryption, wrong);
      const first = await demo(path, before, encryption, isTrusted ? wrong : null);
      const retried = () => metricOf(first, 'parley_mails_total{outcome="retried"}');
      await expect.poll(retried, { timeout: 30_000 }).toBeGreaterThan(1);
      const kept = await waiting(first);
      expect(kept).toBeGreaterThan(1);
      expect([before.taken, before.tried, before.signIns]).toEqual([[], [], 0]);
      const msg = 'the mail server takes no mails; they are kept and tried again';
      expect(saidOfTheMailServer(first)).toEqual([
        expect.objectContaining({ level: errorLevel, cause: 'encryption', code, msg }),
      ]);
      expect(await first.stop()).toEqual({ code: 0, signal: null });

      const right = certificateFor('127.0.0.1');
      const after = await secureSink(encryption, right);
      const second = await demo(path, after, encryption, right);
      await after.has(kept);
      await expect.poll(() => waiting(second), { timeout: 30_000 }).toBe(0);
      await second.stop();
      expectEachOnce(after, kept);
      expect(first.stderr() + second.stderr()).not.toMatch(/@(demo\.)?example|only over TLS/);
    },
  );
});

function expectEachOnce({ taken }: MailSink, count: number): void {
  expect(taken).toHaveLength(count);
  expect(new Set(taken.map(({ mail }) => mail.messageId)).size).toBe(count);
  expect(taken.every(({ secure }) => secure)).toBe(true);
}
