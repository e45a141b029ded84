/** How many files the process may have open at once, sockets included, and how many of them are for clients. */
import { limits } from '../limits.ts';
import { Failure } from './exit-codes.ts';

/** Connections that leave the stores, the mails and the admin port their files. Throws `Failure` where none are left. */
export function connectionsMax(partitions: number, openFiles = openFilesMax()): number {
  const kept = limits.filesKept + partitions * limits.filesKeptPerPartition + limits.connectionsToldMax;
  if (openFiles > kept) return openFiles - kept;
  throw new Failure(
    'configuration',
    `the process may open ${openFiles} files (ulimit -n), and needs more than ${kept}`,
  );
}

/** As it is when the process starts. Infinity where the system has no such limit. */
function openFilesMax(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY;
}
