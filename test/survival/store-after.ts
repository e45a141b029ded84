/** Whether a store is as it has to be after whatever happened to it, by what its server had said before. */
import { existsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '../../src/limits.ts';
import type { ServerFrame } from '../../src/wire/frames.ts';
import type { LineProcess } from '../support/line-process.ts';
import { type ExportedEvent, faultsOf } from './outside-checker.ts';
import { type Asked, acknowledgedBy, brief, pressingPeople } from './pressing-clients.ts';
import type { ReopenAnswer } from './reopen-process.ts';

/** What one store has been through. */
export interface Past {
  readonly asked: Asked;
  /** Frames that anybody got. */
  told: ServerFrame[];
  /** Were the people taken? */
  hasPeople: boolean;
}

/** Sparse, and as long as the one that the server would fill. */
export function putBallast(path: string): void {
  if (!existsSync(join(path, 'parley.json'))) return;
  writeFileSync(join(path, 'ballast'), '');
  truncateSync(join(path, 'ballast'), limits.ballastBytes);
}

/** What is in the store, opened as a server does, and the answers that it remembers of these commands. */
export async function reopen(
  reopener: LineProcess,
  path: string,
  commands: readonly (readonly [person: string, id: string])[],
): Promise<ReopenAnswer> {
  const reply = await reopener.ask(JSON.stringify([path, commands]));
  if ('line' in reply) return JSON.parse(reply.line) as ReopenAnswer;
  return { error: `the process that opened it ended with ${reply.ended}` };
}

/** Opens it as a server does, and compares it with all that was said of it. */
export async function faultsAfter(
  reopener: LineProcess,
  path: string,
  { asked, told, hasPeople }: Past,
): Promise<string[]> {
  const answered = told.flatMap((frame) => (frame.t === 'ok' && asked.has(frame.id) ? [frame] : []));
  const commands = answered.map(({ id }) => [asked.get(id)?.person ?? '', id] as const);
  const answer = await reopen(reopener, path, commands);
  if ('error' in answer) return [`it does not reopen: ${answer.error}`];
  const { damages, events, people, answers } = answer;
  const forgotten = answered.filter((_, nth) => answers[nth] === null).map(({ id }) => `${id} is not remembered`);
  return [
    ...damages,
    ...faultsOf(events, acknowledgedBy(answered, asked)),
    ...untrue(events, told),
    ...forgotten,
    ...(hasPeople && people.length < pressingPeople.length ? [`of the people there are ${people.join()}`] : []),
  ];
}

/** Messages that somebody was told of and that are not there. */
function untrue(events: readonly ExportedEvent[], told: readonly ServerFrame[]): string[] {
  const there = new Set(events.map(({ conversation, seq, text }) => `${conversation} ${seq} ${text}`));
  const faults: string[] = [];
  for (const frame of told) {
    if (frame.t !== 'entries' && frame.t !== 'card') continue;
    const { conversation, entries } = frame.t === 'card' ? frame.card : frame;
    for (const entry of entries) {
      if (entry.kind !== 'message') continue;
      const what = `${conversation} ${entry.seq} ${brief(entry.text)}`;
      if (!there.has(what)) faults.push(`told and not there: ${what}`);
    }
  }
  return faults;
}
