/**
 * Every person's copy against what the log says they should have seen: what their client was told while it happened, and
 * what a client that knows nothing yet reads now, page by page to the beginning. A difference names people and seqs, and
 * no texts.
 */
import { type ConversationView, type EntryView, type Parley, ParleyError } from '../../client/node.ts';
import { inParallel } from '../../runtime/in-parallel.ts';
import { freshClient, type ServerAccess } from './clients.ts';
import { type Expectation, type ExpectedCopy, type ExpectedEntry, seqsOf } from './expectation.ts';
import type { Observer } from './observer.ts';
import type { Played } from './play.ts';

/** One conversation that was played, and what should have become of it. */
export interface Performance {
  readonly played: Played;
  readonly expected: Expectation;
}

/** A person's copy as a client showed it. */
export interface SeenCopy {
  readonly entries: readonly EntryView[];
  readonly unread: number;
  readonly inside: boolean;
  /** Ids, in order of id. */
  readonly participants: readonly string[];
}

const checkingAtOnce = 24;

/** Steps that the server refused and should not have, or the other way round. */
export function refusalDifferences({ played, expected }: Performance): string[] {
  const { script, refusals } = played;
  const differences: string[] = [];
  for (const index of new Set([...refusals.keys(), ...expected.refusals.keys()])) {
    const was = refusals.get(index);
    const should = expected.refusals.get(index);
    if (was === should) continue;
    const step = script.steps[index];
    const what = `${script.name}, step ${index + 1} (${step?.person}: ${step?.kind})`;
    differences.push(`${what}: ${was ?? 'accepted'} instead of ${should ?? 'accepted'}`);
  }
  return differences;
}

/** What the person's client was told live: each entry once, in order, nothing else. */
export function liveDifferences(observer: Observer, { played, expected }: Performance, person: string): string[] {
  const copy = expected.copies.get(person);
  const should = copy === undefined ? [] : seqsOf(copy);
  const told = observer.seqsOf(person, played.conversation);
  const at = firstDifference(told, should);
  if (at === -1) return [];
  const where = `${played.script.name}: ${person} was told ${told.length} entries instead of ${should.length}`;
  return [`${where}; the ${at + 1}. is ${told[at] ?? 'missing'} instead of ${should[at] ?? 'none'}`];
}

/** What was told first of each entry, against the log. */
export function timelineDifferences(observer: Observer, { played, expected }: Performance): string[] {
  const { script, conversation } = played;
  return expected.timeline.flatMap((should, index) => {
    const entry = observer.entry(conversation, index + 1);
    if (entry === undefined) return [`${script.name}: nobody was told entry ${index + 1}`];
    const who = entry.kind === 'joined' ? entry.who : null;
    const text = entry.kind === 'message' ? entry.text : null;
    const same = isEntry(should, { kind: entry.kind, by: entry.by, who, text });
    return same
      ? []
      : [`${script.name}: entry ${index + 1} was told as ${entry.kind} of ${entry.by}, ${shouldBe(should)}`];
  });
}

/** What a copy shows, against what it should. Null = the person has none. */
export function copyDifferences(name: string, expected: Expectation, person: string, seen: SeenCopy | null): string[] {
  const copy = expected.copies.get(person);
  const of = `${name}: the copy of ${person}`;
  if (copy === undefined) return seen === null ? [] : [`${of} is there, and should not be`];
  if (seen === null) return [`${of} is missing`];
  const differences = entryDifferences(of, expected, copy, seen.entries);
  if (seen.unread !== copy.unread) differences.push(`${of} has ${seen.unread} unread instead of ${copy.unread}`);
  if (seen.inside !== copy.inside) differences.push(`${of} says ${seen.inside ? 'inside' : 'left'}, and should not`);
  if (copy.inside) {
    const inside = [...expected.copies].filter(([, other]) => other.inside).map(([id]) => id);
    const at = firstDifference(seen.participants, inside.sort());
    if (at !== -1) differences.push(`${of} names ${seen.participants.length} participants instead of ${inside.length}`);
  }
  return differences;
}

