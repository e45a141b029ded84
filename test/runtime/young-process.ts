/** A hundred conversations are given commands, one here, one there; V8 says on standard output what it collects meanwhile. */
import { setFlagsFromString } from 'node:v8';
import { applyAll } from '../../src/conversation/apply.ts';
import { createConversationActor, dispatch } from '../../src/conversation/machine.ts';
import { letAllBeginYoung } from '../../src/runtime/young-objects.ts';

const [conversations, people, commands] = [100, 5, 60_000];
const at = 1_795_000_000_000_000;

letAllBeginYoung();
const actors = Array.from({ length: conversations }, (_, number) => {
  const others = Array.from({ length: people - 1 }, (_, index) => `p-${index + 1}`);
  const about = { people: others, about: null, private: false };
  const started = {
    type: 'started',
    v: 1,
    seq: 1,
    at,
    by: 'p-0',
    conversation: `c-${number}`,
    text: 'Hello',
    ...about,
  };
  return createConversationActor(applyAll(null, [started as Parameters<typeof applyAll>[1][number]]));
});
setFlagsFromString('--trace-gc');
setFlagsFromString('--trace-gc-nvp');
for (let number = 0; number < commands; number += 1) {
  // No two turns alike, and none left out.
  const actor = actors[(number * 37 + Math.floor(number / conversations)) % conversations];
  const facts = { inactive: new Set<string>(), viewsRecord: true };
  const by = `p-${(number * 3) % people}`;
  dispatch(actor as (typeof actors)[number], { type: 'reply', by, now: at + number, text: `${number}`, facts });
}
