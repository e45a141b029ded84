/** The harness's own promise: what a crash leaves is what the next start finds, in memory and on disk. */
import { describe, expect, it } from 'vitest';
import type { ServerFrames } from '../../src/wire/frames.ts';
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

  it('[LEAVE-4] [DELETE-1] [CMD-3] tells who resumes only of what concerned them', async () => {
    const people = ['ann', 'bob', 'cid', 'dan'];
    const first = await startTestServer({ people, stores });
    const ann = await RawClient.signIn(first, 'ann');
    const { conversation } = await ann.must('start', { text: 'Hello', people: ['bob', 'cid', 'dan'] });
    await (await RawClient.signIn(first, 'cid')).must('leave', { conversation });
    const { epoch, directory } = ann.welcome as ServerFrames['welcome'];
    const before = { epoch, directory, at: first.server.host.positions() };
    await (await RawClient.signIn(first, 'bob')).must('read', { conversation, upTo: 1 });
    // Behind a checkpoint and not yet: a list is loaded from both.
    await first.server.host.checkpoint();
    await (await RawClient.signIn(first, 'dan')).must('delete', { conversation, upTo: 2 });
    await first.crash();
    const second = await startTestServer({ people, stores: first.stores, port: first.port });
    const missed = async (person: string) => {
      const client = await RawClient.signIn(second, person, before);
      expect(client.welcome?.resumed).toBe(true);
      const frames = await client.settled();
      return frames.map((frame) => frame.t).filter((name) => name !== 'live' && name !== 'pong');
    };
    try {
      // That another one has read or deleted, nobody is told; their own other devices want to know.
      expect(await missed('ann')).toEqual([]);
      expect(await missed('cid')).toEqual([]);
      expect(await missed('bob')).toEqual(['card']);
      expect(await missed('dan')).toEqual(['gone']);
      const again = await RawClient.signIn(second, 'ann');
      await again.must('reply', { conversation, text: 'Anyone?' }, 'r1');
      expect(await missed('ann')).toEqual(['card']);
      expect(await missed('dan')).toEqual(['card']);
      expect(await missed('cid')).toEqual([]);
    } finally {
      await second.stop();
      if (stores === 'lmdb') await first.stop();
    }
  });
});
