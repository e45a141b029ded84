/** Fills an empty server with the demo: through the directory and the host, as people would, so that every rule holds. */
import type { PersonId } from '../../conversation/commands.ts';
import type { HostResult } from '../../host/committed.ts';
import { conversationIdOf, type Request } from '../../host/request.ts';
import type { Server } from '../../server.ts';
import { demoPeople, demoRecords } from './cast.ts';
import { type DemoStep, demoScript } from './script.ts';

export type Seeded = 'seeded' | 'already there' | 'other people are there' | 'cut short';

/**
 * Does nothing where the demo is complete, whatever has been said since. After a crash in the middle, or where `ending` has
 * cut it short, it goes on: what was done already answers as it did. A directory with other people is left alone.
 */
export async function seedDemo(
  { directory, host }: Pick<Server, 'directory' | 'host'>,
  ending: AbortSignal,
): Promise<Seeded> {
  const last = demoScript.findLast((step) => step.do === 'start') as DemoStep;
  if ((await host.state(conversationIdOf(last.by, last.id))) !== null) return 'already there';
  const [first] = demoPeople;
  if (directory.counts.people > 0 && directory.person(first?.id ?? '') === undefined) return 'other people are there';
  await directory.put({ people: demoPeople, records: demoRecords });
  for (const step of demoScript) {
    if (ending.aborted) return 'cut short';
    const result = await ask(host, step.by, step.id, requestOf(step));
    if (!('ok' in result)) throw new Error(`step ${step.id} of the demo was refused: ${JSON.stringify(result)}`);
  }
  return 'seeded';
}

function ask(host: Server['host'], person: PersonId, id: string, request: Request): Promise<HostResult> {
  return new Promise((resolve) => {
    host.request(person, id, request, resolve);
  });
}

function requestOf(step: DemoStep): Request {
  if (step.do === 'start') {
    return { type: 'start', text: step.text, people: step.people, about: step.about, private: step.private };
  }
  const conversation = conversationIdOf(step.in.by, step.in.id);
  switch (step.do) {
    case 'reply':
      return { type: 'reply', conversation, text: step.text };
    case 'invite':
      return { type: 'invite', conversation, people: step.people };
    case 'leave':
      return { type: 'leave', conversation };
    case 'read':
      return { type: 'read', conversation, upTo: step.upTo };
  }
}
