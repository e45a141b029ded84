/** A write of the store fails under a running server: nothing false is acknowledged, everyone is told, and it ends. */
import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import { DirectoryUnavailable } from '../../src/directory/create-directory.ts';
import { Damaged, Overdue } from '../../src/journal/journal.ts';
import { issueToken } from '../../src/session/token-issuer.ts';
import { memoryStores } from '../../src/stores.ts';
import { decodeServerFrame, encode } from '../../src/wire/codec.ts';
import type { ServerFrame } from '../../src/wire/frames.ts';
import { cliEntry, runCli } from '../support/cli.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, temporaryDirectory } from '../support/server.ts';

const bob = { id: 'bob', first: 'Bob', last: 'Bob', email: null, active: true };
const secret = 'a secret of the tests, at least 32 bytes long';
/** Blocks of 512 bytes (1,024 in some shells) that one file may have: the archive reaches it after some hundred messages. */
const fileBlocks = 6_000;

it('[CMD-2] ends its sessions with 4103 and itself with 74; what it acknowledged is there after a restart', async () => {
  const { path, remove } = temporaryDirectory('parley-fence-');
  const entry = await cliEntry();
  const args = ['serve', '--demo', '--data-dir', path, '--auth-secret', secret, '--port', '0', '--admin-port', '0'];
  // The limit is the shell's; the signal that comes with it is ignored, so that the write fails as on a broken disk.
  const script = `trap '' XFSZ; ulimit -f ${fileBlocks}; exec "$0" "$@"`;
  const server = spawn('sh', ['-c', script, process.execPath, entry, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    let log = '';
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    const exited = new Promise<number | null>((resolve) => server.once('exit', resolve));
    const url = await new Promise<string>((resolve, reject) => {
      let said = '';
      server.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const found = /ws:\S+/.exec(said);
        if (found !== null) resolve(found[0]);
      });
      server.once('exit', () => reject(new Error(`the server ended: ${log}`)));
    });
    const { acknowledged, closed } = await writeUntilClosed(url);
    expect(closed).toBe(4103);
    expect(await exited).toBe(74);
    expect(log).toContain('the store cannot be vouched for');
    expect(acknowledged.length).toBeGreaterThan(0);
    const { stdout, code, stderr } = await runCli(['export', '--data-dir', path]);
    expect(code, stderr).toBe(0);
    const texts = new Set(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).text),
    );
    expect(acknowledged.filter((text) => !texts.has(text))).toEqual([]);
    expect((await runCli(['verify', '--data-dir', path])).code).toBe(0);
  } finally {
    server.kill('SIGKILL');
    remove();
  }
});

it('ends the sessions of a server whose archive does not return from a write, though the journal goes on', async () => {
  const stores = memoryStores();
  const fenced: Error[] = [];
  const server = await startTestServer({
    people: ['ann', 'bob'],
    stores: {
      open() {
        const opened = stores.open();
        opened.archive.write = () => new Promise(() => {});
        return opened;
      },
    },
    limits: { checkpointIntervalMs: 20, archiveLateMs: 50, archiveDeadlineMs: 100 },
    onFenced: (error) => void fenced.push(error),
  });
  const ann = await RawClient.signIn(server, 'ann');
  await ann.must('start', { text: 'one', people: ['bob'] });
  expect((await ann.ended()).code).toBe(4103);
  expect(fenced).toEqual([new Overdue('the archive’s write is overdue')]);
  await server.crash();
});

it('fences a server whose archive does not return from mending while it starts, before there are any sessions', async () => {
  const stores = memoryStores();
  const damaged = new Damaged('archive/meta: torn', { store: 'archive/meta', key: Buffer.from('newest') });
  const fenced = await new Promise<Error>((onFenced) => {
    void startTestServer({
      stores: {
        open() {
          const opened = stores.open();
          opened.archive.newestAt = () => Promise.reject(damaged);
          opened.archive.mend = () => new Promise(() => {});
          return opened;
        },
      },
      limits: { archiveLateMs: 10, archiveDeadlineMs: 20, archiveWalkDeadlineMs: 50 },
      onFenced,
    });
  });
  expect(fenced).toBeInstanceOf(Overdue);
});

it('ends the sessions of a server whose directory failed at a write: rights that were told to be gone may not be', async () => {
  const stores = memoryStores();
  const fenced: Error[] = [];
  let fails = false;
  const server = await startTestServer({
    people: ['ann', 'bob'],
    stores: {
      open() {
        const opened = stores.open();
        const { write } = opened.directory;
        opened.directory.write = (change) => (fails ? Promise.reject(new Error('EIO')) : write(change));
        return opened;
      },
    },
    onFenced: (error) => void fenced.push(error),
  });
  const ann = await RawClient.signIn(server, 'ann');
  fails = true;
  await expect(server.directory.put({ people: [{ ...bob, active: false }] })).rejects.toThrow(DirectoryUnavailable);
  expect((await ann.ended()).code).toBe(4103);
  expect(fenced).toEqual([expect.any(DirectoryUnavailable)]);
  await server.crash();
});

/** Starts conversations with long texts, one after the other, and notes which were acknowledged. */
async function writeUntilClosed(url: string): Promise<{ acknowledged: string[]; closed: number }> {
  const token = await issueToken({ secret, person: 'anna', audience: 'parley', issuer: 'parley', ttlSeconds: 600 });
  const socket = new WebSocket(url, 'parley.v1');
  const acknowledged: string[] = [];
  const textOf = (id: string): string => `${id} `.padEnd(16_000, 'x');
  let count = 0;
  const next = (): void => {
    count += 1;
    const id = `w${count}`;
    socket.send(encode({ t: 'start', id, text: textOf(id), people: ['ben'] }));
  };
  socket.on('message', (data: Buffer) => {
    const frame: ServerFrame = decodeServerFrame(data);
    if (frame.t === 'ok') acknowledged.push(textOf(frame.id));
    if (frame.t === 'welcome' || frame.t === 'ok') next();
    // The person's rate limit: the same again, a moment later.
    if (frame.t === 'error') setTimeout(next, 100);
  });
  socket.once('open', () => socket.send(encode({ t: 'hello', v: 1, token })));
  const closed = await new Promise<number>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', resolve);
  });
  return { acknowledged, closed };
}
