/** What a run is told on the command line. */
import { tmpdir } from 'node:os';
import { InvalidArgumentError } from 'commander';
import { limits } from '../src/limits.ts';
import { type PeerKind, peerKinds, type Shape, type WorkloadName, workloadNames, workloads } from './workload.ts';

export const runNames = [
  ...workloadNames,
  ...(['ramp', 'idle', 'storm', 'slow', 'snapshot', 'growth', 'soak', 'list', 'start'] as const),
] as const;
export type RunName = (typeof runNames)[number];

export interface Flags {
  readonly workload?: RunName;
  readonly against: readonly PeerKind[];
  readonly seconds: number;
  readonly warmUp: number;
  readonly rounds: number;
  readonly directory: string;
  readonly results: string | false;
  readonly profile?: string;
  readonly json?: true;
  readonly threshold?: true;
  readonly http?: true;
  /** Instead of the workload's own. */
  readonly conversations?: number;
  readonly people?: number;
  readonly perSecond?: number;
  /** Connections of `idle`, people of `storm`, those who stall in `slow`; conversations of every other. */
  readonly size?: number;
  readonly messages?: number;
  /** Of `soak`. */
  readonly minutes: number;
  readonly svg?: string;
}

export const defaults = {
  seconds: 10,
  /** V8 compiles what a server does for some 15 seconds of load. */
  warmUp: 20,
  rounds: 3,
  minutes: 60,
  directory: tmpdir(),
  results: 'bench/results',
  against: ['relay'] as readonly PeerKind[],
};

/** More is a slip of the finger, and nothing could tick off so much. */
const longestMost = 86_400;
const rateMost = 1_000_000;
const countMost = 100_000_000;

/** Of seconds, minutes or milliseconds. */
export function duration(text: string): number {
  return numberUpTo(longestMost, text);
}

/** Messages a second; a fraction of one will do. */
export function rate(text: string): number {
  return numberUpTo(rateMost, text);
}

export function count(text: string): number {
  return wholeNumber(text, 1, countMost);
}

/** Somebody has to hear what is said, and a conversation takes only so many. */
export function people(text: string): number {
  return wholeNumber(text, 2, limits.peoplePerCommandMax + 1);
}

function numberUpTo(most: number, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= most)) throw new InvalidArgumentError(`It has to be a number above 0, at most ${most}.`);
  return value;
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    throw new InvalidArgumentError(`It has to be a whole number from ${least} to ${most}.`);
  }
  return value;
}

export function peersOf(text: string): PeerKind[] {
  const kinds = text.split(',').filter((kind) => kind !== '');
  const odd = kinds.find((kind) => !isPeer(kind));
  if (odd !== undefined || kinds.length === 0) {
    throw new InvalidArgumentError(`Peers are ${peerKinds.join(', ')}, with commas between them.`);
  }
  return [...new Set(kinds as PeerKind[])];
}

function isPeer(kind: string): kind is PeerKind {
  return (peerKinds as readonly string[]).includes(kind);
}

export function isFanOut(name: RunName): name is WorkloadName {
  return (workloadNames as readonly string[]).includes(name);
}

const shape = ['conversations', 'people', 'perSecond'] as const;
const fanOut = ['against', 'seconds', 'warmUp', 'rounds', ...shape, 'http', 'profile', 'svg'] as const;
const turns = ['size', 'seconds', 'warmUp', 'rounds', ...shape] as const;

/** What a run makes something of, besides where and how it reports. */
const used: Readonly<Record<RunName, readonly (keyof Flags)[]>> = {
  desk: fanOut,
  hall: fanOut,
  team: fanOut,
  ramp: ['against', 'seconds', 'warmUp', 'rounds', ...shape],
  idle: ['size'],
  storm: ['size', 'seconds', 'warmUp', ...shape],
  slow: turns,
  snapshot: turns,
  growth: turns,
  soak: ['minutes', ...shape],
  list: ['size', 'seconds', 'warmUp', ...shape],
  start: ['size', 'messages', 'rounds'],
};

export function takesPeers(name: RunName): boolean {
  return used[name].includes('against');
}

/** Those of `given` that one run or another would use, but none of these. */
export function unusedBy(names: readonly RunName[], given: readonly (keyof Flags)[]): (keyof Flags)[] {
  const anywhere = new Set(Object.values(used).flat());
  return given.filter((flag) => anywhere.has(flag) && !names.some((name) => used[name].includes(flag)));
}

/** The workload's own shape, but for what the command line says instead. */
export function shapeFor(name: WorkloadName, flags: Flags, perSecond = workloads[name].perSecond): Shape {
  return {
    conversations: flags.conversations ?? workloads[name].conversations,
    people: flags.people ?? workloads[name].people,
    perSecond: flags.perSecond ?? perSecond,
  };
}
