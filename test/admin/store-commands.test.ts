import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoStep, demoScript } from '../../src/admin/demo/script.ts';
import { connect, type Parley } from '../../src/client/node.ts';
import { conversationIdOf } from '../../src/host/request.ts';
import { issueToken } from '../../src/session/token-issuer.ts';
import { type CliOptions, type CliResult, type RunningServer, runCli, serveCli, spawnCli } from '../support/cli.ts';
import { quickEntry } from '../support/quick-cli.ts';
import { temporaryDirectory } from '../support/server.ts';

const secret = 'a secret of the tests, at least 32 bytes long';
const { path: root, remove } = temporaryDirectory();
const dataDir = join(root, 'data');
let server: RunningServer;
/** The demo's conversation about forty microscopes. */
const opportunity = (() => {
  const start = demoScript.find((step) => step.do === 'start' && step.text.includes('microscopes')) as DemoStep;
  return conversationIdOf(start.by, start.id);
})();
const people = ['elena', 'grace'];
const clients: Parley[] = [];

function client(url: string, person: string): Parley {
  const token = { secret, person, audience: 'parley', issuer: 'parley', ttlSeconds: 600 };
  const made = connect({ url, getToken: () => issueToken(token), random: () => 0.1 });
  clients.push(made);
  return made;
}

/** To its end. There are so many that reading the program would be most of their time. */
async function run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return runCli(args, { ...options, entry: await quickEntry() });
}

