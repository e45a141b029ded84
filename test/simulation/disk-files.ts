/** In the place of `node:fs` under the journal: what it uses of them, on the disk that is mounted. */
import { constants as real } from 'node:fs';
import { basename, dirname } from 'node:path';
import { mountedDisk, SimulatedFile } from './disk.ts';

export const constants = { ...real, O_DSYNC: real.O_DSYNC ?? 0o10000 };

interface Descriptor {
  readonly file: SimulatedFile;
  readonly isDurable: boolean;
}
const descriptors = new Map<number, Descriptor>();
let newest = 0;

type Done = (error: Error | null) => void;

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: the simulated disk says so`), { code });
}

function fileOf(descriptor: number): SimulatedFile {
  const found = descriptors.get(descriptor);
  if (found === undefined) throw failure('EBADF');
  return found.file;
}

export function openSync(path: string, flags: string | number): number {
  const disk = mountedDisk();
  const creates = flags === 'w' || flags === 'a' || (typeof flags === 'number' && (flags & constants.O_CREAT) !== 0);
  let file = disk.names.get(path);
  if (file === undefined || flags === 'w') {
    if (!creates) throw failure('ENOENT');
    const made = new SimulatedFile();
    file = made;
    disk.rename((names) => names.set(path, made));
  }
  newest += 1;
  const isDurable = typeof flags === 'number' && (flags & constants.O_DSYNC) !== 0;
  descriptors.set(newest, { file, isDurable });
  return newest;
}

export function closeSync(descriptor: number): void {
  fileOf(descriptor);
  descriptors.delete(descriptor);
}

export function readSync(descriptor: number, into: Buffer, offset: number, length: number, position: number): number {
  const { bytes } = fileOf(descriptor);
  return position >= bytes.length ? 0 : bytes.copy(into, offset, position, position + length);
}

export function writeSync(descriptor: number, from: Buffer, offset: number, length: number, position: number): number {
  fileOf(descriptor).write({ at: position, bytes: Buffer.from(from.subarray(offset, offset + length)) }, false);
  return length;
}

/** `ino`: one file is one object. */
export function fstatSync(descriptor: number): { size: number; dev: number; ino: SimulatedFile } {
  return statOf(fileOf(descriptor));
}

export function statSync(path: string): { size: number; dev: number; ino: SimulatedFile } {
  const file = mountedDisk().names.get(path);
  if (file === undefined) throw failure('ENOENT');
  return statOf(file);
}

function statOf(file: SimulatedFile): { size: number; dev: number; ino: SimulatedFile } {
  return { size: file.bytes.length, dev: 0, ino: file };
}

export function ftruncateSync(descriptor: number, length: number): void {
  fileOf(descriptor).truncate(length);
}

export function fdatasyncSync(descriptor: number): void {
  fileOf(descriptor).sync();
}

export function readdirSync(path: string): string[] {
  return [...mountedDisk().names.keys()].filter((name) => dirname(name) === path).map((name) => basename(name));
}

export function open(path: string, flags: string | number, ...rest: unknown[]): void {
  const done = rest.at(-1) as (error: Error | null, descriptor?: number) => void;
  try {
    const descriptor = openSync(path, flags);
    queueMicrotask(() => done(null, descriptor));
  } catch (error) {
    queueMicrotask(() => done(error as Error));
  }
}

export function close(descriptor: number, done: Done): void {
  closeSync(descriptor);
  queueMicrotask(() => done(null));
}

export function write(
  descriptor: number,
  from: Uint8Array,
  offset: number,
  length: number,
  position: number,
  done: (error: Error | null, written: number) => void,
): void {
  const disk = mountedDisk();
  const { file, isDurable } = descriptors.get(descriptor) as Descriptor;
  const bytes = Buffer.from(from.subarray(offset, offset + disk.shortened(position, length)));
  const underWay = { at: position, bytes };
  file.underWay.add(underWay);
  disk.takeTime(
    'write',
    () => {
      file.underWay.delete(underWay);
      file.write(underWay, isDurable);
      done(null, bytes.length);
    },
    () => done(failure('EIO'), 0),
  );
}

export function fdatasync(descriptor: number, done: Done): void {
  const file = fileOf(descriptor);
  mountedDisk().takeTime(
    'write',
    () => {
      file.sync();
      done(null);
    },
    () => done(failure('EIO')),
  );
}

// ---- names: as in node:fs/promises -------------------------------------------------------------------------------------------------

export async function rename(from: string, to: string): Promise<void> {
  const file = mountedDisk().names.get(from);
  if (file === undefined) throw failure('ENOENT');
  mountedDisk().rename((names) => {
    names.delete(from);
    names.set(to, file);
  });
}

export async function rm(path: string): Promise<void> {
  mountedDisk().rename((names) => names.delete(path));
}
