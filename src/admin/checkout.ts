/** Where Parley's sources are, for what an installed package does not have. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The first directory of them from here upwards, with its development packages; null in an installed package. */
export function checkoutAbove(directory: string): string | null {
  const manifest = join(directory, 'package.json');
  const isParley =
    existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown }).name === 'parley';
  if (
    isParley &&
    existsSync(join(directory, 'bench/run.ts')) &&
    existsSync(join(directory, 'node_modules/typescript'))
  ) {
    return directory;
  }
  const parent = dirname(directory);
  return parent === directory ? null : checkoutAbove(parent);
}
