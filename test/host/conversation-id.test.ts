/** The id of a started conversation. */
import { describe, expect, it } from 'vitest';
import { conversationIdOf } from '../../src/host/request.ts';

describe('conversationIdOf', () => {
  const ids = Array.from({ length: 2_000 }, (_, number) => conversationIdOf('ann', `start-${number}`));

  it('[CMD-1] is the same for the same command and another for any other', () => {
    expect(conversationIdOf('ann', 'start-7')).toBe(ids[7]);
    expect(new Set([...ids, conversationIdOf('bob', 'start-7')]).size).toBe(2_001);
    // What stands in one may not run over into the other.
    expect(conversationIdOf('ann', 's')).not.toBe(conversationIdOf('an', 'ns'));
  });

  it('is 22 characters of base64url, the first one a letter, so that no command line takes it for an option', () => {
    expect(ids.filter((id) => !/^[A-Za-f][A-Za-z0-9_-]{21}$/.test(id))).toEqual([]);
  });
});
