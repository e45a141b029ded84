/** What the server is shipped with may be shipped: licences of the production dependencies, read from the lock file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { top } from './source-files.ts';

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly integrity?: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = <T>(name: string): T => JSON.parse(readFileSync(join(top, name), 'utf8')) as T;
const { packages } = read<{ packages: Record<string, Locked> }>('package-lock.json');
const locked = Object.entries(packages).filter(([path]) => path !== '');

describe('dependencies', () => {
  it('of production have licences that go with Apache-2.0', () => {
    const permissive = new Set([
      'MIT',
      'MIT-0',
      'ISC',
      'Apache-2.0',
      'BSD-2-Clause',
      'BSD-3-Clause',
      '0BSD',
      'Zlib',
      'MPL-2.0',
      'BlueOak-1.0.0',
    ]);
    const shipped = locked.filter(([, entry]) => !entry.dev);
    expect(shipped.length).toBeGreaterThan(10);
    const fits = (license: string): boolean =>
      license.split(' OR ').some((choice) => choice.split(' AND ').every((one) => permissive.has(one)));
    const odd = shipped.filter(([, { license }]) => !fits((license ?? '').replace(/[()]/g, '')));
    expect(odd.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });

  it('are pinned to exact versions, and on Linux each download to its checksum', () => {
    const wanted = read<Record<'dependencies' | 'devDependencies', Record<string, string>>>('package.json');
    const all = Object.entries({ ...wanted.dependencies, ...wanted.devDependencies });
    const loose = all.filter(([, version]) => !/^(npm:[\w@/.-]+@)?\d+\.\d+\.\d+$/.test(version));
    expect(loose, 'Open ranges take other majors on older Nodes: write the exact version.').toEqual([]);
    const forLinux = ({ os, cpu, libc }: Locked): boolean =>
      (os?.includes('linux') ?? true) &&
      (cpu?.some((c) => c === 'x64' || c === 'arm64') ?? true) &&
      !libc?.includes('musl');
    const unchecked = locked
      .filter(([, entry]) => forLinux(entry) && entry.integrity === undefined)
      .map(([path]) => path);
    expect(unchecked).toEqual([]);
  });

  it('of every platform are in the lock file, without which newer versions of npm refuse it', () => {
    const names = new Set(locked.map(([path]) => path.replace(/^.*node_modules\//, '')));
    const missing = locked.flatMap(([, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter((name) => !names.has(name)),
    );
    expect([...new Set(missing)]).toEqual([]);
  });
});
