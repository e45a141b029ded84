import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusals } from '../../src/conversation/refusals.ts';
import { historyArbitrary } from '../model/history.ts';
import { seeded } from '../model/seed.ts';
import { runBesideModel } from './beside-model.ts';

const commands = ['start', 'reply', 'read', 'invite', 'leave', 'delete'];

describe('the machine and the model of the rules', () => {
  it('agree on copies, unread, lists, badges, tabs and refusals after every step of random histories', () => {
    const answers = new Set<string>();
    fc.assert(
      fc.property(historyArbitrary(), (history) => {
        for (const answer of runBesideModel(history)) answers.add(answer);
      }),
      seeded(2_000),
    );
    if (process.env.PARLEY_PATH !== undefined) return;
    const expected = [...Object.keys(refusals), ...commands.map((command) => `${command} done`)];
    const missing = expected.filter((answer) => !answers.has(answer));
    expect(missing, 'answers that no history came to').toEqual(['command-id-reused']);
  }, 300_000);
});
