/**
 * One conversation followed for one person: the state as of the point that was asked for, folded by the same `apply` as
 * everywhere, and the events that made their part of it what it is.
 */
import type { PersonId } from '../../conversation/commands.ts';
import { isTimelineEvent } from '../../conversation/events.ts';
import type { ConversationState, Member } from '../../conversation/state.ts';
import type { ArchivedEvent } from '../../journal/entry.ts';
import { foldOrThrow } from '../../journal/folding.ts';
import { requireConversationKey } from '../../journal/keys.ts';
import { placeIn } from '../../journal/tables.ts';

type Mark = 'readUpTo' | 'deletedUpTo' | 'copy';

export interface Trace {
  readonly person: PersonId;
  readonly state: ConversationState;
  /** Null for someone who never was a participant. */
  readonly member: Member | null;
  /** Of each of the member's stints. `ended` null: it is open. */
  readonly stints: readonly { readonly began: ArchivedEvent; readonly ended: ArchivedEvent | null }[];
  /** What moved each last; null: nothing ever did. */
  readonly moved: Readonly<Record<Mark, ArchivedEvent | null>>;
  /** Messages and notices, whole: the one of seq 1 first. */
  readonly timeline: readonly ArchivedEvent[];
  /** Those by which texts went (ERASE-1). */
  readonly erased: readonly ArchivedEvent[];
  readonly last: ArchivedEvent;
}

/** Null where there are no events; `upTo`: no event behind this `v`. */
export async function traceOf(
  conversation: string,
  events: AsyncIterable<ArchivedEvent>,
  person: PersonId,
  upTo = Number.POSITIVE_INFINITY,
): Promise<Trace | null> {
  const place = placeIn('states', requireConversationKey(conversation));
  let state: ConversationState | null = null;
  let last: ArchivedEvent | null = null;
  const moved: Record<Mark, ArchivedEvent | null> = { readUpTo: null, deletedUpTo: null, copy: null };
  const timeline: ArchivedEvent[] = [];
  const erased: ArchivedEvent[] = [];
  for await (const archived of events) {
    if (archived.event.v > upTo) break;
    const before: Member | undefined = state?.members.get(person);
    state = foldOrThrow(place, state, archived);
    last = archived;
    if (isTimelineEvent(archived.event)) timeline.push(archived);
    else if (archived.event.type === 'erased') erased.push(archived);
    note(moved, before, state.members.get(person), archived);
  }
  if (state === null || last === null) return null;
  const member = state.members.get(person) ?? null;
  const entry = (seq: number) => timeline[seq - 1] as ArchivedEvent;
  const stints = (member?.stints ?? []).map(({ from, to }) => ({
    began: entry(from),
    ended: to === null ? null : entry(to),
  }));
  return { person, state, member, stints, moved, timeline, erased, last };
}

function note(
  moved: Record<Mark, ArchivedEvent | null>,
  before: Member | undefined,
  after: Member | undefined,
  event: ArchivedEvent,
): void {
  if (after === undefined || after === before) return;
  const first = { readUpTo: 0, deletedUpTo: 0, copy: false };
  for (const mark of ['readUpTo', 'deletedUpTo', 'copy'] as const) {
    if ((before ?? first)[mark] !== after[mark]) moved[mark] = event;
  }
}
