import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningServer, serveCli } from '../support/cli.ts';
import { startMailSink } from '../support/mail-sink.ts';
import { metricOf } from '../support/metric.ts';
import { temporaryDirectory } from '../support/server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const waiting = (server: RunningServer) => metricOf(server, 'parley_outbox_rows');

describe('parley serve with a mail server', () => {
  it('[ALERT-3] mails what nobody read, once over a restart, signed in with the password of a file', async () => {
    const { path, remove } = temporaryDirectory();
    cleanups.push(remove);
    const sink = await startMailSink({ password: 'of the file' });
    cleanups.push(() => sink.close());
    const file = join(path, 'password');
    writeFileSync(file, 'of the file\n');
    const flags = {
      'data-dir': join(path, 'data'),
      'smtp-host': '127.0.0.1',
      'smtp-port': String(sink.port),
      'smtp-user': 'parley',
      'smtp-password-file': file,
      'mail-from': 'The CRM <crm@example.com>',
      'mail-wait-seconds': '1',
    };
    const args = ['--demo', ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])];
    const first = await serveCli(args);
    cleanups.push(() => first.child.kill('SIGKILL'));
    await sink.has(1);
    await expect.poll(() => waiting(first), { timeout: 20_000 }).toBe(0);
    const mails = sink.taken.length;
    expect(mails).toBeGreaterThan(1);
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    const second = await serveCli(args);
    cleanups.push(() => second.child.kill('SIGKILL'));
    expect(await waiting(second)).toBe(0);
    await second.stop();
    expect(sink.taken).toHaveLength(mails);
    expect(new Set(sink.taken.map(({ mail }) => mail.messageId)).size).toBe(mails);
    expect(sink.taken[0]?.mail.from).toEqual({ name: 'The CRM', address: 'crm@example.com' });
    expect(first.stderr() + second.stderr()).not.toMatch(/@example|of the file/);
  });
});
