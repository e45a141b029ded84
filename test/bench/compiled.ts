/** The harness as `npm run bench` runs it: compiled once for a test file, in processes of its own. */
import { execFile, spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RunReport } from '../../bench/report.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const compiled = join(root, 'node_modules', '.cache', 'parley-bench');

export async function compileBench(): Promise<void> {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', join(root, 'tsconfig.bench.json'), '--outDir', compiled];
  // Types are another test's business: what was emitted runs.
  await promisify(execFile)(process.execPath, args, { cwd: root }).catch(() => undefined);
  cpSync(join(root, 'package.json'), join(compiled, 'package.json'));
}

export interface BenchResult {
  readonly code: number;
  readonly stderr: string;
  /** One for each line on stdout. */
  readonly runs: readonly RunReport[];
}

/** Short: one round, half a second of load, nothing kept unless it is asked for. */
export async function bench(...args: readonly string[]): Promise<BenchResult> {
  const short = ['--seconds', '0.5', '--warm-up', '0.25', '--rounds', '1', '--json'];
  const results = args.includes('--results') ? [] : ['--no-results'];
  const script = join(compiled, 'bench', 'run.js');
  const { code, stdout, stderr } = await node(script, ...short, ...results, ...args);
  return { code, stderr, runs: stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)])) };
}

/** Ends the run with a signal once it says this on stderr, and resolves when it is gone, with its exit code. */
export function benchUntil(said: string, ...args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, [join(compiled, 'bench', 'run.js'), ...args], { cwd: root });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    const before = stderr;
    stderr += data.toString();
    if (stderr.includes(said) && !before.includes(said)) child.kill('SIGTERM');
  });
  return new Promise((resolve) => child.once('exit', resolve));
}

export async function micro(...args: readonly string[]) {
  return node(join(compiled, 'bench', 'micro', 'run.js'), ...args);
}

function node(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
