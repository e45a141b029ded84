/** In the place of `lmdb-scrub.ts`: on the disk that is mounted. Somebody who reads may be in the way. */
import { mountedDisk } from './disk.ts';

interface Environment {
  transactionSync<T>(work: () => T): T;
}

export function scrubEnvironment(environment: Environment, path: string, touch: () => void): boolean {
  environment.transactionSync(touch);
  return mountedDisk().scrub(path);
}
