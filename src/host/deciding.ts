/**
 * Has a conversation's actor decide. A throw in the rules is a bug, and costs this one conversation one command and no
 * other conversation anything: the actor is thrown away, and its state rebuilt from what is durable.
 */
import { apply } from '../conversation/apply.ts';
import type { Facts, PersonId, RecordRef } from '../conversation/commands.ts';
import type { ConversationMachine, Outcome } from '../conversation/machine.ts';
import { conversationOf, createConversationActor, dispatch } from '../conversation/machine.ts';
import type { ConversationState } from '../conversation/state.ts';
import { participants } from '../conversation/visibility.ts';
import type { Archive } from '../journal/archive.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Partition } from './partition.ts';
import { type ConversationRequest, toCommand } from './request.ts';
import { letActorGo, type Resident } from './resident.ts';

export interface DecidingPort {
  readonly archive: Archive;
  readonly clock: Clock;
  readonly log: Log;
  /** Those of `people` who are unknown or deactivated. */
  inactiveAmong(people: Iterable<PersonId>): ReadonlySet<PersonId>;
  mayView(person: PersonId, record: RecordRef): boolean;
  /** The rules; tests put broken ones in their place. */
  readonly machine?: ConversationMachine;
}

/** What the rules said, and the state with it. */
export interface Decision {
  readonly outcome: Outcome;
  readonly after: ConversationState | null;
}

/** The conversation is loaded and not broken. Null: the rules threw. */
export function decide(
  port: DecidingPort,
  resident: Resident,
  request: ConversationRequest,
  by: PersonId,
): Decision | null {
  try {
    resident.actor ??= createConversationActor(resident.state, port.machine);
    const { actor } = resident;
    const facts = factsFor(port, request, conversationOf(actor), by);
    const outcome = dispatch(actor, toCommand(request, resident.id, by, port.clock.tick(), facts));
    return { outcome, after: conversationOf(actor) };
  } catch (error) {
    port.log.error({ conversation: resident.id, error: (error as Error).stack }, 'the rules threw');
    letActorGo(resident);
    resident.broken = true;
    return null;
  }
}

/** Behind the commands decided before the throw: the archive's snapshot and the events since. */
export async function rebuild(port: DecidingPort, resident: Resident, partition: Backlog): Promise<void> {
  await settledIn(resident, partition);
  const stored = await port.archive.state(resident.id);
  const since = resident.unarchived.filter(({ event }) => event.v > (stored?.state.v ?? 0));
  resident.state = since.reduce((state, { event }) => apply(state, event), stored?.state ?? null);
  resident.broken = false;
}

type Backlog = Pick<Partition, 'afterBacklog'>;

/** Waits until all that was decided in the conversation is durable; never resolves where the store fails before. */
export async function settledIn(resident: Resident, partition: Backlog): Promise<void> {
  if (resident.pending > 0) await new Promise<void>((resolve) => partition.afterBacklog(resolve));
}

function factsFor(
  port: DecidingPort,
  request: ConversationRequest,
  state: ConversationState | null,
  by: PersonId,
): Facts {
  const people: PersonId[] = [by];
  if (request.type === 'start' || request.type === 'invite') people.push(...request.people);
  else if (request.type === 'leave' && state !== null) people.push(...participants(state));
  const about = request.type === 'start' ? request.about : (state?.about ?? null);
  return { inactive: port.inactiveAmong(people), viewsRecord: about !== null && port.mayView(by, about) };
}
