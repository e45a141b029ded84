/** The n-th write or sync of a real server fails, whichever it is: nothing false is said, it ends or goes on, and reopens. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exitCodes } from '../../src/admin/exit-codes.ts';
import { assertLimits, type Limits, limits } from '../../src/limits.ts';
import { closeCodes } from '../../src/wire/close-codes.ts';
import { seeded } from '../journal/random-history.ts';
import { serveCli } from '../support/cli.ts';
import { type Compiled, compile } from '../support/compiled.ts';
import { LineProcess } from '../support/line-process.ts';
import { temporaryDirectory } from '../support/server.ts';
import { countOf, seedOf } from './counts.ts';
import { compileDiskShim, type DiskShim, type ShimOptions } from './disk-shim.ts';
import { type Asked, PressingClients, pressedServerArgs, putPressingPeople } from './pressing-clients.ts';
import { faultsAfter, putBallast } from './store-after.ts';

const highest = 300;
/**
 * LMDB (3.5.6 of its package) writes the message of a failed write past the end of the memory that it has for it. The C
 * library may notice before the server, which is ending, has said its last word.
 */
const aborted = 134;
/** One who asks for one thing at a time: each is a write of its own. */
const people = ['p1'];
const answersMax = 420;

let shim: DiskShim;
let script: Compiled;
let reopener: LineProcess;
let home: { readonly path: string; remove(): void };
beforeAll(() => {
  shim = compileDiskShim();
  script = compile('test/survival/reopen-process');
  reopener = new LineProcess(script);
  home = temporaryDirectory('parley-failing-');
});
afterAll(async () => {
  await reopener.end();
  script.destroy();
  shim.destroy();
  home.remove();
});

/** How a life with this fault in it went: whether it was noticed, and what was wrong afterwards. */
async function live(disk: string, name: string, fault: ShimOptions['fault'], random: (below: number) => number) {
  const asked: Asked = new Map();
  const outcome = { answered: 0, answers: [] as PressingClients['answers'], closes: [] as readonly number[] };
  let [code, hasPeople]: [number | null, boolean] = [null, false];
  const options = { env: shim.env({ root: disk, ...(fault === undefined ? {} : { fault }) }), cwd: home.path };
  try {
    const server = await serveCli(['--data-dir', disk, ...pressedServerArgs], options);
    hasPeople = await putPressingPeople(server.adminUrl).then(
      () => true,
      () => false,
    );
    const pressing = new PressingClients(asked, { url: server.url, name, random, answersMax, window: 1 });
    // One who arrives while it ends is turned away.
    await pressing.arrive(people).catch(() => undefined);
    pressing.press();
    await pressing.done;
    Object.assign(outcome, { answered: pressing.answered, answers: pressing.answers, closes: [...pressing.closes] });
    // A fault that was made up for does not keep it from ending in good order.
    server.child.kill('SIGTERM');
    const exited = await server.exited;
    code = exited.signal === 'SIGABRT' ? aborted : exited.code;
    pressing.leave();
  } catch (error) {
    const [, ended] = /ended with (\w+) before it was ready/.exec(String(error)) ?? [];
    code = ended === 'SIGABRT' ? aborted : Number(ended);
  }
  const faults = await faultsAfter(reopener, disk, { asked, told: outcome.answers, hasPeople });
  return { code, hasPeople, closes: outcome.closes, answered: outcome.answered, faults };
}

it('the limits see to it that a server is gone within six seconds of a disk that fails or does not answer', () => {
  expect(() => assertLimits()).not.toThrow();
  const later = { ...limits, appendDeadlineMs: limits.appendDeadlineMs + 501 } as unknown as Limits;
  expect(() => assertLimits(later)).toThrow(/six seconds/);
});

const times = countOf({ test: 20, bar: highest, nightly: highest });
const errors = countOf({ test: 1, bar: 2, nightly: 2 });

it(`[CMD-2] EIO and ENOSPC at ${times} of the first ${highest} writes and syncs: no false word, 74, reopens clean`, async () => {
  const seed = seedOf('failing-disk.test.ts');
  const random = seeded(seed);
  const old = join(home.path, 'old');
  mkdirSync(old);
  expect(await live(old, 'before', undefined, random)).toMatchObject({ code: 0, answered: answersMax, faults: [] });
  const codes = new Map<number | null, number>();
  for (let time = 0; time < times * errors; time += 1) {
    const stratum = Math.floor(time / errors);
    const at = 1 + Math.floor((stratum * highest) / times) + random(Math.floor(highest / times));
    const what = (time + random(2) * (2 - errors)) % 2 === 0 ? 'EIO' : 'ENOSPC';
    const isNew = random(3) === 0;
    const disk = join(home.path, 'disk');
    if (isNew) mkdirSync(disk);
    else cpSync(old, disk, { recursive: true });
    if (!isNew) putBallast(disk);
    const outcome = await live(disk, `f${time}`, { at, what }, random);
    const where = `${what} at ${at}, on ${isNew ? 'a new' : 'an old'} store (PARLEY_SEED=${seed})`;
    expect(outcome.faults, where).toEqual([]);
    const ends = [exitCodes.fenced.code, exitCodes.ok.code, aborted];
    expect(ends, `${where}: exit code ${outcome.code}`).toContain(outcome.code);
    // Whoever is not in the directory is turned away, and no more is to be seen.
    if (outcome.hasPeople && outcome.code === exitCodes.fenced.code) {
      expect(
        outcome.closes.filter((close) => close !== closeCodes.fenced.code),
        where,
      ).toEqual([]);
    }
    if (outcome.hasPeople && outcome.code === exitCodes.ok.code) expect(outcome.answered, where).toBe(answersMax);
    codes.set(outcome.code, (codes.get(outcome.code) ?? 0) + 1);
    rmSync(disk, { recursive: true });
  }
  const counted = [...codes].map(([code, count]) => `${count} ended with ${code}`).join(', ');
  process.stdout.write(`failing-disk.test.ts: ${times * errors} faults: ${counted}\n`);
  // What may fail without harm is what is written in passing.
  expect(codes.get(exitCodes.fenced.code)).toBeGreaterThan((times * errors) / 2);
}, 14_400_000);
