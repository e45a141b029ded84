/**
 * Parley as a process of its own: the whole of `src/server.ts` on LMDB, with the people of a plan in its directory. Over
 * its channel it can be asked to fill itself and to say how much memory it holds.
 */
import { createHash } from 'node:crypto';
import type { HostResult } from '../src/host/committed.ts';
import { openArchiveThread } from '../src/journal/archive-thread.ts';
import { type Limits, limits } from '../src/limits.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { createLog } from '../src/runtime/log.ts';
import { type Server, startServer } from '../src/server.ts';
import { createJwtAuthenticator } from '../src/session/authenticator-jwt.ts';
import { openStores } from '../src/stores.ts';
import { noMailServer } from '../test/support/no-mail-server.ts';
import { answering } from './processes.ts';
import { extraId, personId, textBytes, tokens } from './workload.ts';

/** The only argument of the process, as JSON. */
export interface Plan {
  readonly directory: string;
  /** People named as the shape's are. */
  readonly conversations: number;
  readonly people: number;
  /** People besides those. */
  readonly extra: number;
  /** With the admin port's HTTP, and this token. */
  readonly adminToken: string | null;
  /** The server's own limit, or one instead. */
  readonly actorIdleMs: number;
}
/** What the process says first. */
export interface Ready {
  readonly port: number;
  readonly adminPort: number | null;
}
/** `members`: for each conversation in turn the ids of its people, the starter first. */
export type Question =
  | { readonly is: 'memory' }
  | { readonly is: 'fill'; readonly conversations: number; readonly members: readonly (readonly string[])[] };
export interface Memory {
  /** Bytes after a full collection, of V8's heap and of buffers outside it. */
  readonly heap: number;
  readonly residentConversations: number;
  /** How many of those have one. */
  readonly actors: number;
}

const startsUnderWay = 256;
const peopleAtOnce = 1_000;
const busyPauseMs = 50;

const plan = JSON.parse(process.argv[2] as string) as Plan;
const { secret, audience, issuer } = tokens;
const server = await startServer({
  stores: await openStores(plan.directory, 1, openArchiveThread),
  authenticator: await createJwtAuthenticator({ keys: { secret }, audience, issuer }, systemClock()),
  log: createLog('warn'),
  host: '127.0.0.1',
  port: 0,
  transport: 'uws',
  allowedOrigins: [],
  admin: plan.adminToken === null ? null : { host: '127.0.0.1', port: 0, token: plan.adminToken },
  // The outbox is kept as in a server with e-mail; nobody here has an address, so no mail server is ever asked.
  mail: noMailServer,
  limits: { ...limits, actorIdleMs: plan.actorIdleMs } as Limits,
  onFenced: () => process.exit(1),
});
await enlist(server, plan);
answering<Question>(async (question) => (question.is === 'memory' ? memory() : fill(server, question)));
process.send?.({ port: server.port, adminPort: server.adminPort } satisfies Ready);
process.once('disconnect', () => {
  void server.close().then(() => process.exit(0));
});

async function enlist(into: Server, { conversations, people, extra }: Plan): Promise<void> {
  const ids: string[] = [];
  for (let conversation = 0; conversation < conversations; conversation += 1) {
    for (let index = 0; index < people; index += 1) ids.push(personId(conversation, index));
  }
  for (let number = 0; number < extra; number += 1) ids.push(extraId(number));
  for (let from = 0; from < ids.length; from += peopleAtOnce) {
    const some = ids.slice(from, from + peopleAtOnce);
    await into.directory.put({
      people: some.map((id) => ({ id, first: 'Person', last: `Number ${id}`, email: null, active: true })),
    });
  }
}

/** Every command answered, behind a checkpoint; then what is left after a full collection. */
async function memory(): Promise<Memory> {
  await server.host.checkpoint();
  if (globalThis.gc === undefined) throw new Error('the server was not started with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  const { residents, awake } = server.host;
  return { heap: heapUsed + external, residentConversations: residents, actors: awake };
}

/**
 * Conversations of these members in turn, one message each, through the same door as every other command; behind a
 * checkpoint, so that nothing of it is left to be done under the load that is measured next.
 */
async function fill(into: Server, { conversations, members }: Question & { is: 'fill' }): Promise<null> {
  const text = 'Here we are.'.padEnd(textBytes, '.');
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < conversations) {
      const number = next;
      next += 1;
      const [starter, ...others] = members[number % members.length] as readonly string[];
      const id = createHash('sha1').update(`fill ${number}`).digest('base64url');
      const request = { type: 'start', text, people: others, about: null, private: false } as const;
      const ask = () =>
        new Promise<HostResult>((resolve) => into.host.request(starter as string, id, request, resolve));
      let result = await ask();
      // The archive is behind by as much as a start may have to replay.
      while ('fault' in result && result.fault === 'busy') {
        await new Promise((resolve) => setTimeout(resolve, busyPauseMs));
        result = await ask();
      }
      if (!('ok' in result)) throw new Error(`a start was refused: ${JSON.stringify(result)}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(startsUnderWay, conversations) }, one));
  await into.host.checkpoint();
  return null;
}
