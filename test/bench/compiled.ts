/** The harness as `npm run bench` runs it: compiled once for a test file, in processes of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
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

/**
 * Does something to the run, in a process group of its own, once it says this on stderr; resolves when it is gone. `script`
 * is that of the harness, or `parley` with `bench` among its arguments.
 */
export function benchUntil(
  said: string,
  act: (child: ChildProcess) => void,
  args: readonly string[],
  script = join(compiled, 'bench', 'run.js'),
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const child = spawn(process.execPath, [script, ...args], { cwd: root, detached: true });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    const before = stderr;
    stderr += data.toString();
    if (stderr.includes(said) && !before.includes(said)) act(child);
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stderr })));
}

/** The process id of a child that runs this file of bench/. */
export function childOf({ pid: parent }: ChildProcess, name: string): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'latin1').trim().split(' ').map(Number);
  const found = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`/${name}.js`));
  if (found === undefined) throw new RangeError(`nothing runs ${name}`);
  return found;
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
