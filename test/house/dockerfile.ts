/**
 * Enough of a Dockerfile to run it without an engine: each stage is a directory that stands for its `/`, its steps run
 * with this machine's Node, and what cannot be told apart from here (base images, users, volumes) is kept for looking at.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

export interface Stage {
  readonly base: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** A stage that was run: its directory and what it would start with. */
export interface Built {
  readonly root: string;
  workdir: string;
  readonly env: Record<string, string>;
}

export function parseDockerfile(text: string): Stage[] {
  const stages: { base: string; name: string; instructions: Instruction[] }[] = [];
  const lines = text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ')
    .split('\n');
  for (const line of lines) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (name === 'FROM') {
      const [base = '', , as = String(stages.length)] = rest.split(/\s+/);
      stages.push({ base, name: as, instructions: [] });
    } else if (name !== '') stages.at(-1)?.instructions.push({ name, rest });
    else if (line.trim() !== '') throw new Error(`not an instruction: ${line}`);
  }
  return stages;
}

/** The JSON form of CMD, ENTRYPOINT and HEALTHCHECK's CMD. Throws on the shell form, which swallows signals. */
export function execForm(rest: string): string[] {
  const form: unknown = JSON.parse(rest.slice(rest.indexOf('[')));
  if (!Array.isArray(form)) throw new Error(`not in exec form: ${rest}`);
  return form.map(String);
}

/** Copies what .dockerignore lets through: the lines are `*` and `!name`, which is all this project uses. */
export function buildContext(from: string, to: string): void {
  const lines = readFileSync(join(from, '.dockerignore'), 'utf8').split('\n');
  const rules = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  if (rules[0] !== '*' || rules.slice(1).some((rule) => !/^![\w.-]+$/.test(rule))) {
    throw new Error('.dockerignore must begin with * and then name what is let in');
  }
  for (const name of rules.slice(1).map((rule) => rule.slice(1))) {
    if (existsSync(join(from, name))) cpSync(join(from, name), join(to, name), { recursive: true });
  }
}

/** Runs the steps of all stages below `scratch` and gives back the last one. Throws with the output of a step that fails. */
export function runStages(stages: readonly Stage[], context: string, scratch: string): Built {
  const built = new Map<string, Built>();
  let last: Built | undefined;
  for (const stage of stages) {
    last = { root: join(scratch, `stage-${stage.name}`), workdir: '/', env: {} };
    mkdirSync(last.root, { recursive: true });
    built.set(stage.name, last);
    for (const step of stage.instructions) runStep(step, last, context, built);
  }
  if (!last) throw new Error('the Dockerfile has no stage');
  return last;
}

function runStep(step: Instruction, stage: Built, context: string, built: ReadonlyMap<string, Built>): void {
  const inside = (path: string): string => join(stage.root, resolve(stage.workdir, path));
  if (step.name === 'WORKDIR') {
    stage.workdir = resolve(stage.workdir, step.rest);
    mkdirSync(inside('.'), { recursive: true });
  } else if (step.name === 'ENV') {
    for (const [, key = '', value = ''] of step.rest.matchAll(/(\w+)=(\S+)/g)) stage.env[key] = value;
  } else if (step.name === 'COPY') {
    const words = step.rest.split(/\s+/);
    const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
    const paths = words.filter((word) => !word.startsWith('--'));
    const source = from === undefined ? context : built.get(from)?.root;
    if (source === undefined) throw new Error(`COPY from a stage that is not there: ${from}`);
    copy(
      paths.slice(0, -1).map((path) => join(source, path)),
      paths.at(-1) ?? '',
      inside,
    );
  } else if (step.name === 'RUN') {
    const run = spawnSync('/bin/sh', ['-c', step.rest], {
      cwd: inside('.'),
      env: cleanEnv(stage.env),
      encoding: 'utf8',
    });
    if (run.status !== 0) throw new Error(`RUN ${step.rest}\n${run.stdout}${run.stderr}`);
  } else if (!['USER', 'VOLUME', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD'].includes(step.name)) {
    throw new Error(`this test does not know ${step.name}`);
  }
}

/** As COPY does: a file goes by its name into a directory, of a directory its contents. */
function copy(sources: readonly string[], target: string, inside: (path: string) => string): void {
  for (const source of sources) {
    if (statSync(source).isDirectory()) {
      mkdirSync(inside(target), { recursive: true });
      for (const name of readdirSync(source)) {
        cpSync(join(source, name), join(inside(target), name), { recursive: true, verbatimSymlinks: true });
      }
    } else {
      const file = target.endsWith('/') || target === '.' ? join(inside(target), basename(source)) : inside(target);
      mkdirSync(dirname(file), { recursive: true });
      cpSync(source, file);
      chmodSync(file, 0o644);
    }
  }
}

/** Nothing of this machine but where programs are and, for npm, whom it runs for and how it reaches its registry. */
export function cleanEnv(own: Readonly<Record<string, string>>): Record<string, string> {
  const env: Record<string, string> = { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin` };
  for (const [key, value] of Object.entries(process.env)) {
    if (
      value !== undefined &&
      /^(HOME|TMPDIR|NODE_EXTRA_CA_CERTS|(npm_config_|NPM_CONFIG_).*|.*_proxy|.*_PROXY)$/.test(key)
    ) {
      env[key] = value;
    }
  }
  return { ...env, ...own };
}
