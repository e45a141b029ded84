/** Found by the model (`model.test.ts`): what one has left can still have something unread. */
import { afterEach, describe, expect, it } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
afterEach(() => server.stop());

describe('Mark All Read', () => {
  it('[READ-3] covers what one left with something unread, though others have gone on since', async () => {
    server = await startTestServer({ people: ['ann', 'bob', 'cid'] });
    const ann = await RawClient.signIn(server, 'ann');
    const bob = await RawClient.signIn(server, 'bob');
    const { conversation } = await ann.must('start', { text: 'hi', people: ['bob', 'cid'] });
    await bob.must('leave', { conversation });
    await ann.must('reply', { conversation, text: 'behind his back' });
    const { at, badge } = await bob.must('list', { limit: 10 });
    expect(badge).toBe(1);
    expect(await bob.must('readAll', { at })).toEqual({ conversations: 1 });
    const { cards, badge: after } = await bob.must('list', { limit: 10 });
    expect(after).toBe(0);
    expect(cards).toMatchObject([{ conversation, unread: 0, readUpTo: 2, standing: 'left' }]);
    expect(await bob.refusal('readAll', { at })).toBe('read-nothing-unread');
  });
});
