/**
 * Lives of a real server under clients, each recorded by the shim, and the power cut at many moments of each: what the disk
 * is after a cut is reopened as a server does, and compared with everything that had been told before. The last cut of a
 * life is the disk of the next one.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cliEntry, serveCli } from '../support/cli.ts';
import { type Alteration, alter } from '../support/compiled.ts';
import type { LineProcess } from '../support/line-process.ts';
import { temporaryDirectory } from '../support/server.ts';
import { type DiskEvent, readDiskLog } from './disk-log.ts';
import { DiskModel } from './disk-model.ts';
import type { DiskShim } from './disk-shim.ts';
import { PressingClients, pressedServerArgs, putPressingPeople } from './pressing-clients.ts';
import { faultsAfter, type Past, putBallast } from './store-after.ts';
import { toldIn } from './told.ts';

/** Lives after which the next one begins with an empty directory. */
const livesOfStore = 3;
const answersOfLife = 350;

export interface PowerCuts {
  readonly shim: DiskShim;
  readonly reopener: LineProcess;
  readonly random: (below: number) => number;
  readonly lives: number;
  readonly cutsOfLife: number;
  /** A build with a fault; without it the product. */
  readonly entry?: string;
  /** Cuts only where a transaction of the journal's records is on its way to the disk. */
  readonly onlyInRecords?: boolean;
}

export interface CutOff {
  readonly cuts: number;
  readonly told: number;
  /** Of the first cut that was not survived, empty = all were. */
  readonly faults: readonly string[];
}

/** Ends with the first cut that was not survived. */
export async function cutPower(options: PowerCuts): Promise<CutOff> {
  const { path, remove } = temporaryDirectory('parley-power-');
  let [cuts, told] = [0, 0];
  let past: Past = { asked: new Map(), told: [], hasPeople: false };
  try {
    for (let life = 0; life < options.lives; life += 1) {
      const disk = join(path, 'disk');
      if (life % livesOfStore === 0) {
        rmSync(disk, { recursive: true, force: true });
        mkdirSync(disk);
        past = { asked: new Map(), told: [], hasPeople: false };
      }
      const outcome = await live(options, path, `l${life}`, past);
      cuts += outcome.cuts;
      told += outcome.told;
      if (outcome.faults.length > 0) return { cuts, told, faults: outcome.faults };
    }
    return { cuts, told, faults: [] };
  } finally {
    remove();
  }
}

async function live(options: PowerCuts, path: string, name: string, past: Past): Promise<CutOff> {
  const { random, reopener } = options;
  const [disk, log, data] = [join(path, 'disk'), join(path, `${name}.log`), join(path, 'data')];
  // The server runs on a copy: the disk stays as it was for the model.
  rmSync(data, { recursive: true, force: true });
  cpSync(disk, data, { recursive: true });
  putBallast(data);
  const model = new DiskModel(disk, data);
  const peopleAt = await run(options, data, log, name, past);
  const events = readDiskLog(log);
  const told = toldIn(events);
  const moments = momentsOf(events, told, options);
  const next = moments[random(moments.length)];
  let followed = 0;
  for (const [nth, moment] of moments.entries()) {
    for (const event of events.slice(followed, moment)) model.follow(event);
    followed = moment;
    const cut = join(path, `${name}-${nth}`);
    model.afterCut(cut, random);
    const before = [...past.told, ...told.filter(({ at }) => at < moment).map(({ frame }) => frame)];
    const hasPeople = past.hasPeople || moment > peopleAt;
    if (moment === next) {
      rmSync(disk, { recursive: true, force: true });
      cpSync(cut, disk, { recursive: true });
    }
    putBallast(cut);
    const faults = await faultsAfter(reopener, cut, { asked: past.asked, told: before, hasPeople });
    rmSync(cut, { recursive: true });
    if (faults.length > 0)
      return { cuts: nth + 1, told: told.length, faults: [`cut at ${moment} of ${name}`, ...faults] };
  }
  past.told = [...past.told, ...told.filter(({ at }) => at < (next as number)).map(({ frame }) => frame)];
  past.hasPeople ||= (next as number) > peopleAt;
  rmSync(log);
  return { cuts: moments.length, told: told.length, faults: [] };
}

/** Returns how many events the log had when the people had been taken. */
async function run(
  { shim, random, entry }: PowerCuts,
  data: string,
  log: string,
  name: string,
  past: Past,
): Promise<number> {
  const server = await serveCli(['--data-dir', data, ...pressedServerArgs], {
    env: shim.env({ root: data, log }),
    cwd: dirname(data),
    ...(entry === undefined ? {} : { entry }),
  });
  await putPressingPeople(server.adminUrl);
  const peopleAt = readDiskLog(log).length;
  const clients = new PressingClients(past.asked, {
    url: server.url,
    name,
    random,
    answersMax: answersOfLife,
    pauseMs: 150,
  });
  await clients.arrive();
  clients.press();
  await clients.done;
  // Half of them end in good order, with a checkpoint of everything.
  server.child.kill(random(2) === 0 ? 'SIGKILL' : 'SIGTERM');
  await server.exited;
  clients.leave();
  return peopleAt;
}

/** Right behind something that was told, around a write of LMDB, and anywhere. */
function momentsOf(
  events: readonly DiskEvent[],
  told: readonly { readonly at: number }[],
  { cutsOfLife, random, onlyInRecords = false }: PowerCuts,
): number[] {
  const behindWord = told.map(({ at }) => at + 1);
  const inLmdb = eventsOn('/data.mdb', events, ['written', 'sync']);
  const inRecords = eventsOn('/journal/data.mdb', events, ['sync']);
  const moments = Array.from({ length: cutsOfLife }, () => {
    const among = onlyInRecords ? inRecords : ([behindWord, behindWord, inLmdb, inLmdb, []][random(5)] as number[]);
    return among[random(among.length)] ?? random(events.length + 1);
  });
  return moments.sort((a, b) => a - b);
}

/** Indices behind the events of these kinds that concern files of this name. */
function eventsOn(name: string, events: readonly DiskEvent[], kinds: readonly DiskEvent['kind'][]): number[] {
  const descriptors = new Set<number>();
  const found: number[] = [];
  for (const [at, { kind, fd, path }] of events.entries()) {
    if (kind === 'open' && path.endsWith(name)) descriptors.add(fd);
    else if (kind === 'open' || kind === 'close') descriptors.delete(fd);
    else if (descriptors.has(fd) && kinds.includes(kind)) found.push(at + 1);
  }
  return found;
}

/** The product with a fault in it. Removed by whoever asked for it. */
export async function buildWith(alteration: Alteration): Promise<{ entry: string; remove(): void }> {
  const product = dirname(dirname(dirname(await cliEntry())));
  const copy = `${product}-${process.pid}`;
  cpSync(product, copy, { recursive: true });
  alter(join(copy, 'dist'), alteration);
  return { entry: join(copy, 'dist', 'admin', 'parley.js'), remove: () => rmSync(copy, { recursive: true }) };
}
