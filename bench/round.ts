/** One server, loaded once: both started afresh, so that no round inherits anything from the one before. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measured, Order } from './generator.ts';
import type { TargetKind, Workload } from './workload.ts';

export interface RoundOptions {
  readonly kind: TargetKind;
  readonly workload: Workload;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Where the data directories are made. */
  readonly directory: string;
  /** Where the server's processor profile goes. */
  readonly profileTo?: string;
}

export async function runRound(options: RoundOptions): Promise<Measured> {
  const { kind, workload, warmUpSeconds, seconds } = options;
  const data = mkdtempSync(join(options.directory, 'parley-bench-'));
  try {
    const server = start(
      kind === 'relay' ? 'relay' : 'parley-server',
      [join(data, 'data'), workload.name],
      options.profileTo,
    );
    const { port } = await message<{ port: number }>(server);
    const generator = start('generator', []);
    const order: Order = { target: { kind, port, pid: server.pid as number }, workload, warmUpSeconds, seconds };
    generator.send(order);
    try {
      return await Promise.race([message<Measured>(generator), ended(server)]);
    } finally {
      await Promise.all([end(generator), end(server)]);
    }
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

function start(name: string, args: readonly string[], profileTo?: string): ChildProcess {
  const execArgv = profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`];
  return fork(fileURLToPath(new URL(`./${name}.js`, import.meta.url)), args, { execArgv });
}

/** The first message of the process; rejects where it ends without one. */
function message<T>(child: ChildProcess): Promise<T> {
  return Promise.race([
    new Promise<T>((resolve) => child.once('message', (value) => resolve(value as T))),
    ended(child),
  ]);
}

function ended(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    child.once('exit', (code, signal) => reject(new Error(`${child.spawnargs[1]} ended with ${signal ?? code}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await gone;
  clearTimeout(timer);
}