async function lines(...args: string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await run(args);
  expect(code, stderr).toBe(0);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
async function json(...args: string[]): Promise<Record<string, unknown>> {
  const [one] = await lines(...args, '--json');
  return one as Record<string, unknown>;
}

beforeAll(async () => {
  server = await serveCli(['--demo', '--data-dir', dataDir, '--auth-secret', secret, '--log-level', 'warn']);
});
afterAll(async () => {
  for (const one of clients) one.close();
  server.child.kill('SIGKILL');
  await server.exited;
  remove();
});

describe('snapshot and restore', () => {
  it('takes a snapshot of the running server under load; restored elsewhere it is the store of that moment', async () => {
    const conversation = conversationIdOf('anna', 'demo-1-1');
    const acknowledged: { readonly seq: number; readonly text: string }[] = [];
    const load = { on: true };
    const writing = ['anna', 'ben', 'chiara'].map(async (person) => {
      const parley = client(server.url, person);
      for (let count = 0; load.on; count += 1) {
        const text = `${person} ${count}`;
        const { seq } = await parley.reply(conversation, text);
        acknowledged.push({ seq, text });
      }
    });
    while (acknowledged.length < 200) await new Promise((resolve) => setTimeout(resolve, 5));
    const before = [...acknowledged];
    const to = join(root, 'snapshot');
    const { positions } = (await json('snapshot', '--data-dir', dataDir, '--to', to)) as {
      positions: { head: number }[];
    };
    load.on = false;
    await Promise.all(writing);
    const elsewhere = join(root, 'elsewhere');
    await json('restore', '--from', to, '--data-dir', elsewhere);

    const restored = await lines('export', '--data-dir', elsewhere);
    expect(restored).toEqual(await lines('export', '--data-dir', dataDir, '--as-of', `${positions[0]?.head}`));
    for (const { seq, text } of before) {
      expect(restored).toContainEqual(expect.objectContaining({ conversation, seq, text, type: 'replied' }));
    }
    expect((await run(['verify', '--data-dir', elsewhere])).code).toBe(0);

    // It serves: another epoch, the same conversations, and the memory of commands (CMD-1).
    const other = await serveCli(['--data-dir', elsewhere, '--auth-secret', secret]);
    try {
      const anna = client(other.url, 'anna');
      const { seq } = await anna.reply(conversation, 'after the restore');
      expect(seq).toBe(
        Math.max(...restored.filter((one) => one.conversation === conversation).map((one) => Number(one.seq) || 0)) + 1,
      );
      anna.close();
    } finally {
      await other.stop();
    }
  });

  it('[DELETE-4] restores until a position or a moment, as everyone saw it then', async () => {
    const to = join(root, 'snapshot-until');
    await json('snapshot', '--data-dir', dataDir, '--to', to);
    const all = await lines('export', '--data-dir', dataDir);
    const middle = all.filter(({ type }) => type === 'replied')[20] as { position: number; at: number };
    const moment = `${new Date(Math.floor(middle.at / 1000)).toISOString().slice(0, -1)}${String(middle.at % 1000).padStart(3, '0')}Z`;
    for (const [name, until] of [
      ['position', `${middle.position}`],
      ['moment', moment],
    ] as const) {
      const there = join(root, `until-${name}`);
      await json('restore', '--from', to, '--data-dir', there, '--until', until);
      const restored = await lines('export', '--data-dir', there);
      expect(restored).toEqual(all.filter(({ at }) => (at as number) <= middle.at));
      for (const person of people) {
        const [then, now] = [
          ['--data-dir', dataDir, '--as-of', until],
          ['--data-dir', there],
        ];
        expect(await lines('export', '--person', person, ...(now as string[]))).toEqual(
          await lines('export', '--person', person, ...(then as string[])),
        );
      }
    }
    const beyond = ['--data-dir', join(root, 'until-beyond'), '--until', '2999-01-01T00:00:00Z'];
    expect((await run(['restore', '--from', to, ...beyond])).stderr).toContain('the snapshot ends before that point');
  });

  it('makes nothing over what is there: 73', async () => {
    const taken = join(root, 'taken');
    mkdirSync(taken);
    writeFileSync(join(taken, 'letter.txt'), 'mine');
    const snapshot = await run(['snapshot', '--data-dir', dataDir, '--to', taken]);
    expect(snapshot).toMatchObject({ code: 73, stdout: '' });
    const restore = await run(['restore', '--from', join(root, 'snapshot'), '--data-dir', taken]);
    expect(restore).toMatchObject({ code: 73, stdout: '' });
    expect(readdirSync(taken)).toEqual(['letter.txt']);
  });

  it('says at once that there can be nothing where there are no directories: 73', async () => {
    const to = '/proc/parley/made';
    const limited = { before: 'ulimit -c 0; ulimit -t 8' };
    const said = { code: 73, signal: null, stderr: expect.stringContaining(`${to} cannot be made: `) };
    expect(await run(['snapshot', '--data-dir', dataDir, '--to', to], limited)).toMatchObject(said);
    const from = join(root, 'snapshot');
    expect(await run(['restore', '--from', from, '--data-dir', to], limited)).toMatchObject(said);
  });

  it('says that nothing takes the place of a link: 73', async () => {
    const [volume, link] = [join(root, 'volume'), join(root, 'link')];
    mkdirSync(volume);
    symlinkSync(volume, link);
    const restore = await run(['restore', '--from', join(root, 'snapshot'), '--data-dir', link]);
    expect(restore).toMatchObject({ code: 73, stderr: expect.stringContaining('nothing can take its place') });
    expect(readdirSync(volume)).toEqual([]);
    expect(readdirSync(root).filter((name) => name.startsWith('link'))).toEqual(['link']);
  });

  it('changes nothing where the snapshot is damaged or none: 1 and 78', async () => {
    const to = join(root, 'snapshot-damaged');
    await json('snapshot', '--data-dir', dataDir, '--to', to);
    const file = join(to, 'archive.records');
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] as number) ^ 1;
    writeFileSync(file, bytes);
    const there = join(root, 'never');
    const damaged = await run(['restore', '--from', to, '--data-dir', there]);
    expect(damaged.code).toBe(1);
    expect(damaged.stderr).toContain('archive.records');
    expect((await run(['restore', '--from', root, '--data-dir', there])).code).toBe(78);
    expect(existsSync(there)).toBe(false);
    expect(readdirSync(root).filter((name) => name.startsWith('never'))).toEqual([]);
  });

  it('says that what was asked for is no point in time: 2', async () => {
    for (const until of ['yesterday', '2026-11-22', '2026-11-22T16:00:00', '2026-02-30T16:00:00Z']) {
      const args = ['restore', '--from', join(root, 'snapshot'), '--data-dir', join(root, 'never'), '--until', until];
      expect((await run(args)).code, until).toBe(2);
    }
  });
});

