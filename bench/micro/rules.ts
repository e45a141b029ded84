/** The rules: a command through the actor, which is the machine with all its guards, and the event it ends in, applied. */
import { applyAll } from '../../src/conversation/apply.ts';
import type { Command } from '../../src/conversation/commands.ts';
import { decide } from '../../src/conversation/decide.ts';
import { createConversationActor, dispatch } from '../../src/conversation/machine.ts';
import type { Micro } from './measure.ts';
import { repeat, replyBy, startedBy, stateOf } from './subjects.ts';

export function rules(): Micro[] {
  const state = stateOf(startedBy('p-1'));
  const reply = replyBy('p-1');
  const stranger = replyBy('p-9');
  const actor = createConversationActor(state);
  const copied = { text: reply.type, members: [1, 2, 3], seq: 1 };
  const applied = repeat(() => applyAll(state, decide(state, reply)));
  const clone = { reference: 'structuredClone of a small object', referenceRun: repeat(() => structuredClone(copied)) };
  return [
    { room: 'rules', name: 'a reply decided and applied, no machine', run: applied, ...clone, budget: 0.5 },
    {
      room: 'rules',
      name: 'one of many replies among 1,000 people',
      run: repeat(repliesOfMany()),
      ...clone,
      budget: 8,
    },
    {
      room: 'rules',
      name: 'a reply through the actor',
      run: repeat(() => dispatch(actor, reply)),
      ...clone,
      budget: 10,
    },
    {
      room: 'rules',
      name: 'a refusal by the actor',
      run: repeat(() => dispatch(actor, stranger)),
      ...clone,
      budget: 12,
    },
    { room: 'rules', name: 'an actor made', run: repeat(() => createConversationActor(state)), ...clone, budget: 15 },
  ];
}

/** Each of somebody else, to the state that the last one led to. */
function repliesOfMany(): () => unknown {
  const others = Array.from({ length: 999 }, (_, nth) => `p-${nth + 2}`);
  const replies = others.map(replyBy);
  let state = stateOf(startedBy('p-1', undefined, undefined, others));
  let turn = 0;
  return () => {
    turn = (turn + 1) % replies.length;
    state = applyAll(state, decide(state, replies[turn] as Command));
    return state;
  };
}
