/**
 * A process that lays a real server over the stores it is told of, a path a line, and asks it for everything that each person
 * may see. It answers with what `verify` names and, by question, with what was served; where the server did not start, with
 * what it said.
 */
import { createInterface } from 'node:readline';
import { checkDirectoryStore } from '../../src/admin/store-access.ts';
import { verifyStore } from '../../src/journal/verify.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { say } from './say.ts';

export interface Served {
  /** Stores that `verify` finds damaged, with what it says. */
  readonly damages: readonly string[];
  /** Null where the server did not start: `refused` says why. */
  readonly answers: Readonly<Record<string, unknown>> | null;
  readonly refused: string | null;
}

const people = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6'];
const historyLimit = 200;

for await (const path of createInterface({ input: process.stdin })) {
  const { damages, refused: unread } = await verify(path);
  const { answers, refused } = await serve(path);
  say(
    `${JSON.stringify({ damages, answers, refused: refused ?? (answers === null ? unread : null) } satisfies Served)}\n`,
  );
}

async function verify(path: string): Promise<{ damages: string[]; refused: string | null }> {
  try {
    const { damages } = await verifyStore(path, { checkDirectory: checkDirectoryStore });
    return { damages: damages.map(({ store, what }) => `${store}: ${what}`), refused: null };
  } catch (error) {
    return { damages: [`${(error as Error).name}: ${(error as Error).message}`], refused: String(error) };
  }
}

async function serve(path: string): Promise<Pick<Served, 'answers' | 'refused'>> {
  let server: TestServer;
  try {
    server = await startTestServer({ stores: { path } });
  } catch (error) {
    return { answers: null, refused: `${(error as Error).name}: ${(error as Error).message}` };
  }
  const answers: Record<string, unknown> = {};
  try {
    for (const person of people) await askAll(server, person, answers);
  } finally {
    await server.crash().catch(() => undefined);
  }
  return { answers, refused: null };
}

/** Every page of the list, and the whole of each conversation in it. A question that failed is answered with its error. */
async function askAll(server: TestServer, person: string, answers: Record<string, unknown>): Promise<void> {
  const client = await RawClient.signIn(server, person).catch(() => null);
  if (client === null) {
    answers[`sign in ${person}`] = { error: 'refused' };
    return;
  }
  const ask = async (what: string, asked: Promise<unknown>) => {
    const answer = (await asked) as { t?: string; name?: string };
    answers[`${person} ${what}`] = answer.t === 'error' ? { error: answer.name } : answer;
    return answer;
  };
  const list = (await ask('list', client.ask('list', { limit: 50 }))) as { cards?: { conversation: string }[] };
  for (const { conversation } of list.cards ?? []) {
    await ask(conversation, client.ask('history', { conversation, before: 1_000_000, limit: historyLimit }));
  }
  await client.close();
}
