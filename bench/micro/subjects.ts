/** What the micro-benchmarks work on: one conversation of three people and one message of 120 bytes. */
import { applyAll } from '../../src/conversation/apply.ts';
import type { Command } from '../../src/conversation/commands.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import type { ConversationState } from '../../src/conversation/state.ts';
import { textBytes } from '../workload.ts';

export const conversation = 'A'.repeat(22);
export const message = 'The contract is with their lawyers; I shall call again on Thursday.'.padEnd(textBytes, '.');
const at = 1_795_000_000_000_000;

export function startedBy(starter: string, id = conversation, when = at, people = ['p-2', 'p-3']): ConversationEvent {
  const rest = { people, about: null, private: false };
  return { type: 'started', v: 1, seq: 1, at: when, by: starter, conversation: id, text: message, ...rest };
}

export function stateOf(event: ConversationEvent): ConversationState {
  return applyAll(null, [event]);
}

export function replyBy(by: string): Command {
  return { type: 'reply', by, now: at + 1, text: message, facts: { inactive: new Set(), viewsRecord: true } };
}

/** Many times the same, synchronously; the last result is kept. */
export function repeat(once: () => unknown): (times: number) => unknown {
  return (times) => {
    let last: unknown;
    for (let time = 0; time < times; time += 1) last = once();
    return last;
  };
}