function entryDifferences(
  of: string,
  { timeline }: Expectation,
  copy: ExpectedCopy,
  entries: readonly EntryView[],
): string[] {
  const should = seqsOf(copy);
  const seqs = entries.map(({ seq }) => seq);
  const at = firstDifference(seqs, should);
  if (at !== -1) {
    const first = `the ${at + 1}. is ${seqs[at] ?? 'missing'} instead of ${should[at] ?? 'none'}`;
    return [`${of} has ${seqs.length} entries instead of ${should.length}; ${first}`];
  }
  return entries.flatMap((entry) => {
    const expected = timeline[entry.seq - 1] as ExpectedEntry;
    const who = entry.kind === 'joined' ? entry.who.id : null;
    const text = entry.kind === 'message' ? entry.text : null;
    const same = isEntry(expected, { kind: entry.kind, by: entry.by.id, who, text });
    return same ? [] : [`${of} shows entry ${entry.seq} as ${entry.kind} of ${entry.by.id}, ${shouldBe(expected)}`];
  });
}

function isEntry(
  should: ExpectedEntry,
  is: { readonly kind: string; readonly by: string; readonly who: string | null; readonly text: string | null },
): boolean {
  if (should.kind !== is.kind || should.by !== is.by) return false;
  if (should.kind === 'message') return should.text === is.text;
  return should.kind !== 'joined' || should.who === is.who;
}

function shouldBe({ kind, by }: ExpectedEntry): string {
  return `and should be the ${kind} of ${by} as the log has it`;
}

function firstDifference<T>(a: readonly T[], b: readonly T[]): number {
  const length = Math.max(a.length, b.length);
  for (let at = 0; at < length; at += 1) if (a[at] !== b[at]) return at;
  return -1;
}

/** Reads every copy anew; `live`: what the person's own client shows after all that happened. */
export async function checkCopies(
  access: ServerAccess,
  performances: readonly Performance[],
  people: Iterable<string>,
  live: (person: string) => Parley,
  checked: () => void,
): Promise<string[]> {
  const differences: string[] = [];
  await inParallel([...people], checkingAtOnce, async (person) => {
    const client = await freshClient(access, person);
    try {
      for (const { played, expected } of performances) {
        const { conversation, script } = played;
        const view = await wholeCopy(client, conversation);
        const seen = view === null ? null : seenCopy(view);
        differences.push(...copyDifferences(script.name, expected, person, seen));
        const shown = live(person).conversation(conversation).getSnapshot();
        if (shown !== null && view !== null && !sameShape(shown, view)) {
          differences.push(`${script.name}: the client of ${person} shows another state than the server has`);
        }
      }
    } finally {
      client.close();
    }
    checked();
  });
  return differences;
}

/** All of a copy, revealed page by page; null where there is none. */
async function wholeCopy(client: Parley, id: string): Promise<ConversationView | null> {
  const conversation = client.conversation(id);
  try {
    await conversation.load();
  } catch (error) {
    if (error instanceof ParleyError && error.name === 'not-found') return null;
    throw error;
  }
  for (;;) {
    const view = conversation.getSnapshot();
    if (!view?.more) return view;
    await conversation.more();
    if (conversation.getSnapshot()?.entries.length === view.entries.length) return view;
  }
}

function seenCopy(view: ConversationView): SeenCopy {
  const participants = view.participants.map(({ id }) => id).sort();
  return { entries: view.entries, unread: view.unread, inside: view.standing === 'participant', participants };
}

/** Of the same head, marks and people; how much of it each shows is its own affair. */
function sameShape(a: ConversationView, b: ConversationView): boolean {
  const shape = ({ head, unread, readUpTo, standing, order, participants }: ConversationView) =>
    JSON.stringify([head, unread, readUpTo, standing, order, participants.map(({ id }) => id).sort()]);
  return shape(a) === shape(b);
}
