/** ERASE-1 in one conversation, in its turn: nothing else is decided there meanwhile. */
import { applyAll } from '../conversation/apply.ts';
import type { Seq } from '../conversation/commands.ts';
import { erasing } from '../conversation/erasing.ts';
import type { ConversationState } from '../conversation/state.ts';
import type { ArchivedEvent } from '../journal/entry.ts';
import type { Clock } from '../runtime/clock.ts';
import { settledIn } from './deciding.ts';
import type { Partition } from './partition.ts';
import { letActorGo, type Resident } from './resident.ts';

/** Given every event, in order, after all that was decided before is durable; the seqs of messages, ascending. */
export type ChooseErased = (events: AsyncIterable<ArchivedEvent>) => Promise<Seq[]>;

/** Durable and told when resolved. `choose`: asked once all that was decided before is durable. */
export async function eraseIn(
  resident: Resident,
  partition: Partition,
  clock: Clock,
  choose: () => Promise<Seq[]>,
): Promise<void> {
  await settledIn(resident, partition);
  const seqs = await choose();
  const { state } = resident;
  if (state !== null && seqs.length > 0) await record(resident, state, seqs, partition, clock);
}

/** The actor, whose state is behind now, is made anew from what is durable. */
function record(
  resident: Resident,
  state: ConversationState,
  seqs: readonly Seq[],
  partition: Partition,
  clock: Clock,
): Promise<void> {
  const at = clock.tick();
  const events = erasing(state, seqs, at);
  const position = partition.nextPosition;
  letActorGo(resident);
  resident.pending += 1;
  return new Promise((done) => {
    const entry = { position, at, conversation: resident.id, events, preferences: null, command: null };
    partition.enqueue({ entry, resident, after: applyAll(state, events), done });
  });
}
