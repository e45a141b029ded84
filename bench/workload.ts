/** What is posted, by whom and how fast. Open model: a message is due at its time whether or not the last one came back. */
export interface Workload {
  readonly name: WorkloadName;
  readonly conversations: number;
  /** In each conversation; everyone has a connection of their own and is in no other one. */
  readonly people: number;
  /** Messages a second over all conversations. */
  readonly perSecond: number;
  /** What it stresses. */
  readonly about: string;
}
export type WorkloadName = 'hall' | 'team';

export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  hall: { name: 'hall', conversations: 1, people: 1000, perSecond: 40, about: 'fan-out: 40,000 deliveries/s' },
  team: { name: 'team', conversations: 100, people: 5, perSecond: 1000, about: 'commits: 1,000 messages/s' },
};

/** Bytes of a message's text. */
export const textBytes = 120;

export function personId(conversation: number, index: number): string {
  return `bench-${conversation}-${index}`;
}

/** A server under load, as the generator has to know it. */
export interface Target {
  readonly kind: TargetKind;
  readonly port: number;
  /** Whose processor time is read. */
  readonly pid: number;
}
export type TargetKind = 'relay' | 'parley';

/** Signs the tokens of one run; the server is gone after it. */
export const tokens = { secret: 'a secret of one benchmark run on the loopback', audience: 'bench', issuer: 'bench' };
