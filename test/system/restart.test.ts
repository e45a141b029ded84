/** The harness's own promise: what a crash leaves is what the next start finds, in memory and on disk. */
import { describe, expect, it } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer } from '../support/server.ts';

describe.each(['memory', 'lmdb'] as const)('a crash and a start on the same stores (%s)', (stores) => {
  it('[CMD-1] [CMD-2] keeps what was acknowledged, and the first answer to a command', async () => {
    const people = ['ann', 'bob'];
    const first = await startTestServer({ people, stores });
    const ann = await RawClient.signIn(first, 'ann');
    const { conversation } = await ann.must('start', { text: 'Hello', people: ['bob'] }, 's1');
    const answer = await ann.must('reply', { conversation, text: 'Again' }, 'r1');
    await first.crash();
    const second = await startTestServer({ people, stores: first.stores, port: first.port });
    try {
      expect(second.server.host.tail).toBe(2);
      const again = await RawClient.signIn(second, 'ann');
      expect(await again.must('reply', { conversation, text: 'Again' }, 'r1')).toEqual(answer);
      const { entries } = (await again.must('get', { conversation })).card;
      expect(entries.map((entry) => ('text' in entry ? entry.text : entry.kind))).toEqual(['Hello', 'Again']);
      await second.stop();
      const third = await startTestServer({ stores: second.stores });
      // An orderly end leaves nothing to replay.
      expect(third.server.host.tail).toBe(0);
      await third.stop();
    } finally {
      await second.stop();
      if (stores === 'lmdb') await first.stop();
    }
  });
});
