/** What an erasure would take away: found by reading, told in counts. */
import type { ConversationId, PersonId, Seq } from '../conversation/commands.ts';
import { isMessage, isTimelineEvent } from '../conversation/events.ts';
import type { Directory } from '../directory/directory.ts';
import { isErased } from '../directory/entities.ts';
import type { Host } from '../host/host.ts';
import type { Archive } from '../journal/archive.ts';

export type ErasureRequest =
  | { readonly conversation: ConversationId; readonly seqs: readonly Seq[] }
  | { readonly person: PersonId };

export interface ErasurePlan {
  /** Whose text goes. */
  readonly messages: number;
  readonly conversations: number;
  /** Named, or written by the person, and erased before. */
  readonly erasedBefore: number;
  /** Does a name go from the directory? */
  readonly name: boolean;
}

/** There is no such conversation, person or entry, or the entry is a notice, which holds no text. */
export class NotErasable extends Error {
  override readonly name = 'NotErasable';
}

export interface PlanningPort {
  readonly host: Pick<Host, 'state' | 'events' | 'unarchivedStates'>;
  readonly archive: Pick<Archive, 'conversationsOf'>;
  readonly directory: Pick<Directory, 'person'>;
}

/** Throws `NotErasable`. `messages`: of the one conversation, in order, with their times; empty for a person. */
export async function planErasure(
  port: PlanningPort,
  request: ErasureRequest,
): Promise<{ plan: ErasurePlan; messages: (readonly [Seq, number])[] }> {
  return 'person' in request
    ? planPerson(port, request.person)
    : planMessages(port, request.conversation, request.seqs);
}

async function planMessages(port: PlanningPort, conversation: ConversationId, seqs: readonly Seq[]) {
  if ((await port.host.state(conversation)) === null) throw new NotErasable(`there is no conversation ${conversation}`);
  const wanted = new Set(seqs);
  const messages: (readonly [Seq, number])[] = [];
  let erasedBefore = 0;
  for await (const { event } of port.host.events(conversation)) {
    if (!isTimelineEvent(event) || !wanted.delete(event.seq)) continue;
    if (!isMessage(event)) throw new NotErasable(`entry ${event.seq} is a notice: it holds no text`);
    if (event.text === null) erasedBefore += 1;
    else messages.push([event.seq, event.at]);
  }
  const [missing] = wanted;
  if (missing !== undefined) throw new NotErasable(`the conversation has no entry ${missing}`);
  const plan = { messages: messages.length, conversations: messages.length > 0 ? 1 : 0, erasedBefore, name: false };
  return { plan, messages };
}

async function planPerson(port: PlanningPort, person: PersonId) {
  const known = port.directory.person(person);
  const conversations = await conversationsOf(port, person);
  if (known === undefined && conversations.size === 0) throw new NotErasable(`there is no person ${person}`);
  const counts = { messages: 0, conversations: 0, erasedBefore: 0 };
  for (const conversation of conversations) {
    let messages = 0;
    for await (const { event } of port.host.events(conversation)) {
      if (!isMessage(event) || event.by !== person) continue;
      if (event.text === null) counts.erasedBefore += 1;
      else messages += 1;
    }
    counts.messages += messages;
    counts.conversations += messages > 0 ? 1 : 0;
  }
  return { plan: { ...counts, name: known !== undefined && !isErased(known) }, messages: [] };
}

/** Every conversation the person ever was in. */
export async function conversationsOf(port: PlanningPort, person: PersonId): Promise<Set<ConversationId>> {
  const conversations = new Set<ConversationId>();
  // Before the index is asked: what a checkpoint moves there meanwhile would otherwise be in neither.
  for (const { state } of port.host.unarchivedStates()) if (state.members.has(person)) conversations.add(state.id);
  for (const conversation of await port.archive.conversationsOf(person)) conversations.add(conversation);
  return conversations;
}
