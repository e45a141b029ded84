/**
 * A simulated disk: files, and environments of LMDB. It knows what a process sees and what would still be there after a
 * power cut; writes take their time, are torn or lost where the power goes meanwhile, and fail where the world says so.
 * `disk-files.ts` and `disk-lmdb.ts` stand in for `node:fs` and `lmdb` and work on the disk that is mounted.
 */
import type { Chance } from './chance.ts';
import type { Scheduler, Scope } from './scheduler.ts';

/** What a power cut leaves whole, and what the end of a process does. */
const sectorBytes = 512;
const pageBytes = 4_096;

interface Write {
  readonly at: number;
  readonly bytes: Buffer;
}

/** An inode. */
export class SimulatedFile {
  /** As processes read it. */
  bytes: Buffer = Buffer.alloc(0);
  #durable: Buffer = Buffer.alloc(0);
  #unsynced: Write[] = [];
  /** Asked for and not yet done. */
  readonly underWay = new Set<Write>();

  write(write: Write, isDurable: boolean): void {
    this.bytes = patched(this.bytes, write);
    if (isDurable) this.#durable = patched(this.#durable, write);
    else this.#unsynced.push(write);
  }

  /** File systems keep the order of lengths and names. */
  truncate(length: number): void {
    this.bytes = this.bytes.subarray(0, length);
    this.#durable = this.#durable.subarray(0, length);
    this.#unsynced = [];
  }

