/** What is posted, by whom and how fast. Open model: a message is due at its time whether or not the last one came back. */
export interface Shape {
  readonly conversations: number;
  /** In each conversation; everyone has a connection of their own and is in no other one. */
  readonly people: number;
  /** Messages a second over all conversations. */
  readonly perSecond: number;
}
export interface Workload extends Shape {
  readonly name: WorkloadName;
  /** What it stresses. */
  readonly about: string;
}
export const workloadNames = ['desk', 'hall', 'team'] as const;
export type WorkloadName = (typeof workloadNames)[number];

export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  desk: { name: 'desk', conversations: 500, people: 4, perSecond: 500, about: 'the usual CRM day' },
  hall: { name: 'hall', conversations: 1, people: 1000, perSecond: 40, about: 'fan-out' },
  team: { name: 'team', conversations: 100, people: 5, perSecond: 1000, about: 'commits' },
};

/** Bytes of a message's text. */
export const textBytes = 120;

export function personId(conversation: number, index: number): string {
  return `bench-${conversation}-${index}`;
}

/** People besides those of the shape: who is idle, reconnects or reads lists. */
export function extraId(number: number): string {
  return `extra-${number}`;
}

/** So many groups of three of them, none in two. */
export function extraTrios(count: number): string[][] {
  return Array.from({ length: count }, (_, trio) => [0, 1, 2].map((each) => extraId(3 * trio + each)));
}

/** A server under load, as the generator has to know it. */
export interface Target {
  readonly kind: TargetKind;
  readonly port: number;
  /** Whose processor time is read. */
  readonly pid: number;
}
export const peerKinds = ['relay', 'durable', 'ws', 'socketio', 'ejabberd', 'prosody'] as const;
export type PeerKind = (typeof peerKinds)[number];
export type TargetKind = PeerKind | 'parley';

/** Signs the tokens of one run; the server is gone after it. */
export const tokens = { secret: 'a secret of one benchmark run on the loopback', audience: 'bench', issuer: 'bench' };