describe('inspect and export', () => {
  it('shows texts only on request', async () => {
    const id = opportunity;
    const plain = await run(['inspect', 'conversation', id, '--data-dir', dataDir]);
    expect(plain.code, plain.stderr).toBe(0);
    expect(plain.stdout).toContain('about opportunity o-4001');
    expect(plain.stdout).not.toContain('microscopes');
    expect((await run(['inspect', 'journal', '--data-dir', dataDir])).stdout).not.toContain('microscopes');
    const json = await run(['inspect', 'conversation', id, '--data-dir', dataDir, '--json']);
    expect(json.stdout).not.toContain('microscopes');
    const texts = await run(['inspect', 'conversation', id, '--data-dir', dataDir, '--text']);
    expect(texts.stdout).toContain('microscopes');
  });

  it('[SEE-1] exports of a person exactly what their own client shows', async () => {
    const parley = client(server.url, 'elena');
    const { sidebar } = parley;
    while (sidebar.getSnapshot().conversations.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const { id } of sidebar.getSnapshot().conversations) {
      const one = parley.conversation(id);
      while (one.getSnapshot()?.more) await one.more();
    }
    const shown = sidebar.getSnapshot().conversations.map((view) => ({
      conversation: view.id,
      about: view.about,
      unread: view.unread,
      order: view.order,
      texts: view.entries.map((entry) => ('text' in entry ? entry.text : entry.kind)),
    }));
    const exported = (await lines('export', '--person', 'elena', '--data-dir', dataDir)).map((card) => ({
      conversation: card.conversation,
      about: card.about,
      unread: card.unread,
      order: card.order,
      texts: (card.entries as { kind: string; text?: string }[]).map((entry) => entry.text ?? entry.kind),
    }));
    expect(exported).toEqual(shown);
    expect(exported.map(({ about }) => about)).toContainEqual({ kind: 'household', restricted: true });
  });

  it('looks at the store and its journal', async () => {
    const store = await json('inspect', 'store', '--data-dir', dataDir);
    expect(store).toMatchObject({ format: 3, partitions: 1, conversations: 6, people: 11, records: 4 });
    const { partitions } = await json('inspect', 'journal', '--data-dir', dataDir, '--limit', '5');
    expect(partitions).toMatchObject([{ partition: 0 }]);
  });

  it('says that there is no such conversation or person: 1', async () => {
    expect((await run(['inspect', 'conversation', 'A'.repeat(22), '--data-dir', dataDir])).code).toBe(1);
    expect((await run(['inspect', 'person', 'nobody', '--data-dir', dataDir])).code).toBe(1);
    expect((await run(['export', '--person', 'nobody', '--data-dir', dataDir])).code).toBe(1);
    expect((await run(['inspect', 'conversation', 'x', '--data-dir', dataDir])).code).toBe(2);
    expect((await run(['inspect', 'store', '--data-dir', join(root, 'none')])).code).toBe(78);
  });
});

