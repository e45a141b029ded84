/** Where the figures come from: without it they mean nothing. */
import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly os: string;
  readonly node: string;
  /** With `+` where the working tree differs from it. */
  readonly commit: string;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${distribution()}, ${platform()} ${release()} ${arch()}`,
    node: process.version,
    commit: commit(),
  };
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    return `${git('rev-parse', '--short=12', 'HEAD').trim()}${git('status', '--porcelain', '-uno') === '' ? '' : '+'}`;
  } catch {
    return 'no git here';
  }
}

export interface SyncLatency {
  readonly p50: number;
  readonly p99: number;
}

/** Milliseconds of one fdatasync behind an append of 512 bytes, in this directory. */
export function measureSync(directory: string, count = 300): SyncLatency {
  const path = join(directory, 'sync-probe');
  const file = openSync(path, 'a');
  const block = Buffer.alloc(512, 1);
  const times: number[] = [];
  try {
    for (let n = 0; n < count; n += 1) {
      writeSync(file, block);
      const began = performance.now();
      fdatasyncSync(file);
      times.push(performance.now() - began);
    }
  } finally {
    closeSync(file);
    unlinkSync(path);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(share * (times.length - 1))] as number;
  return { p50: at(0.5), p99: at(0.99) };
}
