/** Fewer steps that end in the same complaint. */
import type { Outcome } from './world.ts';

export interface Shrunk {
  /** Steps that are left, by their numbers. */
  readonly kept: readonly number[];
  readonly outcome: Outcome;
}

/** Worlds that may be played to find them. */
const playsMax = 200;

/** Takes out halves, quarters and so on, as long as what is left still complains of the same rule. */
export async function shrunk(
  outcome: Outcome,
  steps: readonly number[],
  play: (kept: readonly number[]) => Promise<Outcome>,
): Promise<Shrunk> {
  let best: Shrunk = { kept: steps, outcome };
  let plays = 0;
  for (
    let size = Math.ceil(steps.length / 2);
    size >= 1 && plays < playsMax;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < best.kept.length && plays < playsMax; ) {
      const kept = [...best.kept.slice(0, at), ...best.kept.slice(at + size)];
      plays += 1;
      const without = await play(kept);
      if (kindOf(without) === kindOf(outcome)) best = { kept, outcome: without };
      else at += size;
    }
  }
  return best;
}

/** The rule it names, or how it begins. */
function kindOf({ complaint }: Outcome): string | null {
  return complaint === null ? null : (/^\[[^\]]+\]/.exec(complaint)?.[0] ?? complaint.slice(0, 24));
}
