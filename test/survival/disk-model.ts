/**
 * A disk as a power cut leaves it. It follows what a process did (`disk-log.ts`) and knows of each byte and each name
 * whether it is durable: after a sync of its file or directory, or a synchronous write. What is not may be there after the
 * cut, or not, or a part of it: sectors of 512 bytes, in any order over files and within one; names in the order in which
 * they were given, for each directory. Stricter than a journaling file system, which also keeps an order among files.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DiskEvent } from './disk-log.ts';

const sectorBytes = 512;
const pageBytes = 4_096;

interface Write {
  readonly operation: number;
  /** Null = zeros. */
  readonly data: Buffer | null;
  readonly offset: number;
  length: number;
  /** Set where it is no write: the file gets this length. */
  readonly truncates: boolean;
  ended: boolean;
}

/** How much of what is not durable a cut leaves. */
type Mood = 'nothing' | 'everything' | 'writes' | 'sectors';

class SimulatedFile {
  #bytes: Buffer = Buffer.alloc(0);
  #pending: Write[] = [];
  readonly #syncs = new Map<number, Write[]>();

  static of(bytes: Buffer): SimulatedFile {
    const file = new SimulatedFile();
    file.#bytes = bytes;
    return file;
  }

  begin(write: Write): void {
    this.#pending.push(write);
  }

  end(operation: number, done: number, isSynchronous: boolean): void {
    const write = this.#pending.find((each) => each.operation === operation);
    if (write === undefined || done < 0) return;
    write.length = done;
    write.ended = true;
    if (!isSynchronous) return;
    // The pages that it is in reach the disk whole, with what was written to them before.
    const [from, to] = [floorTo(write.offset, pageBytes), ceilTo(write.offset + done, pageBytes)];
    const before = this.#pending.slice(0, this.#pending.indexOf(write));
    this.#harden([...before.filter((each) => each.ended && overlaps(each, from, to)), write]);
  }

  syncBegins(operation: number): void {
    this.#syncs.set(
      operation,
      this.#pending.filter(({ ended }) => ended),
    );
  }

  syncEnds(operation: number, done: number): void {
    if (done === 0) this.#harden(this.#syncs.get(operation) ?? []);
    this.#syncs.delete(operation);
  }

  #harden(writes: readonly Write[]): void {
    const now = new Set(writes);
    this.#pending = this.#pending.filter((write) => !now.has(write));
    for (const write of writes) this.#bytes = applied(this.#bytes, write, () => true);
  }

  afterCut(mood: Mood, chance: (probability: number) => boolean): Buffer {
    let bytes: Buffer = Buffer.from(this.#bytes);
    for (const write of this.#pending) {
      // One that was under way is never there for certain.
      const how: Mood = mood === 'everything' && !write.ended ? 'sectors' : mood;
      if (how === 'nothing' || (how === 'writes' && chance(0.5))) continue;
      if (write.truncates && how === 'sectors' && chance(0.5)) continue;
      bytes = applied(bytes, write, () => how !== 'sectors' || chance(0.5));
    }
    return bytes;
  }
}

type Node = SimulatedFile | SimulatedDirectory;

/** Names as they are and as they are durable. */
class SimulatedDirectory {
  readonly names = new Map<string, Node>();
  #durable = new Map<string, Node>();
  /** What has not been made durable: each gives and takes names at once. */
  #pending: (readonly [name: string, node: Node | null])[][] = [];

  change(...changes: (readonly [string, Node | null])[]): void {
    this.#pending.push(changes);
    carryOut(this.names, changes);
  }

