/** A process may have so many files open, and a socket is one: strangers who open many take none that the journal needs. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connectionsMax } from '../../src/admin/open-files.ts';
import { issueToken } from '../../src/session/token-issuer.ts';
import { serveCli } from '../support/cli.ts';
import { quickEntry } from '../support/quick-cli.ts';
import { RawClient } from '../support/raw-client.ts';
import { temporaryDirectory } from '../support/server.ts';
import { silentSockets } from '../transport/peers.ts';

const secret = 'a secret of the tests, at least 32 bytes long';
const openFiles = 300;
/** More than one segment of the journal. */
const replies = 150;
const text = 'x'.repeat(16_000);

it('[CMD-2] who is signed in writes on over new segments, and who comes later finds room when the strangers are gone', async () => {
  const { path, remove } = temporaryDirectory('parley-files-');
  const args = ['--demo', '--data-dir', path, '--auth-secret', secret, '--drain-seconds', '0'];
  const server = await serveCli(args, { entry: await quickEntry(), before: `ulimit -n ${openFiles}` });
  const token = (person: string) =>
    issueToken({ secret, person, audience: 'parley', issuer: 'parley', ttlSeconds: 600 });
  const as = (person: string) => RawClient.signIn({ url: server.url, token }, person);
  try {
    const anna = await as('anna');
    const strangers = await silentSockets(server.port, 2 * openFiles);
    const { conversation } = await anna.must('start', { text, people: ['ben'] });
    for (let at = 0; at < replies; at += 10) {
      const group = Array.from({ length: 10 }, () => anna.must('reply', { conversation, text }));
      await Promise.all(group);
    }
    const segments = readdirSync(join(path, 'journal')).filter((name) => name.startsWith('frames-'));
    expect(segments.at(-1)).not.toMatch(/0001$/);
    expect(server.stderr()).toContain('no more connections are taken');
    for (const stranger of strangers) stranger.destroy();
    await expect.poll(() => as('ben').catch(() => null)).not.toBeNull();
    expect(await server.stop(), server.stderr()).toEqual({ code: 0, signal: null });
  } finally {
    server.child.kill('SIGKILL');
    remove();
  }
}, 60_000);

it('a server does not start where that would leave none for clients, and each partition takes some', () => {
  expect(() => connectionsMax(1, 200)).toThrow(/may open 200 files \(ulimit -n\)/);
  expect(connectionsMax(1, 1_024)).toBeGreaterThan(700);
  expect(connectionsMax(256, 4_096)).toBeLessThan(connectionsMax(1, 4_096) - 1_000);
  expect(connectionsMax(1)).toBeGreaterThan(0);
});
