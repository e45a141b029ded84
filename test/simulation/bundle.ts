/**
 * Builds the simulation into one file that Node runs by itself: the product's modules as they are, with the simulated disk
 * in the place of `node:fs` and `lmdb` under the stores.
 */
import { join } from 'node:path';
import { build, type Plugin } from 'vite';

const root = join(import.meta.dirname, '..', '..');
const simulated = (file: string): string => join(import.meta.dirname, file);
const journal = (...files: readonly string[]): string[] => files.map((file) => join(root, 'src', 'journal', file));

const ofFiles: ReadonlySet<string> = new Set([
  join(root, 'src', 'directory', 'directory-end-file.ts'),
  join(root, 'src', 'runtime', 'checked-note.ts'),
  ...journal(
    'atomic-file.ts',
    'ends-file.ts',
    'erasure-ledger-file.ts',
    'journal-disk.ts',
    'lmdb-meta.ts',
    'owners-file.ts',
    'retired-segments.ts',
    'segment-reading.ts',
    'segment-writer.ts',
  ),
]);

function simulatedDisk(): Plugin {
  return {
    name: 'simulated-disk',
    enforce: 'pre',
    resolveId(source, importer = '') {
      if (source === 'lmdb') return simulated('disk-lmdb.ts');
      if (source === './lmdb-first-pages.ts') return simulated('disk-first-pages.ts');
      if (source.endsWith('/lmdb-scrub.ts')) return simulated('disk-scrub.ts');
      if (!ofFiles.has(importer)) return null;
      if (source === 'node:fs/promises') return simulated('disk-promises.ts');
      return source === 'node:fs' ? simulated('disk-files.ts') : null;
    },
  };
}

/** Which planted bug is awake is known before any module begins. */
const banner = 'globalThis.parleyPlant = process.env.PARLEY_PLANT ?? null;';

/** Path of the built file. `name`: of its own directory among the caches. */
export async function bundle(name: string, plugins: readonly Plugin[] = []): Promise<string> {
  const outDir = join(root, 'node_modules', '.cache', `parley-simulation-${name}`);
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [simulatedDisk(), ...plugins],
    build: {
      ssr: simulated('simulation-process.ts'),
      outDir,
      emptyOutDir: true,
      minify: false,
      sourcemap: true,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'simulation.js', format: 'es', banner } },
    },
  });
  return join(outDir, 'simulation.js');
}
