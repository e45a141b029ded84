/**
 * The compiled command line in a few files instead of some hundred: a server that is started hundreds of times spends most
 * of its life on reading them. It is the same code, bundled beside the compiled one and kept as long as that.
 */
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'vite';
import { cliEntry } from './cli.ts';

let bundled: Promise<string> | null = null;

/** Path of the bundled `parley.js`. It serves no files for browsers. */
export function quickEntry(): Promise<string> {
  bundled ??= bundle();
  return bundled;
}

async function bundle(): Promise<string> {
  const dist = dirname(dirname(await cliEntry()));
  const directory = join(dirname(dist), 'quick');
  // As deep as the compiled one: the product's version is found from there.
  const entry = join(directory, 'dist', 'parley.js');
  if (existsSync(entry)) return entry;
  const mine = mkdtempSync(join(dirname(dist), 'quick-'));
  await build({
    root: dist,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['lmdb', 'uWebSockets.js'] },
    build: {
      ssr: true,
      outDir: join(mine, 'dist'),
      minify: true,
      rolldownOptions: {
        input: {
          parley: join(dist, 'admin', 'parley.js'),
          'archive-writer': join(dist, 'journal', 'archive-writer.js'),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  });
  try {
    renameSync(mine, directory);
  } catch {
    // Another worker was faster with the same.
    rmSync(mine, { recursive: true, force: true });
  }
  return entry;
}
