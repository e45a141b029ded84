/** What a benchmark needs and this machine may lack: a `Failure` in one line, with what to do about it. Exit code 69. */
import { Failure } from '../src/admin/exit-codes.ts';

/** A package that only the harness uses. */
export async function needed<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Failure('unavailable', `the package ${name} is needed for this; in the checkout: npm ci --include=dev`);
  }
}
