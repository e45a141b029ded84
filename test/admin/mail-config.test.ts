import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Config } from '../../src/admin/config-keys.ts';
import { resolveConfig, serveErrors } from '../../src/admin/config-resolve.ts';
import { SecretUnreadable } from '../../src/admin/config-secrets.ts';
import { mailConfigOf, mailErrors } from '../../src/admin/mail-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-mail-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function configOf(flags: Readonly<Record<string, string>>): Config {
  const resolved = resolveConfig({ flags, env: {}, cwd: folder });
  if ('errors' in resolved) throw new Error(resolved.errors.join('\n'));
  return resolved.config;
}
const errorsOf = (flags: Readonly<Record<string, string>>) => mailErrors(configOf(flags)).join('\n');
const mailFrom = 'Parley <parley@crm.example>';
const smtpOf = (flags: Readonly<Record<string, string>>) => mailConfigOf(configOf({ mailFrom, ...flags }))?.smtp;

describe('a configuration that says of e-mail', () => {
  it('nothing is good, and mails nothing', () => {
    expect([mailErrors(configOf({})), mailConfigOf(configOf({}))]).toEqual([[], null]);
  });

  it('a server and a sender needs nothing else; text stays out of mails', () => {
    const config = configOf({ smtpHost: 'mail.example', mailFrom });
    expect(mailErrors(config)).toEqual([]);
    expect(mailConfigOf(config)).toEqual({
      smtp: { host: 'mail.example', port: 587, encryption: 'starttls', auth: null },
      settings: {
        from: { name: 'Parley', address: 'parley@crm.example' },
        replyTo: null,
        linkUrl: null,
        unsubscribeUrl: null,
        unsubscribeAddress: 'parley@crm.example',
        includeText: false,
        language: 'en',
      },
    });
  });

  it('something and no server is told so, also by `config check`', () => {
    const config = configOf({ mailFrom, smtpUser: 'parley', demo: 'true' });
    expect(mailErrors(config)).toEqual(serveErrors(config));
    expect(mailErrors(config)).toEqual([
      'no e-mail would be sent: set smtp-host or smtp-url, or leave out smtp-user, mail-from',
    ]);
  });

  it('every mistake is told every mistake', () => {
    const errors = errorsOf({
      smtpHost: 'mail.example',
      smtpTls: 'none',
      smtpUser: 'parley',
      mailReplyTo: 'nobody',
      mailUnsubscribeAddress: 'a@b@c',
      mailLinkUrl: 'https://crm.example/',
      mailUnsubscribeUrl: 'javascript:{person}',
    });
    for (const key of ['smtp-user needs', 'smtp-tls = none', 'mail-from', 'mail-reply-to', 'mail-link-url']) {
      expect(errors).toContain(key);
    }
    expect(errors.split('\n')).toHaveLength(7);
  });

  it.each(['nobody', 'a@b.example, c@d.example', 'team: a@b.example;', 'X\r\nBcc: a@b.example <a@b.example>', '<>'])(
    'a sender such as %j is refused',
    (sender) => {
      expect(errorsOf({ smtpHost: 'mail.example', mailFrom: sender })).toContain('mail-from must be set');
    },
  );
});

describe('the way to the mail server', () => {
  it('is encrypted unless it never leaves this machine', () => {
    expect(smtpOf({ smtpHost: 'mail.example' })).toMatchObject({ port: 587, encryption: 'starttls' });
    expect(smtpOf({ smtpHost: 'mail.example', smtpPort: '465' })).toMatchObject({ port: 465, encryption: 'tls' });
    expect(smtpOf({ smtpHost: 'mail.example', smtpTls: 'tls' })).toMatchObject({ port: 465, encryption: 'tls' });
    expect(smtpOf({ smtpHost: '127.0.0.1', smtpPort: '25' })).toMatchObject({ port: 25, encryption: 'none' });
    expect(smtpOf({ smtpHost: 'localhost', smtpTls: 'starttls' })).toMatchObject({ encryption: 'starttls' });
  });

  it('can be one URL', () => {
    const auth = { user: 'me@crm', password: 'a:b/c' };
    const url = 'smtp://me%40crm:a%3Ab%2Fc@mail.example:2525';
    expect(smtpOf({ smtpUrl: url })).toEqual({ host: 'mail.example', port: 2525, encryption: 'starttls', auth });
    expect(smtpOf({ smtpUrl: 'smtps://mail.example' })).toMatchObject({ port: 465, encryption: 'tls', auth: null });
    expect(smtpOf({ smtpUrl: 'smtp://[::1]:25' })).toMatchObject({ host: '::1', port: 25, encryption: 'none' });
    for (const bad of ['mail.example', 'http://mail.example', 'smtp://mail.example/path', 'smtp://mail.example?x=1']) {
      expect(errorsOf({ smtpUrl: bad, mailFrom })).toMatch(/^smtp-url must be like/);
    }
    expect(errorsOf({ smtpUrl: url, smtpUser: 'me', mailFrom })).toContain('leave out smtp-user');
  });

  it('knows the password from a file', () => {
    const file = join(folder, 'password');
    writeFileSync(file, 'from the file\n');
    const flags = { smtpHost: 'mail.example', smtpUser: 'me', smtpPasswordFile: file };
    expect(smtpOf(flags)?.auth).toEqual({ user: 'me', password: 'from the file' });
    expect(() => smtpOf({ ...flags, smtpPasswordFile: join(folder, 'none') })).toThrow(SecretUnreadable);
    expect(errorsOf({ smtpHost: 'mail.example', smtpPassword: 'x', mailFrom })).toContain('needs smtp-user');
  });
});
