/**
 * Runs worlds one after the other, in a process of its own: what a seed decides depends on nothing outside. The argument is
 * a request in JSON; on standard output there is one line of JSON for each world with a complaint, and one for all of them.
 */
import { createHash } from 'node:crypto';
import { Chance } from './chance.ts';
import { planOf } from './plan.ts';
import type { Complained, Ran, Request } from './run-worlds.ts';
import { shrunk } from './shrink.ts';
import { type Outcome, World } from './world.ts';

/** The world that runs just now: what nobody caught is its. */
let running: World | null = null;
process.on('unhandledRejection', (error) => running?.bug(`an unhandled rejection: ${(error as Error).stack}`));
process.on('uncaughtException', (error) => running?.bug(`an uncaught exception: ${error.stack}`));

async function play(seed: number, stepsMax: number, kept: readonly number[] | null): Promise<Outcome> {
  const plan = planOf(seed, stepsMax);
  const steps = kept === null ? plan.steps : plan.steps.filter(({ nth }) => kept.includes(nth));
  // The client names its commands by the browser's own source of chance.
  const chance = new Chance(seed);
  Object.defineProperty(globalThis.crypto, 'getRandomValues', {
    configurable: true,
    value: (into: Uint8Array) => {
      chance.bytes(into);
      return into;
    },
  });
  running = new World({ ...plan, steps });
  return running.run();
}

function say(line: Complained | Ran): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const request = JSON.parse(process.argv[2] as string) as Request;
const hash = createHash('sha256');
const counts: Record<string, number> = {};
let worlds = 0;
for (let seed = request.first; seed < request.first + request.count; seed += 1) {
  const outcome = await play(seed, request.stepsMax, request.kept);
  worlds += 1;
  hash.update(outcome.hash);
  for (const [what, count] of Object.entries(outcome.counts)) counts[what] = (counts[what] ?? 0) + count;
  if (outcome.complaint === null) continue;
  const { kept, outcome: smallest } = request.shrink
    ? await shrunk(
        outcome,
        planOf(seed, request.stepsMax).steps.map(({ nth }) => nth),
        (steps) => play(seed, request.stepsMax, steps),
      )
    : { kept: null, outcome };
  say({ seed, complaint: smallest.complaint as string, kept, trace: smallest.trace });
  if (request.untilComplaint) break;
}
const { user, system } = process.cpuUsage();
say({ worlds, hash: hash.digest('hex'), counts, cpuMs: Math.round((user + system) / 1_000) });
process.exit(0);
