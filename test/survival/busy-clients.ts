/**
 * Many busy clients in one process, who are told nothing of what happens to their server, and at the end the checker's
 * questions to them and to the store: nothing acknowledged lost, nothing twice, no gap, no reorder, and everyone sees the
 * same.
 */
import { expect } from 'vitest';
import { issueToken } from '../../src/session/token-issuer.ts';
import { type RunningServer, runCli } from '../support/cli.ts';
import { BusyClient } from './busy-client.ts';
import { type Acknowledged, copiesOf, type ExportedEvent, faultsOf } from './outside-checker.ts';

const secret = 'a secret of the tests, at least 32 bytes long';
const adminToken = 'admin-token-of-the-tests';
/** Of a server that they use. */
export const busyServerArgs = ['--auth-secret', secret, '--admin-token', adminToken, '--log-level', 'warn'] as const;

export function tokenOf(person: string): Promise<string> {
  return issueToken({ secret, person, audience: 'parley', issuer: 'parley', ttlSeconds: 3_600 });
}

export class BusyClients {
  readonly people: readonly string[];
  readonly all: readonly BusyClient[];
  readonly #random: () => number;

  /** Begins to connect: the people are in the directory. `random` is seeded. */
  constructor(size: number, url: string, random: () => number) {
    this.people = peopleOf(size);
    this.#random = random;
    this.all = this.people.map((person) => {
      const others = this.people.filter((id) => id !== person);
      return new BusyClient({ url, person, others, token: () => tokenOf(person), random });
    });
  }

  get acknowledged(): readonly Acknowledged[] {
    return this.all.flatMap((one) => one.acknowledged);
  }

  /** Starts some conversations, and from then on everybody does as they please. */
  async begin(conversations: number, share = 0.3): Promise<void> {
    for (const one of this.all.slice(0, conversations)) {
      const partner = this.people.find((id) => id !== one.person);
      await one.start(this.people.filter((id) => id === partner || (id !== one.person && this.#random() < share)));
    }
    for (const one of this.all) one.run();
  }

  /** Until that much more has been acknowledged: at once under load, later where clients are still on their way back. */
  async traffic(more: number): Promise<void> {
    const count = () => this.all.reduce((sum, one) => sum + one.acknowledged.length, 0);
    const enough = count() + more;
    while (count() < enough) await sleep(2);
  }

  /** Everyone's last command has been answered. */
  async quiet(): Promise<void> {
    await Promise.all(this.all.map((one) => one.stop()));
  }

  /** The server may be running, and what it holds is the end: the clients are quiet. */
  async check(dataDir: string): Promise<void> {
    const { acknowledged } = this;
    const { stdout, stderr, code } = await runCli(['export', '--data-dir', dataDir]);
    expect(code, stderr).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ExportedEvent);
    expect(faultsOf(events, acknowledged)).toEqual([]);
    // Every command here makes one event, and every one was answered in the end.
    expect(events.length).toBe(acknowledged.length);
    for (const one of this.all) {
      const expected = copiesOf(events, one.person);
      await converged(one, expected);
      expect(await one.copies(), one.person).toEqual(expected);
      const badge = expected.filter(({ unread }) => unread > 0).length;
      expect(one.parley.sidebar.getSnapshot().badge, `badge of ${one.person}`).toBe(badge);
      for (const [conversation, seqs] of one.told) {
        expect(isAscending(seqs), `told of ${conversation}: ${seqs.join(' ')}`).toBe(true);
      }
    }
    expect(await runCli(['verify', '--data-dir', dataDir])).toMatchObject({ code: 0 });
  }

  close(): void {
    for (const { parley } of this.all) parley.close();
  }
}

export function peopleOf(size: number): string[] {
  return Array.from({ length: size }, (_, at) => `p${at + 1}`);
}

/** Puts their people into the directory. */
export async function enlist({ adminUrl }: Pick<RunningServer, 'adminUrl'>, people: readonly string[]): Promise<void> {
  for (let from = 0; from < people.length; from += 1_000) {
    const some = people.slice(from, from + 1_000);
    const answer = await fetch(`${adminUrl}/v1/directory`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}` },
      body: JSON.stringify({ people: some.map((id) => ({ id, first: id, last: id, email: null, active: true })) }),
    });
    expect(answer.status).toBe(200);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until the client shows the newest of each conversation: nobody tells it to. */
async function converged(one: BusyClient, expected: ReturnType<typeof copiesOf>): Promise<void> {
  const until = performance.now() + 60_000;
  const heads = () => one.parley.sidebar.getSnapshot().conversations.map(({ id, head }) => `${id} ${head}`);
  const wanted = expected.map(({ conversation, entries }) => `${conversation} ${entries.at(-1)?.seq}`);
  while (heads().slice(0, wanted.length).join() !== wanted.slice(0, heads().length).join() || heads().length === 0) {
    if (performance.now() > until) expect(heads(), `${one.person} does not converge`).toEqual(wanted);
    await sleep(20);
  }
}

function isAscending(seqs: readonly number[]): boolean {
  return seqs.every((seq, at) => at === 0 || seq > (seqs[at - 1] as number));
}
