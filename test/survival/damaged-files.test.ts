/** Files that come to harm behind the server's back: found or harmless, and nothing served that was never written. */
import { cpSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { Results } from '../../src/wire/frames.ts';
import { fold, randomHistory, seeded } from '../journal/random-history.ts';
import { runStore } from '../journal/random-store.ts';
import { type Compiled, compile } from '../support/compiled.ts';
import { LineProcess } from '../support/line-process.ts';
import { startTestServer, temporaryDirectory } from '../support/server.ts';
import { countOf, seedOf } from './counts.ts';
import type { Served } from './damaged-process.ts';
import { harm } from './damages.ts';

const damages = countOf({ test: 120, bar: 1_000, nightly: 5_000 });
/** Stores among which they are divided. */
const stores = countOf({ test: 2, bar: 10, nightly: 50 });

let script: Compiled;
let looker: LineProcess;
let home: { readonly path: string; remove(): void };
beforeAll(() => {
  script = compile('test/survival/damaged-process');
  looker = new LineProcess(script, 'exec 2>/dev/null');
  home = temporaryDirectory('parley-damaged-');
});
afterAll(async () => {
  await looker.end();
  script.destroy();
  home.remove();
});

/** A store after a random history, and as it was half-way. Returns the texts of its messages. */
async function makeStores(seed: number, path: string, earlier: string): Promise<Set<string>> {
  const history = randomHistory(seed, { entries: 240 });
  const people = Array.from({ length: 7 }, (_, nth) => ({ id: `p${nth}` }));
  for (const [to, last] of [
    [140, 'Before'],
    [240, 'After'],
  ] as const) {
    await runStore(path, seed, history.slice(0, to), 1);
    const server = await startTestServer({ stores: { path }, people: people.map((person) => ({ ...person, last })) });
    await server.crash();
    writeFileSync(join(path, 'ballast'), '');
    truncateSync(join(path, 'ballast'), limits.ballastBytes);
    if (to === 140) cpSync(path, earlier, { recursive: true });
  }
  const events = [...fold(history).events.values()].flat();
  return new Set(events.flatMap(({ event }) => ('text' in event && event.text !== null ? [event.text] : [])));
}

type Found = Served | { readonly ended: number | string };

async function look(path: string): Promise<Found> {
  const answer = await looker.ask(path);
  return 'ended' in answer ? answer : (JSON.parse(answer.line) as Served);
}

it(`${damages} damages to files: found or harmless, nothing is served that was not written, and verify names what is damaged`, async () => {
  const seed = seedOf('damaged-files.test.ts');
  const random = seeded(seed);
  const complaints: string[] = [];
  const outcomes = { 'refused to start': 0, 'said when asked': 0, 'ended by a signal': 0, harmless: 0 };
  for (let nth = 0; nth < stores; nth += 1) {
    const [sound, earlier] = [join(home.path, `sound-${nth}`), join(home.path, `earlier-${nth}`)];
    const texts = await makeStores(seed + nth, sound, earlier);
    let copy = join(home.path, `copy-${nth}`);
    cpSync(sound, copy, { recursive: true });
    const expected = (await look(copy)) as Served;
    rmSync(copy, { recursive: true });
    expect(expected.damages).toEqual([]);
    expect(textsIn(expected.answers).filter((text) => !texts.has(text))).toEqual([]);
    expect(Object.keys(expected.answers ?? {}).length).toBeGreaterThan(14);
    for (let time = 0; time < damages / stores; time += 1) {
      // A process keeps LMDB's environments by their paths.
      copy = join(home.path, `copy-${nth}-${time}`);
      cpSync(sound, copy, { recursive: true });
      const what = `${harm(copy, earlier, random)} (PARLEY_SEED=${seed}, store ${nth}, time ${time})`;
      const found = await look(copy);
      rmSync(copy, { recursive: true });
      const judged = judge(found, expected, what.includes('swapped'), texts);
      outcomes[judged.outcome] += 1;
      complaints.push(...judged.complaints.map((complaint) => `${what}: ${complaint}`));
    }
    for (const path of [sound, earlier]) rmSync(path, { recursive: true });
  }
  process.stdout.write(`damaged-files.test.ts: ${damages} damages: ${JSON.stringify(outcomes)}\n`);
  expect(complaints).toEqual([]);
  expect(Math.min(outcomes['refused to start'], outcomes.harmless)).toBeGreaterThan(damages / 10);
}, 14_400_000);

type Outcome = 'refused to start' | 'said when asked' | 'ended by a signal' | 'harmless';

/**
 * `isSwapped`: an earlier page of LMDB may stand at a later one's place. It is whole, and what it shows was true once: then
 * verify has to tell, and nothing is shown that was never written.
 */
function judge(
  found: Found,
  expected: Served,
  isSwapped: boolean,
  texts: ReadonlySet<string>,
): { readonly outcome: Outcome; readonly complaints: string[] } {
  if ('ended' in found) {
    const isLmdb = /^SIG(BUS|ABRT|SEGV)$/.test(`${found.ended}`);
    return { outcome: 'ended by a signal', complaints: isLmdb ? [] : [`the server ended with ${found.ended}`] };
  }
  // LMDB's list of free pages is read by nobody but who writes.
  const isNamedAnyway = /^Damaged: journal: LMDB cannot write/.test(`${found.refused}`);
  const silent = found.damages.length === 0 && !isNamedAnyway ? ['verify finds nothing'] : [];
  if (found.answers === null) {
    const isNamed = /^(Damaged|Incompatible|DirectoryDamaged|Unavailable): ./.test(`${found.refused}`);
    const complaints = isNamed ? silent : [...silent, 'it does not say what is wrong'];
    return { outcome: 'refused to start', complaints: complaints.map((each) => `${each}; it says ${found.refused}`) };
  }
  const { failed, wrong } = compare(found.answers, expected.answers ?? {});
  const outcome = failed > 0 ? 'said when asked' : 'harmless';
  if (isSwapped && wrong.length > 0 && silent.length === 0) {
    const invented = textsIn(found.answers).filter((text) => !texts.has(text));
    return { outcome: 'said when asked', complaints: invented.map((text) => `never written: ${text}`) };
  }
  return { outcome, complaints: failed > 0 ? [...wrong, ...silent] : wrong };
}

/** A question is answered as by the sound store, or with an error. */
function compare(answers: NonNullable<Served['answers']>, expected: NonNullable<Served['answers']>) {
  const wrong: string[] = [];
  let failed = 0;
  for (const [question, right] of Object.entries(expected)) {
    const answer = answers[question] as { error?: string } | undefined;
    // A conversation that is not asked for stood in a list that failed, or was served otherwise.
    if (answer === undefined || answer.error !== undefined || isPartOf(answer, right)) failed += 1;
    else if (!isDeepStrictEqual(answer, right)) wrong.push(question);
  }
  return { failed, wrong: wrong.length === 0 ? [] : [`answered otherwise: ${wrong.join(', ')}`] };
}

/** A list that says that it lacks conversations, or of which cards stand without their entries; what it tells is right. */
function isPartOf(answer: object, right: unknown): boolean {
  if (isDeepStrictEqual(answer, right)) return false;
  const [list, whole] = [answer, right] as [Partial<Results['list']>, Partial<Results['list']>];
  const { cards = [], unavailable = 0 } = list;
  // Of what cannot be told it is not known either whether the person has deleted it.
  if (whole.cards === undefined || cards.length + unavailable < whole.cards.length) return false;
  if (unavailable === 0 && list.badge !== whole.badge) return false;
  return cards.every((card) => {
    const of = whole.cards?.find(({ conversation }) => conversation === card.conversation);
    const bare = of === undefined ? of : { ...of, entries: [], from: card.from, more: true };
    return isDeepStrictEqual(card, of) || isDeepStrictEqual(card, bare);
  });
}

function textsIn(answers: Served['answers']): string[] {
  const texts: string[] = [];
  JSON.stringify(answers, (name, value) => {
    if (name === 'text') texts.push(value);
    return value;
  });
  return texts;
}
