/**
 * A process that opens the stores it is told of as a server does after whatever happened to them, and says what is in them.
 * Standard input: a JSON array a line, path and commands as pairs of person and id. Standard output: an answer a line.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkDirectoryStore } from '../../src/admin/store-access.ts';
import { openReadOnly } from '../../src/journal/read-store.ts';
import { verifyStore } from '../../src/journal/verify.ts';
import { startTestServer } from '../support/server.ts';
import type { ExportedEvent } from './outside-checker.ts';
import { brief, pressingPeople } from './pressing-clients.ts';
import { say } from './say.ts';

export interface Reopened {
  /** What `verify` names before the server opens it, and after it has closed it. */
  readonly damages: readonly string[];
  readonly events: readonly ExportedEvent[];
  readonly people: readonly string[];
  /** As they are remembered, in the order of the commands that were asked for. */
  readonly answers: readonly unknown[];
}

export type ReopenAnswer = Reopened | { readonly error: string };

for await (const line of createInterface({ input: process.stdin })) {
  const [path, commands] = JSON.parse(line) as [string, [person: string, id: string][]];
  const answer = await reopen(path, commands).catch((error: Error): ReopenAnswer => ({ error: error.stack ?? '' }));
  say(`${JSON.stringify(answer)}\n`);
}

async function reopen(path: string, commands: readonly [string, string][]): Promise<ReopenAnswer> {
  const before = await damagesOf(path);
  const server = await startTestServer({ stores: { path } });
  const people = peopleOf(server.directory);
  await server.stop();
  const damages = [...before, ...(await damagesOf(path))];
  const store = await openReadOnly(path);
  const events: ExportedEvent[] = [];
  for await (const conversation of store.conversations()) {
    for await (const { position, event } of store.events(conversation)) {
      const texts = 'text' in event ? { text: brief(event.text ?? '') } : {};
      events.push({ conversation, position, ...event, ...texts } as ExportedEvent);
    }
  }
  const answers: unknown[] = [];
  for (const [person, id] of commands) answers.push((await store.command(person, id))?.answer ?? null);
  await store.close();
  return { damages, events, people, answers };
}

async function damagesOf(path: string): Promise<string[]> {
  // What a cut left may not be a store yet.
  if (!existsSync(join(path, 'parley.json'))) return [];
  const { damages } = await verifyStore(path, { checkDirectory: checkDirectoryStore });
  return damages.map(({ store, what }) => `${store}: ${what}`);
}

function peopleOf(directory: { person(id: string): unknown }): string[] {
  return pressingPeople.filter((id) => directory.person(id) !== undefined);
}
