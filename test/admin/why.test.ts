/** `parley why` as an admin runs it, beside a running server: what it says, and what it keeps to itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { erase } from '../erasure/erasing.ts';
import { runCli } from '../support/cli.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer, temporaryDirectory, wholeRecord } from '../support/server.ts';

const { path, remove } = temporaryDirectory();
const clock = systemClock();
const about = { kind: 'opportunity', id: 'big' } as const;
let server: TestServer;
let conversation: string;
/** Before Cid was invited, and before the right to the record was taken from him. */
const moments = { uninvited: '', trusted: '' };

const now = () => {
  const micros = clock.tick();
  return `${new Date(Math.floor(micros / 1_000)).toISOString().slice(0, -1)}${String(micros % 1_000).padStart(3, '0')}Z`;
};

beforeAll(async () => {
  const people = ['ann', 'bob', 'cid'];
  server = await startTestServer({ people, stores: { path }, clock, records: [{ ...about, edit: ['ann'] }] });
  const [ann, bob, cid] = await Promise.all(people.map((person) => RawClient.signIn(server, person)));
  const [asAnn, asBob, asCid] = [ann, bob, cid] as [RawClient, RawClient, RawClient];
  ({ conversation } = await asAnn.must('start', { text: 'the secret plan', people: ['bob'], about }));
  await asBob.must('read', { conversation, upTo: 1 });
  moments.uninvited = now();
  await asAnn.must('invite', { conversation, people: ['cid'] });
  await asBob.must('reply', { conversation, text: 'agreed' });
  await asAnn.must('delete', { conversation, upTo: 3 });
  await asCid.must('reply', { conversation, text: 'me too' });
  await server.server.host.checkpoint();
  moments.trusted = now();
  await server.directory.put({ records: [wholeRecord({ ...about, view: ['ann', 'bob'], edit: ['ann'] })] });
});
afterAll(async () => {
  await server.stop();
  remove();
});

async function why(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(['why', ...args, '--data-dir', path]);
  expect(code, stderr).toBe(0);
  return stdout;
}

describe('parley why', () => {
  it('[INVITE-2] [SEE-5] sees: says which stint, and which right, and since when', async () => {
    const text = await why('sees', 'cid', conversation, '1');
    expect(text).toMatch(/^cid does not see seq 1 of \S+ in their sidebar:\n {2}INVITE-2 +joined later, at seq 2\n/);
    expect(text).toMatch(/joined by ann, seq 2: cid\n/);
    expect(text).toMatch(/cid does not see seq 1 of \S+ in the tab of opportunity big:\n {2}SEE-5 +the right to view/);
    expect(text).not.toContain('secret plan');
    const before = await why('sees', 'cid', conversation, '1', '--as-of', moments.trusted, '--json');
    expect(before).not.toContain('secret plan');
    expect(JSON.parse(before)).toMatchObject({
      asOf: { time: moments.trusted },
      person: 'cid',
      seq: 1,
      active: true,
      sidebar: { shown: false, reasons: [{ rule: 'INVITE-2', events: [{ type: 'joined', who: 'cid', by: 'ann' }] }] },
      tab: {
        shown: true,
        name: true,
        record: about,
        reasons: [{ rule: 'SEE-2' }, { rule: 'SEE-2' }, { rule: 'SEE-4' }],
      },
    });
  });

  it('[DELETE-3] [DELETE-4] sees: names the delete mark and the message that brought the copy back', async () => {
    expect(await why('sees', 'ann', conversation, '3')).toMatch(
      /sidebar:\n {2}DELETE-4 +everything up to seq 3 is deleted from their copy\n.* deleted by ann, up to 3\n/,
    );
    const text = await why('sees', 'ann', conversation, '4', '--text');
    expect(text).toContain('ann sees seq 4');
    expect(text).toMatch(/DELETE-3 +a message brought the copy back\n.* replied by cid, seq 4: "me too"\n/);
  });

  it('[LIST-6] badge: says what is unread, since which mark', async () => {
    const text = await why('badge', 'bob');
    expect(text).toMatch(/^bob has a badge of 1:\n/);
    expect(text).toMatch(
      /: 1 unread, seq 4\n {2}REPLY-3 +marked as read up to seq 3\n.* replied by bob, seq 3: 6 bytes/,
    );
    const then = JSON.parse(await why('badge', 'bob', '--as-of', moments.uninvited, '--json'));
    expect(then).toMatchObject({ badge: 0, counted: [], read: [conversation], notListed: [] });
  });

  it('[ALERT-3] [ALERT-5] mail: what waits, and of whom it is their own doing', async () => {
    expect(await why('mail', 'bob', conversation)).toMatch(/^an e-mail to bob about seq 1 to 4 of \S+ waits until 20/);
    expect(await why('mail', 'cid', conversation, '4')).toMatch(
      /^no e-mail to cid is known:\n {2}ALERT-5 +their own message\n.* replied by cid, seq 4: 6 bytes\n$/,
    );
    const then = JSON.parse(await why('mail', 'bob', conversation, '1', '--as-of', moments.uninvited, '--json'));
    expect(then).toMatchObject({ person: 'bob', seq: 1, waiting: { from: 1, to: 1, kind: 'conversation' }, mails: [] });
  });

  it('[ERASE-1] sees: an erased message stays, says nothing, and says so', async () => {
    await erase(server.server, { conversation, seqs: [3] });
    const text = await why('sees', 'bob', conversation, '3', '--text');
    expect(text).toMatch(/^bob sees seq 3 of \S+ in their sidebar, read:\n/);
    const erased = / {2}ERASE-1 +its text is erased for everyone, the entry stays\n.* erased, seq 3\n/g;
    expect(text.match(erased), text).toHaveLength(2);
    expect(text).not.toContain('agreed');
    // In her sidebar it is deleted; the tab shows it.
    expect((await why('sees', 'ann', conversation, '3')).match(erased)).toHaveLength(1);
  });

  it('says that there was no such thing, then: 1; and that it was asked wrongly: 2', async () => {
    const codeOf = async (...args: string[]) => (await runCli(['why', ...args, '--data-dir', path])).code;
    expect(await codeOf('sees', 'cid', conversation, '1', '--as-of', '2026-01-01T00:00:00Z')).toBe(1);
    expect(await codeOf('badge', 'nobody')).toBe(1);
    expect(await codeOf('sees', 'cid', conversation, '0')).toBe(2);
    expect(await codeOf('sees', 'cid', 'x', '1')).toBe(2);
  });
});
