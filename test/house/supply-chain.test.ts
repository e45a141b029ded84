/**
 * What comes from others: pinned, by checksum, on every platform; native code by a checksum of our own; under licences that
 * may be shipped. Known weaknesses are asked for by `npm audit`, which needs the registry: `npm run test:nightly` ends with it.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nativeBinaries } from './native-binaries.ts';
import { top } from './source-files.ts';

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = <T>(name: string): T => JSON.parse(readFileSync(join(top, name), 'utf8')) as T;
const { packages } = read<{ packages: Record<string, Locked> }>('package-lock.json');
/** Where `resolved` is left out, npm takes the package from the registry that it is set up with. */
const registry = 'https://registry.npmjs.org/';
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

  it('are pinned to exact versions', () => {
    const wanted = read<Record<'dependencies' | 'devDependencies', Record<string, string>>>('package.json');
    const all = Object.entries({ ...wanted.dependencies, ...wanted.devDependencies });
    const loose = all.filter(([, version]) => !/^(npm:[\w@/.-]+@)?\d+\.\d+\.\d+$/.test(version));
    expect(loose, 'Open ranges take other majors on older Nodes: write the exact version.').toEqual([]);
  });

  it('come from the registry, each with its SHA-512 in the lock file, on every platform', () => {
    const mend =
      'npm leaves checksums out where it makes the lock file of what is installed: delete those entries from it and run `npm install --package-lock-only`.';
    const unchecked = locked.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''));
    expect(
      unchecked.map(([path]) => path),
      mend,
    ).toEqual([]);
    const elsewhere = locked.filter(([, { resolved }]) => !(resolved ?? registry).startsWith(registry));
    expect(elsewhere.map(([path, { resolved }]) => `${path}: ${resolved}`)).toEqual([]);
  });

  it('that run a script when they are installed are these, which do without it where a binary is at hand', () => {
    const scripts = locked.filter(([, entry]) => entry.hasInstallScript && !entry.dev).map(([path]) => path);
    expect(scripts).toEqual(['node_modules/lmdb', 'node_modules/msgpackr-extract']);
  });

  it('of every platform are in the lock file, without which newer versions of npm refuse it', () => {
    const names = new Set(locked.map(([path]) => path.replace(/^.*node_modules\//, '')));
    const missing = locked.flatMap(([, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter((name) => !names.has(name)),
    );
    expect([...new Set(missing)]).toEqual([]);
  });

  it('with native code are the bytes that were looked at: LMDB and msgpackr-extract, on this platform', () => {
    const installed = Object.keys(nativeBinaries).filter((name) => existsSync(join(top, 'node_modules', name)));
    expect(installed.length, 'npm ci installs one of each for this platform').toBe(2);
    for (const name of installed) {
      const folder = join(top, 'node_modules', name);
      const binaries = readdirSync(folder).filter((file) => file.endsWith('.node'));
      const found = binaries.map((file) => {
        const hash = createHash('sha256')
          .update(readFileSync(join(folder, file)))
          .digest('hex');
        return [file, hash];
      });
      expect(Object.fromEntries(found), name).toEqual(nativeBinaries[name]);
    }
  });

  it('with native code have a checksum of ours for every platform that the lock file names', () => {
    const named = locked
      .map(([path]) => path.replace(/^.*node_modules\//, ''))
      .filter((name) => name.startsWith('@lmdb/') || name.startsWith('@msgpackr-extract/'));
    expect([...new Set(named)].sort()).toEqual(Object.keys(nativeBinaries).sort());
  });
});
