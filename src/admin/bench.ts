/**
 * `parley bench`: the harness of `bench/`, which a source checkout has and the package does not. It is compiled when it is
 * called, as `npm run bench` does it, and gets every argument as it stands. Paths are relative to the checkout.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { exitCodes, Failure } from './exit-codes.ts';

export function benchCommand(): Command {
  return new Command('bench')
    .summary('measures this server beside peers, in a source checkout')
    .usage('[desk|hall|team|ramp|idle|storm|slow|snapshot|growth|soak|list|start] [flags]')
    .argument('[arguments...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (given: readonly string[]) => {
      const top = checkoutAbove(import.meta.dirname);
      if (top === null) {
        throw new Failure(
          'unavailable',
          'the benchmarks need a source checkout with its development packages; there: npm ci && npm run bench',
        );
      }
      if ((await run('npm', ['run', '--silent', 'prebench'], top, 2)) !== 0) {
        throw new Failure('failed', 'the benchmarks could not be compiled');
      }
      // As tsconfig.bench.json says; the harness brings its own compiled copy of src/ along.
      const compiled = join(top, 'node_modules/.cache/parley-bench/bench/run.js');
      process.exitCode = await run(process.execPath, [compiled, ...given], top);
    });
}

/** The first directory of Parley's sources from here upwards; null in an installed package. */
function checkoutAbove(directory: string): string | null {
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

/**
 * With this process's own input and output, in a group of its own: what would end this process is handed on once, and waited
 * for, because the harness has processes and directories to clear away.
 */
function run(
  command: string,
  args: readonly string[],
  cwd: string,
  output: 'inherit' | 2 = 'inherit',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['inherit', output, 'inherit'], detached: true });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? exitCodes.failed.code));
  });
}
