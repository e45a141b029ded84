/**
 * What is to happen in one simulated world: everything that a seed decides before anything happens. Steps bear small
 * numbers of their own, so that a plan with some of them taken out is still one.
 */
import type { Limits } from '../../src/limits.ts';
import { limits } from '../../src/limits.ts';
import type { Step } from '../model/history.ts';
import { Chance } from './chance.ts';

/** How often each comes, against the others, where its kind of trouble is on. */
const moves = {
  user: { start: 5, reply: 12, read: 5, readAll: 2, invite: 6, leave: 6, delete: 6, setAlerts: 2 },
  looking: { openTab: 3, closeTab: 1, more: 1, loadOlder: 1, refresh: 1, filter: 1, question: 2, reload: 1 },
  crm: { secure: 4, fire: 2, hire: 3 },
  network: { cut: 3, stall: 2, silent: 1.5, offline: 1, duplicate: 3 },
  disk: { writeFails: 1, commitFails: 0.6, writeStalls: 0.5, commitStalls: 0.3 },
  crashes: { kill: 2, powerCut: 2, stop: 1, checkpoint: 2 },
  privacy: { eraseMessages: 4, erasePerson: 0.5 },
  past: { copy: 1, restore: 1 },
  time: { wait: 2, jump: 1, skew: 1, mailDown: 0.7 },
} as const;
const rarer: ReadonlySet<string> = new Set(['past', 'disk', 'privacy']);
type Move = { [K in keyof typeof moves]: keyof (typeof moves)[K] }[keyof typeof moves];

export interface PlannedStep {
  readonly nth: number;
  readonly move: Move;
  /** Choices for the model's histories. */
  readonly step: Step;
  /** 0 ≤ x < 1: chooses a device. */
  readonly device: number;
  /** Milliseconds until the next step. */
  readonly waitMs: number;
  /** Everything settles behind it, and every client is compared. */
  readonly isCalm: boolean;
}

export interface Plan {
  readonly seed: number;
  readonly people: readonly string[];
  /** Whose each device is. */
  readonly devices: readonly string[];
  readonly partitions: number;
  readonly limits: Limits;
  readonly latencyMs: number;
  readonly writeMs: number;
  readonly steps: readonly PlannedStep[];
}

export function planOf(seed: number, stepsMax: number): Plan {
  const chance = new Chance(seed);
  const people = ['ann', 'bob', 'cid', 'dora', 'eve'].slice(0, 3 + chance.below(2) + (chance.is(0.2) ? 1 : 0));
  const devices = [...people, ...people.filter(() => chance.is(0.25))];
  const kinds = (Object.keys(moves) as (keyof typeof moves)[]).filter(
    (kind) => kind === 'user' || chance.is(rarer.has(kind) ? 0.35 : 0.6),
  );
  const weights: Partial<Record<Move, number>> = Object.assign({}, ...kinds.map((kind) => moves[kind]));
  const count = Math.ceil(stepsMax * chance.between(0.4, 1));
  const hurry = chance.pick([2, 10, 40, 150]);
  const steps = Array.from({ length: count }, (_, nth) => stepOf(chance.stream(nth), nth, weights, hurry));
  return {
    seed,
    people,
    devices,
    partitions: chance.is(0.25) ? 2 : 1,
    limits: limitsOf(chance, chance.stream(crowdsStream)),
    latencyMs: chance.pick([0.5, 2, 20]),
    writeMs: chance.pick([0.1, 0.5, 3]),
    steps,
  };
}

function stepOf(chance: Chance, nth: number, weights: Partial<Record<Move, number>>, hurryMs: number): PlannedStep {
  const move = chance.weighted(weights as Record<Move, number>);
  const modelMove = move in moves.user || move === 'secure' || move === 'fire' || move === 'hire' ? move : 'reply';
  return {
    nth,
    move,
    step: {
      move: (modelMove === 'setAlerts' ? 'reply' : modelMove) as Step['move'],
      talk: chance.below(5),
      who: chance.below(12),
      whom: Array.from({ length: chance.below(4) }, () => chance.below(12)),
      pick: chance.below(60),
      sane: chance.below(5),
    },
    device: chance.fraction(),
    waitMs: move === 'wait' ? chance.between(500, 6_000) : chance.is(0.3) ? 0 : chance.between(0, hurryMs),
    isCalm: chance.is(0.06),
  };
}

/** Far from those of the steps. */
const crowdsStream = 1_000_000;

/** Bounds so small that a short history meets them. */
function limitsOf(chance: Chance, crowds: Chance): Limits {
  const frameEntriesMax = chance.pick([1, 3, 1_024]);
  return {
    ...limits,
    heartbeatMs: 2_000,
    silenceMaxMs: 6_000,
    helloTimeoutMs: 3_000,
    expirySweepMs: 500,
    appendDeadlineMs: 1_000,
    drainSpreadMs: 300,
    closeGraceMs: 300,
    commandsPerSecond: 200,
    commandsBurst: chance.pick([10, 200]),
    socketBacklogMaxBytes: 8_192,
    resumeTextMaxBytes: 4_096,
    resumeEntriesMax: chance.pick([3, 5_000]),
    resumeConversationsMax: chance.pick([2, 1_000]),
    frameEntriesMax,
    pendingEntriesMax: chance.pick([frameEntriesMax, 16_384]),
    checkpointIntervalMs: chance.pick([100, 700, 2_000]),
    checkpointEntries: chance.pick([2, 8, 5_000]),
    checkpointCommands: chance.pick([2, 8_192]),
    commandsDelayMs: chance.pick([300, 30_000]),
    actorIdleMs: 40,
    residentConversationsMax: chance.pick([1, 3, 50_000]),
    residentViewsMax: chance.pick([1, 2_000]),
    mailWaitMs: chance.pick([500, 3_000]),
    mailRetryMinMs: 200,
    mailRetryMaxMs: 1_000,
    mailDrainMs: 300,
    outboxSweepMs: 500,
    crowdMin: crowds.pick([1, 1, 2, 32]),
    crowdsMax: crowds.pick([1, 64]),
    crowdIdleMs: crowds.pick([50, 10_000]),
  } as unknown as Limits;
}
