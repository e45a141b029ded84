/** What has to survive a snapshot and its restore elsewhere, seen by clients of the restored server. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { restoreSnapshot } from '../../src/journal/restore.ts';
import { writeSnapshot } from '../../src/journal/snapshot.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer, temporaryDirectory, wholePerson, wholeRecord } from '../support/server.ts';

let folder: ReturnType<typeof temporaryDirectory>;
let server: TestServer;
beforeEach(() => {
  folder = temporaryDirectory();
});
afterEach(async () => {
  await server.stop();
  folder.remove();
});

it('[CMD-1] [DELETE-4] [CMD-3] a restored server remembers commands and deletions, and lets no client resume', async () => {
  const people = ['ann', 'bob', 'cid'];
  const before = join(folder.path, 'before');
  server = await startTestServer({ people, stores: { path: before } });
  let [ann, bob] = await Promise.all([RawClient.signIn(server, 'ann'), RawClient.signIn(server, 'bob')]);
  const started = await ann.must('start', { text: 'one', people: ['bob', 'cid'] }, 'start');
  const { conversation } = started;
  const refused = await ann.ask('leave', { conversation }, 'leave');
  await bob.must('delete', { conversation, upTo: 1 }, 'delete');
  await server.server.host.checkpoint();
  const replied = await ann.must('reply', { conversation, text: 'two' }, 'reply');
  const place = {
    epoch: ann.welcome?.epoch as string,
    at: server.server.host.positions(),
    directory: server.directory.version,
  };
  await writeSnapshot({ dataDir: before, to: join(folder.path, 'snapshot') });
  await server.stop();
  await restoreSnapshot({ from: join(folder.path, 'snapshot'), dataDir: join(folder.path, 'after') });

  server = await startTestServer({ people, stores: { path: join(folder.path, 'after') } });
  [ann, bob] = await Promise.all([RawClient.signIn(server, 'ann', place), RawClient.signIn(server, 'bob')]);
  expect(ann.welcome?.resumed).toBe(false);
  expect(await ann.must('start', { text: 'one', people: ['bob', 'cid'] }, 'start')).toEqual(started);
  expect(await ann.ask('leave', { conversation }, 'leave')).toEqual(refused);
  expect(await ann.must('reply', { conversation, text: 'two' }, 'reply')).toEqual(replied);
  expect(await ann.refusal('reply', { conversation, text: 'other' }, 'reply')).toBe('command-id-reused');
  const copy = async () =>
    (await bob.must('history', { conversation, before: 100, limit: 100 })).entries.map((entry) => entry.seq);
  expect(await copy()).toEqual([2]);
  await bob.must('leave', { conversation });
  await ann.must('invite', { conversation, people: ['bob'] });
  expect(await copy()).toEqual([2, 3, 4]);
});

it('to a point takes conversations back; people, rights and alert boxes stay as they were at the snapshot', async () => {
  const before = join(folder.path, 'before');
  const record = { kind: 'company', id: 'acme' } as const;
  server = await startTestServer({ people: ['ann', 'bob'], records: [record], stores: { path: before } });
  const ann = await RawClient.signIn(server, 'ann');
  const { conversation } = await ann.must('start', { text: 'one', people: ['bob'], about: record });
  const [point = 0] = server.server.host.positions();
  await ann.must('reply', { conversation, text: 'two' });
  const box = { conversations: false, messages: false };
  await ann.must('setAlerts', { preferences: { email: box, popup: box } });
  await server.directory.put({
    people: [wholePerson('cid'), wholePerson({ id: 'bob', active: false })],
    records: [wholeRecord({ ...record, view: ['cid'], edit: ['cid'] })],
  });
  await server.server.host.checkpoint();
  await writeSnapshot({ dataDir: before, to: join(folder.path, 'snapshot') });
  await server.stop();
  await restoreSnapshot({
    from: join(folder.path, 'snapshot'),
    dataDir: join(folder.path, 'after'),
    until: { position: point },
  });

  server = await startTestServer({ stores: { path: join(folder.path, 'after') } });
  const again = await RawClient.signIn(server, 'ann');
  const { card } = await again.must('get', { conversation });
  expect(card.entries).toMatchObject([{ kind: 'message', seq: 1, text: 'one' }]);
  expect(card.about).toEqual({ kind: 'company', restricted: true });
  expect(await again.must('alerts', {})).toEqual({ preferences: { email: box, popup: box } });
  expect([server.directory.isActive('bob'), server.directory.isActive('cid')]).toEqual([false, true]);
});
