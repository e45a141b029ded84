/** Asks the built simulation for worlds, and reads what came of them. */
import { spawn } from 'node:child_process';

export interface Request {
  /** Seeds `first`, `first` + 1 and so on. */
  readonly first: number;
  readonly count: number;
  readonly stepsMax: number;
  /** Only these steps of the plan; null: all. */
  readonly kept: readonly number[] | null;
  /** Stops behind the first complaint. */
  readonly untilComplaint: boolean;
  readonly shrink: boolean;
}

export interface Complained {
  readonly seed: number;
  readonly complaint: string;
  readonly kept: readonly number[] | null;
  readonly trace: readonly string[];
}

export interface Ran {
  readonly worlds: number;
  /** Over all that crossed the wire in all of them. */
  readonly hash: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly cpuMs: number;
}

export interface Worlds extends Ran {
  readonly complaints: readonly Complained[];
}

/** Steps of one plan, at most. */
const stepsMax = 32;

/** `plant`: the planted bug that is awake. Rejects where the process ends without a sum. */
export function runWorlds(
  bundle: string,
  request: Pick<Request, 'first' | 'count'> & Partial<Request>,
  plant?: string,
): Promise<Worlds> {
  const whole: Request = { stepsMax, kept: null, untilComplaint: true, shrink: true, ...request };
  const child = spawn(process.execPath, ['--enable-source-maps', bundle, JSON.stringify(whole)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(plant === undefined ? {} : { PARLEY_PLANT: plant }) },
  });
  let [said, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const lines = said.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Complained | Ran]));
      const last = lines.at(-1);
      if (code !== 0 || last === undefined || !('worlds' in last))
        return reject(new Error(`the simulation ended with ${code}: ${errors}${said}`));
      resolve({ ...last, complaints: lines.flatMap((line) => ('complaint' in line ? [line] : [])) });
    });
  });
}

/** For people: what went wrong, how it came to it, and how to see it again. */
export function told({ seed, complaint, kept, trace }: Complained): string {
  const steps = kept === null ? '' : ` STEPS=${kept.join(',')}`;
  return `${complaint}\n\n${trace.join('\n')}\n\nSee it again: SEED=${seed}${steps} npx vitest run test/simulation/simulation.test.ts`;
}
