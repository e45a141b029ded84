/**
 * The command line as users run it: compiled, in processes of its own. It is compiled once for each state of `src/`, into
 * a directory named after that state, so that test files in other workers, and other runs, find it or make it in peace.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'parley-build');
const keptBuilds = 4;

let built: Promise<string> | null = null;

/** Path of the compiled `parley.js`. */
export function cliEntry(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const directory = join(cache, stateOfSources());
  const entry = join(directory, 'dist', 'admin', 'parley.js');
  if (existsSync(entry)) return entry;
  mkdirSync(cache, { recursive: true });
  const mine = mkdtempSync(join(cache, 'building-'));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', join(mine, 'dist')];
  // Types are another test's business: what was emitted runs.
  const failure = await promisify(execFile)(process.execPath, args, { cwd: root }).then(
    () => null,
    (error: { stdout?: string }) => error,
  );
  if (!existsSync(join(mine, 'dist', 'admin', 'parley.js'))) throw new Error(`no build: ${failure?.stdout}`);
  await buildWeb(join(mine, 'dist', 'web'));
  cpSync(join(root, 'package.json'), join(mine, 'package.json'));
  try {
    renameSync(mine, directory);
  } catch {
    // Another worker was faster with the same.
    rmSync(mine, { recursive: true, force: true });
  }
  forgetOldBuilds();
  return entry;
}

/** What browsers load. */
async function buildWeb(outDir: string): Promise<void> {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', '--app', '--outDir', outDir, '--logLevel', 'warn'];
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, args, { cwd: root, env });
}

function stateOfSources(): string {
  const hash = createHash('sha256');
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const settings = ['package.json', 'tsconfig.json', 'vite.config.ts'].map((name) => join(root, name));
  for (const file of [...files.sort(), ...settings]) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex').slice(0, 20);
}

/** Not those of the last hour: another run may be using them. */
function forgetOldBuilds(): void {
  const builds = readdirSync(cache)
    .map((name) => ({ path: join(cache, name), at: statSync(join(cache, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { path, at } of builds.slice(keptBuilds)) {
    if (Date.now() - at > 3_600_000) rmSync(path, { recursive: true, force: true });
  }
}

export interface CliOptions {
  /** Added to an environment without any PARLEY_ variable. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Another build than that of the sources as they are. */
  readonly entry?: string;
  /** Of Node itself. */
  readonly nodeArgs?: readonly string[];
  /** What a shell does first, such as to set a limit. */
  readonly before?: string;
}
export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const running = await spawnCli(args, options);
  const { code, signal } = await running.exited;
  return { code, signal, stdout: running.stdout(), stderr: running.stderr() };
}

export interface RunningCli {
  readonly child: ChildProcess;
  /** What came so far. */
  stdout(): string;
  stderr(): string;
  /** After the process has ended and its output has been read. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export async function spawnCli(args: readonly string[], options: CliOptions = {}): Promise<RunningCli> {
  const entry = options.entry ?? (await cliEntry());
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PARLEY_') && name !== 'VITEST');
  const command = [process.execPath, ...(options.nodeArgs ?? []), entry, ...args];
  const shell = options.before === undefined ? [] : ['sh', '-c', `${options.before}; exec "$0" "$@"`];
  const [program = '', ...programArgs] = [...shell, ...command];
  const child = spawn(program, programArgs, {
    env: { ...Object.fromEntries(inherited), ...options.env },
    cwd: options.cwd ?? root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return { child, stdout: () => stdout, stderr: () => stderr, exited };
}

export interface RunningServer extends RunningCli {
  /** `ws://127.0.0.1:PORT/v1` */
  readonly url: string;
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly adminUrl: string;
  /** SIGTERM, and how it ended. */
  stop(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** `parley serve` with these arguments, on free ports unless they say otherwise; resolves when it says that it is ready. */
export async function serveCli(args: readonly string[], options: CliOptions = {}): Promise<RunningServer> {
  const ports = ['--port', '0', '--admin-port', '0'].filter(
    (_, at, all) => !args.includes(all[at - (at % 2)] as string),
  );
  const running = await spawnCli(['serve', ...ports, ...args], options);
  const ready = new Promise<RegExpExecArray>((resolve) => {
    running.child.stdout?.on('data', () => {
      const line = /^parley is ready: (ws:\/\/\S+:(\d+)\/v1) admin (http:\S+)/m.exec(running.stdout());
      if (line !== null) resolve(line);
    });
  });
  const ended = running.exited.then(({ code, signal }) => {
    throw new Error(`the server ended with ${code ?? signal} before it was ready:\n${running.stderr()}`);
  });
  const [, url, port, adminUrl] = (await Promise.race([ready, ended])) as unknown as [string, string, string, string];
  ended.catch(() => undefined);
  return {
    ...running,
    url,
    port: Number(port),
    adminUrl,
    async stop() {
      running.child.kill('SIGTERM');
      return running.exited;
    },
  };
}
