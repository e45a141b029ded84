/** One server with its virtual users: all started afresh, so that no round inherits anything from the one before. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Failure } from '../src/admin/exit-codes.ts';
import { limits } from '../src/limits.ts';
import type { Question as Load } from './generator.ts';
import type { Measured, Stretch } from './load-run.ts';
import { requireOpenFiles } from './open-files.ts';
import type { Plan, Ready } from './parley-server.ts';
import { ask, end, ended, message, start } from './processes.ts';
import { makeScratch, removeScratch } from './scratch.ts';
import type { Shape, TargetKind } from './workload.ts';

export interface ServerOptions {
  /** Where the data directories are made. */
  readonly directory: string;
  readonly shape: Pick<Shape, 'conversations' | 'people'>;
  /** People besides those of the shape. */
  readonly extra?: number;
  readonly adminToken?: string | null;
  /** Instead of Parley's own limit. */
  readonly actorIdleMs?: number;
  readonly execArgv?: readonly string[];
}
export interface RunningServer {
  readonly kind: TargetKind;
  /** Of Parley. */
  readonly dataDir: string;
  readonly child: ChildProcess;
  readonly port: number;
  readonly adminPort: number | null;
  /** Of the process that serves: a daemon has another one than the script that started it. */
  readonly pid: number;
}

/**
 * Starts the server on a directory of its own, removed when `work` has ended. What `work` or the server fail with is a
 * `Failure` that names the server, unless nobody foresaw it.
 */
export async function withServer<T>(
  kind: TargetKind,
  options: ServerOptions,
  work: (server: RunningServer) => Promise<T>,
): Promise<T> {
  const { conversations, people } = options.shape;
  const { extra = 0, adminToken = null, actorIdleMs = limits.actorIdleMs } = options;
  requireOpenFiles(conversations * people + extra);
  const data = makeScratch(options.directory);
  try {
    const plan: Plan = { directory: join(data, 'data'), conversations, people, extra, adminToken, actorIdleMs };
    const child =
      kind === 'parley'
        ? start('parley-server', [JSON.stringify(plan)], options.execArgv)
        : start(`peers/${kind}`, [data]);
    try {
      const said = await message<Partial<Ready> & { port: number; pid?: number }>(child);
      const pid = said.pid ?? (child.pid as number);
      const { port, adminPort = null } = said;
      const server = { kind, dataDir: plan.directory, child, port, adminPort, pid };
      return await Promise.race([work(server), ended(child)]);
    } finally {
      await end(child);
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.exit, `${kind}: ${error.message}`, error);
  } finally {
    removeScratch(data);
  }
}

export type RunStretch = (stretch: Omit<Stretch, 'firstNumber'>) => Promise<Measured>;

/** Virtual users of the server, in a generator's process; `invite`: into its first conversation. */
export async function withVirtualUsers<T>(
  { kind, port, pid }: RunningServer,
  shape: Shape,
  work: (run: RunStretch, invite: (people: readonly string[]) => Promise<null>) => Promise<T>,
): Promise<T> {
  const generator = start('generator');
  try {
    const load = <A>(question: Load) => ask<A>(generator, question);
    await load<null>({ is: 'gather', target: { kind, port, pid }, shape });
    return await work(
      (stretch) => load<Measured>({ is: 'run', stretch }),
      (people) => load<null>({ is: 'invite', people }),
    );
  } finally {
    await end(generator);
  }
}