describe('verify', () => {
  const base = join(root, 'base');
  beforeAll(async () => {
    await json('snapshot', '--data-dir', dataDir, '--to', `${base}-snapshot`);
    await json('restore', '--from', `${base}-snapshot`, '--data-dir', base);
  });
  function copy(name: string): string {
    const to = join(root, `copy-${name}`);
    cpSync(base, to, { recursive: true });
    return to;
  }
  async function damages(path: string): Promise<{ store: string; what: string }[]> {
    const { code, stdout } = await run(['verify', '--data-dir', path, '--json']);
    expect(code).toBe(1);
    return JSON.parse(stdout).damages;
  }

  it.each(['journal', 'archive', 'directory'])('names the truncated file of the %s', async (store) => {
    const path = copy(store);
    const file = join(path, store, 'data.mdb');
    truncateSync(file, Math.floor(readFileSync(file).length / 2 / 4096) * 4096);
    const found = await damages(path);
    expect(found.map((one) => one.store.split('/')[0])).toContain(store);
    const { stdout } = await run(['verify', '--data-dir', path]);
    expect(stdout).toContain(`damaged: ${store}`);
  });

  it.each(['journal', 'archive', 'directory'])(
    'names the %s where reading it ends the reader by a signal',
    async (store) => {
      const path = copy(`signal-${store}`);
      const file = join(path, store, 'data.mdb');
      const sound = readFileSync(file);
      let said = '';
      // Rows that stand far behind their page are outside of the file if the page is one of its last; some pages are free.
      for (let page = sound.length / 4_096 - 1; page > 1 && !said.includes('SIG'); page -= 1) {
        writeFileSync(file, Buffer.from(sound).fill(0xff, page * 4_096 + 24, (page + 1) * 4_096));
        // A core file goes with the directory.
        const { code, stdout } = await run(['verify', '--data-dir', path], { cwd: root });
        said = stdout;
        expect(code, said).toBe(said.startsWith('damaged') ? 1 : 0);
      }
      expect(said).toMatch(/^damaged: (\w+): the file cannot be read to its end.*ended with SIG(BUS|SEGV|ABRT)/);
      expect(said).toContain(`damaged: ${store}:`);
    },
  );

  it('does not take for damage that somebody ends the reader', async () => {
    const path = copy('killed');
    // Whoever opens it waits for someone who writes to it.
    rmSync(join(path, 'directory-end'), { force: true });
    execFileSync('mkfifo', [join(path, 'directory-end')]);
    const running = await spawnCli(['verify', '--data-dir', path, '--json'], { entry: await quickEntry() });
    const readers = () => readFileSync(`/proc/${running.child.pid}/task/${running.child.pid}/children`, 'utf8').trim();
    await expect.poll(readers, { timeout: 60_000 }).not.toBe('');
    process.kill(Number(readers()), 'SIGKILL');
    const { code } = await running.exited;
    expect(running.stderr()).toContain(`the look was cut off (SIGKILL), so nothing is known of ${path}`);
    expect([code, running.stdout()]).toEqual([74, '']);
  });

  it('names the conversation of a flipped bit', async () => {
    const path = copy('bit');
    const file = join(path, 'archive', 'data.mdb');
    const bytes = readFileSync(file);
    const at = bytes.indexOf('Which model?');
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(file, bytes);
    const found = await damages(path);
    expect(found).toContainEqual(expect.objectContaining({ conversation: opportunity }));
  });

  it('names a broken parley.json, and what is missing', async () => {
    const path = copy('meta');
    writeFileSync(join(path, 'parley.json'), '{');
    expect(await damages(path)).toMatchObject([{ store: 'parley.json' }]);
    const other = copy('missing');
    rmSync(join(other, 'archive'), { recursive: true });
    expect((await damages(other)).map(({ store }) => store)).toContain('archive');
  });

  it('ends with what it found where nobody reads it, and says that it could not be written', async () => {
    const path = copy('unread');
    writeFileSync(join(path, 'parley.json'), '{');
    const entry = await quickEntry();
    const verify = (to: string) =>
      spawnSync('bash', ['-c', `"$0" "$1" verify --data-dir "$2" ${to}`, process.execPath, entry, path]);
    expect(verify('| true; exit $PIPESTATUS').status).toBe(1);
    const full = verify('> /dev/full');
    expect(full.status).toBe(74);
    expect(`${full.stderr}`).toBe('parley: what is printed cannot be written: ENOSPC\n');
  });

  it('finds nothing in the store of a running server', async () => {
    const { code, stdout } = await run(['verify', '--data-dir', dataDir]);
    expect(stdout).toContain('is as it was written');
    expect(code).toBe(0);
  });
});
