/**
 * An outside checker: what clients were told and what the store holds afterwards are compared, with nothing of the
 * server's own code. The store comes as the lines of `parley export`; what a copy must show is derived from them here.
 */

/** One line of `parley export`. */
export interface ExportedEvent {
  readonly conversation: string;
  readonly position: number;
  readonly v: number;
  readonly at: number;
  readonly by: string;
  readonly type: 'started' | 'replied' | 'joined' | 'left' | 'read' | 'deleted';
  readonly seq?: number;
  readonly text?: string;
  readonly people?: readonly string[];
  readonly who?: string;
  readonly upTo?: number;
}

/** What a client was told: the command was done. */
export type Acknowledged = { readonly person: string; readonly conversation: string } & (
  | { readonly did: 'start' | 'reply'; readonly text: string; readonly seq: number; readonly at: number }
  | { readonly did: 'invite'; readonly who: string; readonly seq: number }
  | { readonly did: 'leave'; readonly seq: number }
  | { readonly did: 'read'; readonly readUpTo: number }
);

export interface SeenEntry {
  readonly kind: 'message' | 'joined' | 'left';
  readonly seq: number;
  readonly by: string;
  /** The text, or who joined, or nothing. */
  readonly what: string;
}

export interface Copy {
  readonly conversation: string;
  readonly order: number;
  readonly unread: number;
  readonly entries: readonly SeenEntry[];
}

/** Everything that is wrong, in words; empty = nothing is. `acknowledged` in the order in which each person was told. */
export function faultsOf(events: readonly ExportedEvent[], acknowledged: readonly Acknowledged[]): string[] {
  return [...orderFaults(events), ...doubledTexts(events), ...lostOrMoved(events, acknowledged)];
}

function orderFaults(events: readonly ExportedEvent[]): string[] {
  const faults: string[] = [];
  for (const [conversation, list] of byConversation(events)) {
    let [v, seq, at, position] = [0, 0, 0, 0];
    for (const event of list) {
      if (event.v !== v + 1) faults.push(`${conversation}: v ${event.v} after ${v}`);
      if (event.seq !== undefined && event.seq !== seq + 1)
        faults.push(`${conversation}: seq ${event.seq} after ${seq}`);
      if (event.at < at) faults.push(`${conversation}: v ${event.v} is older than the one before`);
      if (event.position < position) faults.push(`${conversation}: position ${event.position} after ${position}`);
      [v, seq, at, position] = [event.v, event.seq ?? seq, event.at, event.position];
    }
  }
  return faults;
}

/** Every text is used by one command only, so that a command that was carried out twice shows. */
function doubledTexts(events: readonly ExportedEvent[]): string[] {
  const seen = new Set<string>();
  return events.flatMap(({ text }) => {
    if (text === undefined) return [];
    if (seen.has(text)) return [`twice: ${text}`];
    seen.add(text);
    return [];
  });
}

function lostOrMoved(events: readonly ExportedEvent[], acknowledged: readonly Acknowledged[]): string[] {
  const faults: string[] = [];
  const conversations = byConversation(events);
  const lastSeq = new Map<string, number>();
  for (const ack of acknowledged) {
    const list = conversations.get(ack.conversation) ?? [];
    const what = JSON.stringify(ack);
    if (ack.did === 'read') {
      const marks = list.filter(
        (event) => event.by === ack.person && event.type === 'read' && event.upTo === ack.readUpTo,
      );
      if (marks.length !== 1) faults.push(`lost or doubled: ${what}`);
      continue;
    }
    const found = list.filter((event) => event.seq === ack.seq && isDone(event, ack));
    if (found.length !== 1) faults.push(`lost, doubled or moved: ${what}`);
    // Each client waits for one answer before it asks again: what it was told first stands first.
    const key = `${ack.person} ${ack.conversation}`;
    if (ack.seq <= (lastSeq.get(key) ?? 0)) faults.push(`reordered: ${what}`);
    lastSeq.set(key, ack.seq);
  }
  return faults;
}

function isDone(event: ExportedEvent, ack: Exclude<Acknowledged, { did: 'read' }>): boolean {
  if (event.by !== ack.person) return false;
  switch (ack.did) {
    case 'start':
      return event.type === 'started' && event.text === ack.text && event.at === ack.at;
    case 'reply':
      return event.type === 'replied' && event.text === ack.text && event.at === ack.at;
    case 'invite':
      return event.type === 'joined' && event.who === ack.who;
    case 'leave':
      return event.type === 'left';
  }
}

/** The person's list as the rules say (SEE-1, LIST-1, READ-1 to READ-4), newest first. Nobody deletes here. */
export function copiesOf(events: readonly ExportedEvent[], person: string): Copy[] {
  const copies: Copy[] = [];
  for (const [conversation, list] of byConversation(events)) {
    let [inside, member] = [false, false];
    let [readUpTo, joinedAt] = [0, 0];
    const entries: (SeenEntry & { at: number })[] = [];
    for (const event of list) {
      const begins = event.type === 'joined' && event.who === person;
      const isStart = event.type === 'started' && [event.by, ...(event.people ?? [])].includes(person);
      if (begins || isStart) [inside, member] = [true, true];
      if (begins) [readUpTo, joinedAt] = [event.seq as number, event.at];
      if (isStart) joinedAt = event.at;
      if (inside && event.seq !== undefined) entries.push({ ...entryOf(event, event.seq), at: event.at });
      if (event.by !== person) continue;
      if (event.type === 'read') readUpTo = Math.max(readUpTo, event.upTo as number);
      if (event.type === 'started' || event.type === 'replied') readUpTo = Math.max(readUpTo, event.seq as number);
      if (event.type === 'left') inside = false;
    }
    if (!member) continue;
    const messages = entries.filter(({ kind }) => kind === 'message');
    copies.push({
      conversation,
      order: messages.at(-1)?.at ?? joinedAt,
      unread: messages.filter(({ seq, by }) => seq > readUpTo && by !== person).length,
      entries: entries.map(({ at: _, ...entry }) => entry),
    });
  }
  return copies.sort((a, b) => b.order - a.order);
}

function entryOf({ type, by, text = '', who = '' }: ExportedEvent, seq: number): SeenEntry {
  if (type === 'joined') return { kind: 'joined', seq, by, what: who };
  return type === 'left' ? { kind: 'left', seq, by, what: '' } : { kind: 'message', seq, by, what: text };
}

function byConversation(events: readonly ExportedEvent[]): Map<string, ExportedEvent[]> {
  const map = new Map<string, ExportedEvent[]>();
  for (const event of events) {
    const list = map.get(event.conversation) ?? [];
    map.set(event.conversation, list);
    list.push(event);
  }
  return map;
}
