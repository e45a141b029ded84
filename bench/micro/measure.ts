/**
 * One operation against a reference operation, in turn, in the same process: how many times the reference's time it takes.
 * The absolute time says how the machine was; only the ratio is held to a budget.
 */
import { median } from '../report.ts';

export interface Micro {
  readonly room: 'codec' | 'rules' | 'journal' | 'views';
  readonly name: string;
  /** Runs it `times` times; what it returns keeps the engine from leaving it out. */
  readonly run: (times: number) => unknown | Promise<unknown>;
  readonly reference: string;
  readonly referenceRun: (times: number) => unknown | Promise<unknown>;
  /** The operation may take so many times the reference. */
  readonly budget: number;
}
export interface MicroResult {
  readonly room: string;
  readonly name: string;
  readonly reference: string;
  readonly micros: number;
  readonly referenceMicros: number;
  readonly ratio: number;
  readonly budget: number;
  readonly met: boolean;
}

/** `roundMs`: how long each of the rounds of either side takes, about. */
export async function measure(micro: Micro, rounds: number, roundMs: number): Promise<MicroResult> {
  const times = await timesFor(micro.run, roundMs);
  const referenceTimes = await timesFor(micro.referenceRun, roundMs);
  const [own, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    theirs.push(await microsOf(micro.referenceRun, referenceTimes));
    own.push(await microsOf(micro.run, times));
  }
  const ratio = median(own.map((micros, round) => micros / (theirs[round] as number)));
  const { room, name, reference, budget } = micro;
  const [micros, referenceMicros] = [median(own), median(theirs)];
  return { room, name, reference, micros, referenceMicros, ratio, budget, met: ratio <= budget };
}

/** One line on each operation that is. */
export function overBudget(results: readonly MicroResult[]): string[] {
  return results
    .filter(({ met }) => !met)
    .map(
      ({ room, name, reference, ratio, budget }) =>
        `over budget: ${room}: ${name}: ${ratio.toFixed(2)} × ${reference}, at most ${budget}`,
    );
}

/** Doubled until a round takes as long as it should: the engine has compiled by then what it is going to. */
async function timesFor(run: Micro['run'], roundMs: number): Promise<number> {
  for (let times = 1; ; times *= 2) {
    const ms = ((await microsOf(run, times)) * times) / 1000;
    if (ms >= roundMs) return times;
  }
}

async function microsOf(run: Micro['run'], times: number): Promise<number> {
  const began = performance.now();
  const kept = await run(times);
  const micros = ((performance.now() - began) * 1000) / times;
  if (kept === undefined) throw new Error('an operation that returns nothing may have been left out');
  return micros;
}
