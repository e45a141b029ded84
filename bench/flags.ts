/** What a run is told on the command line. */
import { tmpdir } from 'node:os';
import { InvalidArgumentError } from 'commander';
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

export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It has to be a number above 0.');
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

/** The workload's own shape, but for what the command line says instead. */
export function shapeFor(name: WorkloadName, flags: Flags, perSecond = workloads[name].perSecond): Shape {
  return {
    conversations: flags.conversations ?? workloads[name].conversations,
    people: flags.people ?? workloads[name].people,
    perSecond: flags.perSecond ?? perSecond,
  };
}
