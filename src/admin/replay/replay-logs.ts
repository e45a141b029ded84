/** A whole replay: scripts from logs, people into the directory, everything played, everything checked. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Failure } from '../exit-codes.ts';
import type { Progress } from '../progress.ts';
import { checkCopies, liveDifferences, type Performance, refusalDifferences, timelineDifferences } from './check.ts';
import { Clients, type ServerAccess, upsertPeople } from './clients.ts';
import { expectationOf, seqsOf } from './expectation.ts';
import { parseIrcLog } from './irc-log.ts';
import { Latencies } from './latencies.ts';
import { Observer } from './observer.ts';
import { play } from './play.ts';
import { type Script, scriptOf, TooFewPeople } from './script.ts';
import { countBy, differencesShown, fileSummaryOf, type Summary } from './summary.ts';

export interface ReplayOptions {
  readonly files: readonly string[];
  readonly access: ServerAccess;
  /** Times real time; null = as fast as possible. */
  readonly speed: number | null;
  readonly progress: Progress;
}

/** Longer than the longest pause between two attempts of a client to come back. */
const newsMaxMs = 60_000;

/** Logs are played side by side, each in its own order. Throws `Failure` where it cannot begin. */
export async function replayLogs({ files, access, speed, progress }: ReplayOptions): Promise<Summary> {
  const scripts = await Promise.all(files.map(readScript));
  const people = new Map(scripts.flatMap((script) => [...script.people]));
  progress.start('people', people.size);
  await upsertPeople(access, people);
  const latencies = new Latencies();
  const observer = new Observer(latencies);
  const clients = new Clients(access, observer);
  try {
    await clients.connect(people.keys(), progress);
    const steps = scripts.reduce((sum, script) => sum + script.steps.length, 0);
    progress.start('steps', steps);
    const began = performance.now();
    const stage = { clients, observer, latencies, speed, advanced: () => progress.advance() };
    const performances = await Promise.all(
      scripts.map(async (script): Promise<Performance> => {
        return { played: await play(script, stage), expected: expectationOf(script) };
      }),
    );
    const deliveries = await everythingTold(observer, performances, people.keys());
    const seconds = (observer.lastNewsAt - began) / 1000;
    progress.start('copies', people.size);
    const differences = [
      ...performances.flatMap(refusalDifferences),
      ...performances.flatMap((performance) => timelineDifferences(observer, performance)),
      ...[...people.keys()].flatMap((person) => performances.flatMap((one) => liveDifferences(observer, one, person))),
      ...observer.wireFaults,
      ...observer.disagreements,
      ...(await checkCopies(
        access,
        performances,
        people.keys(),
        (person) => clients.of(person),
        () => progress.advance(),
      )),
    ];
    const latency = latencies.percentiles();
    const summed = performances.map(fileSummaryOf);
    const sum = (of: (one: (typeof summed)[number]) => number) => summed.reduce((total, one) => total + of(one), 0);
    return {
      files: summed,
      people: people.size,
      messages: sum(({ messages }) => messages),
      joins: sum(({ joins }) => joins),
      leaves: sum(({ leaves }) => leaves),
      refusals: countBy(performances.flatMap(({ played }) => [...played.refusals.values()])),
      deliveries,
      pushes: observer.pushed,
      reconnects: clients.reconnects,
      seconds,
      commandsPerSecond: latency.acknowledgement.count / seconds,
      deliveriesPerSecond: deliveries / seconds,
      latency,
      copiesChecked: performances.reduce((total, { expected }) => total + expected.copies.size, 0),
      differenceCount: differences.length,
      differences: differences.slice(0, differencesShown),
    };
  } finally {
    progress.end();
    clients.close();
  }
}

async function readScript(path: string): Promise<Script> {
  try {
    return scriptOf(basename(path), parseIrcLog(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof TooFewPeople) throw new Failure('failed', error.message);
    throw new Failure(
      'failed',
      `${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`,
      error,
    );
  }
}

/** Waits until everyone has been told what they should, or nothing comes any more. Returns how many entries were told. */
async function everythingTold(
  observer: Observer,
  performances: readonly Performance[],
  people: Iterable<string>,
): Promise<number> {
  const everyone = [...people];
  const told = () =>
    performances.reduce((sum, { played }) => {
      return sum + everyone.reduce((of, person) => of + observer.seqsOf(person, played.conversation).length, 0);
    }, 0);
  const should = performances.reduce((sum, { expected }) => {
    return sum + [...expected.copies.values()].reduce((of, copy) => of + seqsOf(copy).length, 0);
  }, 0);
  while (told() < should && performance.now() - observer.lastNewsAt < newsMaxMs) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return told();
}
