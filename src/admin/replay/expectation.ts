/**
 * What everyone should have seen, from the log alone and by rules told here a second time: nothing of the server's code
 * and nothing that the server said goes in. The timeline's places are its seqs, from 1 without a gap.
 */
import { limits } from '../../limits.ts';
import type { Script } from './script.ts';

export type ExpectedEntry = { readonly by: string } & (
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'joined'; readonly who: string }
  | { readonly kind: 'left' }
);

export interface ExpectedCopy {
  /** Both ends inclusive; the last one ends at the end of the timeline where the person is still inside. */
  readonly stints: readonly { readonly from: number; readonly to: number }[];
  readonly inside: boolean;
  /** Messages of others since the person last spoke or was invited: nobody marks anything as read here. */
  readonly unread: number;
}

export interface Expectation {
  readonly timeline: readonly ExpectedEntry[];
  /** Of everyone who was ever inside. */
  readonly copies: ReadonlyMap<string, ExpectedCopy>;
  /** Index of a step → the rule that refuses it. */
  readonly refusals: ReadonlyMap<number, string>;
}

export function expectationOf({ name, starter, companion, steps }: Script): Expectation {
  const timeline: ExpectedEntry[] = [{ kind: 'message', by: starter, text: name }];
  const stays = new Map<string, { from: number; to: number | null }[]>();
  const refusals = new Map<number, string>();
  const inside = new Set([starter, companion]);
  for (const person of inside) stays.set(person, [{ from: 1, to: null }]);

  const invite = (person: string): void => {
    timeline.push({ kind: 'joined', by: lastSpeakerInside(timeline, inside), who: person });
    stays.set(person, [...(stays.get(person) ?? []), { from: timeline.length, to: null }]);
    inside.add(person);
  };

  for (const [index, step] of steps.entries()) {
    const { person } = step;
    if (step.kind === 'leave') {
      if (!inside.has(person)) continue;
      if (person === starter) refusals.set(index, 'LEAVE-2');
      else if (inside.size < 3) refusals.set(index, 'LEAVE-3');
      else {
        timeline.push({ kind: 'left', by: person });
        const stay = stays.get(person)?.at(-1);
        if (stay !== undefined) stay.to = timeline.length;
        inside.delete(person);
      }
      continue;
    }
    if (!inside.has(person)) invite(person);
    if (step.kind !== 'speak') continue;
    if (Buffer.byteLength(step.text) > limits.textMaxBytes) refusals.set(index, 'REPLY-1');
    else timeline.push({ kind: 'message', by: person, text: step.text });
  }

  const copies = new Map<string, ExpectedCopy>();
  for (const [person, of] of stays) {
    const stints = of.map(({ from, to }) => ({ from, to: to ?? timeline.length }));
    copies.set(person, { stints, inside: inside.has(person), unread: unreadOf(timeline, person, stints.at(-1)) });
  }
  return { timeline, copies, refusals };
}

/** Whoever spoke last of those inside does the inviting. The starter spoke first and never leaves. */
function lastSpeakerInside(timeline: readonly ExpectedEntry[], inside: ReadonlySet<string>): string {
  for (let at = timeline.length - 1; at >= 0; at -= 1) {
    const entry = timeline[at] as ExpectedEntry;
    if (entry.kind === 'message' && inside.has(entry.by)) return entry.by;
  }
  throw new Error('the starter has left, which no rule allows');
}

function unreadOf(
  timeline: readonly ExpectedEntry[],
  person: string,
  last: { readonly from: number; readonly to: number } | undefined,
): number {
  let unread = 0;
  for (let seq = last?.to ?? 0; seq >= (last?.from ?? 1); seq -= 1) {
    const entry = timeline[seq - 1] as ExpectedEntry;
    if (entry.kind !== 'message') continue;
    if (entry.by === person) break;
    unread += 1;
  }
  return unread;
}

/** The seqs of a copy, ascending. */
export function seqsOf({ stints }: ExpectedCopy): number[] {
  return stints.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
}