  sync(): void {
    for (const changes of this.#pending) carryOut(this.#durable, changes);
    this.#pending = [];
  }

  afterCut(mood: Mood, random: (below: number) => number): Map<string, Node> {
    const kept = new Map(this.#durable);
    const most = this.#pending.length;
    const count = mood === 'nothing' ? 0 : mood === 'everything' ? most : random(most + 1);
    for (const changes of this.#pending.slice(0, count)) carryOut(kept, changes);
    return kept;
  }
}

export class DiskModel {
  readonly #path: string;
  readonly #root = new SimulatedDirectory();
  readonly #descriptors = new Map<number, Node>();
  readonly #operations = new Map<number, { readonly node: Node; readonly synchronous: boolean }>();

  /** `like`: a directory as the process finds it, all of it durable; `path`: where the process has it. */
  constructor(like: string, path: string) {
    this.#path = path;
    takeOver(like, this.#root);
  }

  follow(event: DiskEvent): void {
    const { kind, fd, operation, data, offset, length } = event;
    const node = this.#descriptors.get(fd);
    if (kind === 'open') this.#open(event);
    else if (kind === 'close') this.#descriptors.delete(fd);
    else if (kind === 'write' && node instanceof SimulatedFile) {
      node.begin({ operation, data, offset, length, truncates: false, ended: false });
      this.#operations.set(operation, { node, synchronous: event.synchronous });
    } else if (kind === 'truncate' && node instanceof SimulatedFile) {
      node.begin({ operation, data: null, offset, length: 0, truncates: true, ended: true });
    } else if (kind === 'sync' && node !== undefined) {
      if (node instanceof SimulatedFile) node.syncBegins(operation);
      this.#operations.set(operation, { node, synchronous: false });
    } else if (kind === 'written' || kind === 'synced') this.#end(event);
    else if (event.path !== '') this.#rename(event);
  }

  /** Makes the directory `to` as the disk is found after a cut just now. */
  afterCut(to: string, random: (below: number) => number): void {
    const moods: Mood[] = ['nothing', 'everything', 'writes', 'sectors', 'sectors'];
    const mood = moods[random(moods.length)] as Mood;
    const chance = (probability: number) => random(1_000) < probability * 1_000;
    const make = (directory: SimulatedDirectory, path: string): void => {
      mkdirSync(path, { mode: 0o700 });
      for (const [name, node] of directory.afterCut(mood, random)) {
        if (node instanceof SimulatedDirectory) make(node, join(path, name));
        else writeSparsely(join(path, name), node.afterCut(mood, chance));
      }
    };
    make(this.#root, to);
  }

  #open({ fd, path, existed, emptied }: DiskEvent): void {
    let node = this.#find(path);
    if (node === undefined || !existed) {
      node = new SimulatedFile();
      this.#directoryOf(path).change([basename(path), node]);
    } else if (emptied && node instanceof SimulatedFile) {
      node.begin({ operation: -1, data: null, offset: 0, length: 0, truncates: true, ended: true });
    }
    this.#descriptors.set(fd, node);
  }

  #end({ kind, operation, length }: DiskEvent): void {
    const begun = this.#operations.get(operation);
    this.#operations.delete(operation);
    if (begun === undefined) return;
    const { node, synchronous } = begun;
    if (node instanceof SimulatedDirectory) node.sync();
    else if (kind === 'written') node.end(operation, length, synchronous);
    else node.syncEnds(operation, length);
  }

  #rename({ kind, path, to }: DiskEvent): void {
    const parent = this.#directoryOf(path);
    const name = basename(path);
    if (kind === 'mkdir') parent.change([name, new SimulatedDirectory()]);
    else if (kind === 'unlink' || kind === 'rmdir') parent.change([name, null]);
    else if (kind === 'rename') {
      if (dirname(path) !== dirname(to)) throw new Error(`${path} was moved to another directory`);
      parent.change([name, null], [basename(to), this.#find(path) ?? new SimulatedFile()]);
    }
  }

  #directoryOf(path: string): SimulatedDirectory {
    const found = this.#find(dirname(path));
    if (!(found instanceof SimulatedDirectory)) throw new Error(`${dirname(path)} is not known`);
    return found;
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of path.slice(this.#path.length).split('/')) {
      if (name !== '') node = node instanceof SimulatedDirectory ? node.names.get(name) : undefined;
    }
    return node;
  }
}

/** What the shim has no eye for either. */
const ignored = ['ballast', 'lock.mdb'];

function takeOver(path: string, into: SimulatedDirectory): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (ignored.includes(entry.name)) continue;
    const [name, inner] = [entry.name, join(path, entry.name)];
    const directory = new SimulatedDirectory();
    if (entry.isDirectory()) takeOver(inner, directory);
    into.change([name, entry.isDirectory() ? directory : SimulatedFile.of(readFileSync(inner))]);
  }
  into.sync();
}

function carryOut(names: Map<string, Node>, changes: readonly (readonly [string, Node | null])[]): void {
  for (const [name, node] of changes) {
    if (node === null) names.delete(name);
    else names.set(name, node);
  }
}

/** The bytes with those sectors of the write that `isKept` chooses, in the order of the file. */
function applied(bytes: Buffer, { data, offset, length, truncates }: Write, isKept: () => boolean): Buffer {
  if (truncates) return resized(bytes, offset);
  let result = bytes;
  let from = offset;
  while (from < offset + length) {
    const to = Math.min(ceilTo(from + 1, sectorBytes), offset + length);
    if (isKept()) {
      if (result.length < to) result = resized(result, Math.max(to, offset + length));
      if (data === null) result.fill(0, from, to);
      else data.copy(result, from, from - offset, to - offset);
    }
    from = to;
  }
  return result;
}

function resized(bytes: Buffer, length: number): Buffer {
  const result = Buffer.alloc(length);
  bytes.copy(result, 0, 0, Math.min(bytes.length, length));
  return result;
}

/** Pages of zeros become holes: segments are mostly that. */
function writeSparsely(path: string, bytes: Buffer): void {
  const file = openSync(path, 'w', 0o600);
  const zeros = Buffer.alloc(pageBytes);
  for (let at = 0; at < bytes.length; at += pageBytes) {
    const page = bytes.subarray(at, at + pageBytes);
    if (!page.equals(zeros.subarray(0, page.length))) writeSync(file, page, 0, page.length, at);
  }
  ftruncateSync(file, bytes.length);
  closeSync(file);
}

function overlaps(write: Write, from: number, to: number): boolean {
  return write.truncates ? write.offset < to : write.offset < to && write.offset + write.length > from;
}

function floorTo(number: number, unit: number): number {
  return number - (number % unit);
}

function ceilTo(number: number, unit: number): number {
  return floorTo(number + unit - 1, unit);
}
