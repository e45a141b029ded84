/**
 * `manifest.json`: what a snapshot is of and which files belong to it. Written last, so that a directory with one is
 * whole. Its own checksum is in it: the text is exactly what this code writes of its members, or it is refused.
 */

import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from './atomic-file.ts';
import { isEpoch, isPartitionCount } from './data-directory.ts';
import type { Position } from './entry.ts';
import type { LedgerPlace } from './erasure-ledger.ts';
import { Damaged, Incompatible } from './journal.ts';
import { fileBytes, type SnapshotFile } from './snapshot-file.ts';

const format = 1;
const name = 'manifest.json';
/** Several times what the positions of the most partitions take. */
const manifestMaxBytes = 1_048_576;
export const fileNames = ['archive.records', 'journal.records', 'directory.records'] as const;

export interface Manifest {
  readonly parley: 'snapshot';
  readonly format: number;
  /** Version of the product that wrote it. */
  readonly product: string;
  /** ISO 8601: everything acknowledged before is in it. */
  readonly createdAt: string;
  readonly store: { readonly epoch: string; readonly partitions: number; readonly createdAt: string };
  /** By partition: everything up to `checkpoint` is in the archive's file, the rest up to `head` in the journal's. */
  readonly positions: readonly { readonly checkpoint: Position; readonly head: Position }[];
  /** Up to where in the ledger of erasures it holds nothing of what was erased; without: nothing ever was. */
  readonly erased?: LedgerPlace;
  readonly counts: SnapshotCounts;
  readonly files: readonly SnapshotFile[];
}

export interface SnapshotCounts {
  readonly conversations: number;
  readonly events: number;
  readonly commands: number;
  readonly preferences: number;
  readonly outbox: number;
  readonly mails: number;
  readonly journalEntries: number;
  readonly directoryRows: number;
}

export async function writeManifest(directory: string, manifest: Omit<Manifest, 'parley' | 'format'>): Promise<void> {
  await writeFileAtomic(join(directory, name), textOf({ parley: 'snapshot', format, ...manifest }));
}

/** Throws `Incompatible` where there is no snapshot or a newer version's, `Damaged` where it is not as written. */
export async function readManifest(directory: string): Promise<Manifest> {
  let text: string;
  try {
    const path = join(directory, name);
    const bytes = await fileBytes(path);
    if (bytes === null || bytes > manifestMaxBytes) throw new Damaged(`snapshot/${name}: not as it was written`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Incompatible(`${directory} is not a snapshot, or one that was never finished: it has no ${name}`);
  }
  let members: { sha256?: unknown } & Partial<Manifest>;
  try {
    members = JSON.parse(text);
  } catch {
    throw new Damaged(`snapshot/${name}: not JSON`);
  }
  const { sha256: _, ...manifest } = members ?? {};
  if (manifest.parley !== 'snapshot') throw new Incompatible(`snapshot/${name}: not of a snapshot of Parley`);
  if (textOf(manifest as Manifest) !== text) throw new Damaged(`snapshot/${name}: not as it was written`);
  if (manifest.format !== format) {
    throw new Incompatible(`snapshot/${name}: format ${manifest.format} is not this version's, ${format}`);
  }
  if (!isWhole(manifest)) throw new Damaged(`snapshot/${name}: a member is missing or out of range`);
  return manifest as Manifest;
}

/** Its checksum is no secret: whoever changes a member can make it fit. */
function isWhole({ product, createdAt, store, positions, counts, files }: Partial<Manifest>): boolean {
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  return (
    typeof product === 'string' &&
    typeof createdAt === 'string' &&
    isEpoch(store?.epoch) &&
    isPartitionCount(store?.partitions) &&
    typeof store?.createdAt === 'string' &&
    Array.isArray(positions) &&
    positions.length === store.partitions &&
    positions.every((each) => isCount(each?.checkpoint) && isCount(each.head) && each.checkpoint <= each.head) &&
    counts !== undefined &&
    Object.values(counts ?? {}).every(isCount) &&
    Array.isArray(files) &&
    files.every((file) => typeof file?.name === 'string' && isCount(file.bytes) && typeof file.sha256 === 'string')
  );
}

function textOf(manifest: Manifest): string {
  const sha256 = hash('sha256', JSON.stringify(manifest));
  return `${JSON.stringify({ ...manifest, sha256 }, null, 2)}\n`;
}