  sync(): void {
    if (this.#unsynced.length > 0) this.#durable = Buffer.from(this.bytes);
    this.#unsynced = [];
  }

  /** The process is gone: of each write under way the first pages are there, or all of it, or nothing. */
  kill(chance: Chance): void {
    for (const write of this.underWay) {
      const pieces = piecesOf(write, pageBytes);
      for (const piece of pieces.slice(0, chance.below(pieces.length + 1))) this.write(piece, false);
    }
    this.underWay.clear();
  }

  /** The power is gone: of what was not durable any sectors may have reached the disk. */
  powerCut(chance: Chance): void {
    for (const write of [...this.#unsynced, ...this.underWay]) {
      for (const sector of piecesOf(write, sectorBytes)) {
        if (chance.is(0.5)) this.#durable = patched(this.#durable, sector);
      }
    }
    this.#unsynced = [];
    this.underWay.clear();
    this.bytes = Buffer.from(this.#durable);
  }

  copy(): SimulatedFile {
    const copy = new SimulatedFile();
    copy.bytes = Buffer.from(this.bytes);
    copy.#durable = Buffer.from(this.bytes);
    return copy;
  }
}

/** As it lies on the disk, in units of so many bytes. */
function piecesOf(write: Write, unit: number): Write[] {
  const pieces: Write[] = [];
  for (let at = 0; at < write.bytes.length; ) {
    const length = Math.min(unit - ((write.at + at) % unit), write.bytes.length - at);
    pieces.push({ at: write.at + at, bytes: write.bytes.subarray(at, at + length) });
    at += length;
  }
  return pieces;
}

function patched(bytes: Buffer, { at, bytes: by }: Write): Buffer {
  const whole = bytes.length >= at + by.length ? bytes : Buffer.concat([bytes], at + by.length);
  whole.set(by, at);
  return whole;
}

export interface StoredRow {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly version: number | undefined;
}

export interface StoredTable {
  readonly rows: Map<string, StoredRow>;
  /** Ascending. */
  keys: string[];
  /** Values that were, in pages that are free or have room. */
  slack: Buffer[];
}

/** Tables by name. What is in them is durable. */
export type StoredEnvironment = Map<string, StoredTable>;

/** What happens to the next operation of its kind. */
export type DiskFault = 'write fails' | 'commit fails' | 'write stalls' | 'commit stalls';

export interface Mount {
  readonly scheduler: Scheduler;
  /** Of the process that uses the disk. */
  readonly scope: Scope;
}

export class SimulatedDisk {
  /** Files by path, as processes see them. */
  names = new Map<string, SimulatedFile>();
  #durableNames = new Map<string, SimulatedFile>();
  #renames: ((names: Map<string, SimulatedFile>) => void)[] = [];
  environments = new Map<string, StoredEnvironment>();
  /** Transactions of LMDB on their way to the disk. */
  readonly commits = new Set<() => void>();
  readonly #chance: Chance;
  #mount: Mount | null = null;
  /** Faults to come, each for one operation. */
  faults: DiskFault[] = [];
  /** Milliseconds, about: of one write. */
  readonly writeMs: number;
  /** Told once, in the midst of the next write or commit. */
  inTheMidst: (() => void) | null = null;

  constructor(chance: Chance, writeMs: number) {
    this.#chance = chance;
    this.writeMs = writeMs;
  }

  mount(mount: Mount): void {
    this.#mount = mount;
    mounted = this;
  }

  /** Runs after a write's time, unless the process is gone by then. `failed`: in its place. */
  takeTime(kind: 'write' | 'commit', done: () => void, failed: () => void): void {
    const { scheduler, scope } = this.#mount as Mount;
    const fault = this.#next(kind);
    const usual = this.writeMs * this.#chance.between(0.2, this.#chance.is(0.1) ? 10 : 2);
    const ms = fault === `${kind} stalls` ? stallMs : usual;
    scheduler.after(ms, scope, fault === `${kind} fails` ? failed : done);
    if (this.inTheMidst === null) return;
    scheduler.after(this.#chance.between(0, ms), scope, this.inTheMidst);
    this.inTheMidst = null;
  }

  /** How much of it is written at once: a call may be interrupted between two pages. */
  shortened(position: number, length: number): number {
    const first = pageBytes - (position % pageBytes);
    return first < length && this.#chance.is(0.1) ? first : length;
  }

  rename(change: (names: Map<string, SimulatedFile>) => void): void {
    change(this.names);
    this.#renames.push(change);
  }

  syncNames(): void {
    this.#durableNames = new Map(this.names);
    this.#renames = [];
  }

  kill(): void {
    for (const file of new Set(this.names.values())) file.kill(this.#chance);
    this.#endCommits();
    this.faults = [];
  }

  powerCut(): void {
    // The file system keeps the order of what was done to names.
    for (const rename of this.#renames.slice(0, this.#chance.below(this.#renames.length + 1)))
      rename(this.#durableNames);
    this.#renames = [];
    this.names = new Map(this.#durableNames);
    for (const file of new Set(this.names.values())) file.powerCut(this.#chance);
    this.#endCommits();
    this.faults = [];
  }

  /** As of this moment, on a disk of its own. */
  copy(): SimulatedDisk {
    const copy = new SimulatedDisk(this.#chance, this.writeMs);
    for (const [name, file] of this.names) copy.names.set(name, file.copy());
    copy.syncNames();
    for (const [path, environment] of this.environments) {
      const tables = [...environment].map(([name, { rows, keys, slack }]): [string, StoredTable] => [
        name,
        { rows: new Map(rows), keys: [...keys], slack: [...slack] },
      ]);
      copy.environments.set(path, new Map(tables));
    }
    return copy;
  }

  /** Takes a file over as it is on another disk, if it is there. */
  keep(path: string, from: SimulatedDisk): void {
    const file = from.names.get(path);
    if (file === undefined) return;
    this.names.set(path, file.copy());
    this.syncNames();
  }

  /** Nothing is left of what the rows of an environment were before. False: somebody reads it just now. */
  scrub(path: string): boolean {
    if (this.#chance.is(0.2)) return false;
    for (const table of this.environments.get(path)?.values() ?? []) table.slack = [];
    return true;
  }

  /** Where these bytes are: in which file, or in which table of which environment; null = nowhere. */
  holding(text: string): string | null {
    for (const [path, { bytes }] of this.names) if (bytes.includes(text)) return path;
    for (const [path, environment] of this.environments) {
      for (const [name, { rows, slack }] of environment) {
        const values = [...slack, ...[...rows.values()].flatMap(({ key, value }) => [key, value])];
        if (values.some((value) => value.includes(text))) return `${path}/${name}`;
      }
    }
    return null;
  }

  /** A transaction under way when its process ended is on the disk, whole, or it is not. */
  #endCommits(): void {
    for (const commit of this.commits) if (this.#chance.is(0.5)) commit();
    this.commits.clear();
  }

  #next(kind: 'write' | 'commit'): DiskFault | null {
    const at = this.faults.findIndex((fault) => fault.startsWith(kind));
    return at === -1 ? null : (this.faults.splice(at, 1)[0] as DiskFault);
  }
}

/** Longer than the server waits for an append. */
const stallMs = 3_000;

let mounted: SimulatedDisk | null = null;

/** The disk of the process that runs just now. */
export function mountedDisk(): SimulatedDisk {
  if (mounted === null) throw new Error('no disk is mounted');
  return mounted;
}
