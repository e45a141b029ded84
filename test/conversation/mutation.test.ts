/**
 * Proof that the comparison with the model notices a missing rule: each guard in turn is taken out of the machine, and
 * random histories (always the same ones) must then show a difference.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConversationMachine, conversationMachine } from '../../src/conversation/machine.ts';
import { guards } from '../../src/conversation/rules.ts';
import { historyArbitrary } from '../model/history.ts';
import { runBesideModel } from './beside-model.ts';

const histories = fc.sample(historyArbitrary({ stepsMax: 60 }), {
  numRuns: 1_500,
  seed: 20_261,
});

function without(guard: string): ConversationMachine {
  const never = { [guard]: () => false } as Parameters<ConversationMachine['provide']>[0]['guards'];
  return conversationMachine.provide({ guards: never } as Parameters<ConversationMachine['provide']>[0]);
}

function firstDifference(machine: ConversationMachine): number | null {
  for (const [nth, history] of histories.entries()) {
    try {
      runBesideModel(history, machine);
    } catch {
      return nth;
    }
  }
  return null;
}

describe('the machine without one of its guards differs from the model', () => {
  it.each(Object.keys(guards))(
    '%s',
    (guard) => {
      expect(firstDifference(without(guard)), 'no history shows a difference').not.toBeNull();
    },
    300_000,
  );
});
