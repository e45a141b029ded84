/** The image, as far as that can be seen without an engine: its steps run in an empty directory and its command starts. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { until } from '../transport/peers.ts';
import { type Built, buildContext, cleanEnv, execForm, parseDockerfile, runStages } from './dockerfile.ts';
import { top } from './source-files.ts';

const stages = parseDockerfile(readFileSync(join(top, 'Dockerfile'), 'utf8'));
const image = stages.at(-1);
const last = (name: string): string => image?.instructions.filter((step) => step.name === name).at(-1)?.rest ?? '';

describe('the Dockerfile', () => {
  it('stands on Debian 13 and Node 24 in every stage', () => {
    expect(stages.map((stage) => stage.base)).toEqual(['node:24-trixie-slim', 'node:24-trixie-slim']);
  });

  it('runs as somebody who is not root, and gives the data directory and the ledger of erasures to them', () => {
    expect(last('USER')).toBe('node');
    const volumes = last('VOLUME').split(' ');
    expect(volumes).toEqual(['/data', '/ledger']);
    const given = image?.instructions.flatMap(({ name, rest }) =>
      name === 'COPY' && rest.includes('--chown=node:node') ? [rest.split(' ').at(-1)] : [],
    );
    expect(given).toEqual(volumes);
    expect(last('ENV')).toContain('PARLEY_ERASURE_LEDGER=/ledger/');
  });

  it('lets signals through to node, and names its ports', () => {
    expect(execForm(last('ENTRYPOINT'))[0]).toBe('node');
    expect(execForm(last('CMD'))).toEqual(['serve']);
    expect(last('STOPSIGNAL')).toBe('SIGTERM');
    expect(last('EXPOSE').split(' ')).toEqual(['8787', '8788']);
  });
});

describe('what the Dockerfile builds', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'parley-image-'));
  let built: Built;
  let server: ChildProcess | undefined;
  let env: Record<string, string>;
  const health = (): number | null => {
    const [command = '', ...args] = execForm(last('HEALTHCHECK'));
    return spawnSync(command, args, { env: cleanEnv(env), stdio: 'ignore' }).status;
  };

  it('comes out of an empty directory, from no more than .dockerignore lets in', async () => {
    const context = join(scratch, 'context');
    buildContext(top, context);
    built = runStages(stages, context, scratch);
    env = { ...built.env };
    for (const [key, value] of Object.entries(env)) if (value.startsWith('/')) env[key] = join(built.root, value);
    env.PARLEY_PORT = String(await freePort());
    env.PARLEY_ADMIN_PORT = String(await freePort());
    env.PARLEY_AUTH_SECRET = 'a-secret-that-is-only-for-this-test-and-long-enough';
    env.PARLEY_ADMIN_TOKEN = 'an-admin-token-that-is-only-for-this-test';
    // npx runs it as it is where the same directory was installed once before.
    accessSync(join(built.root, 'app/dist/admin/parley.js'), constants.X_OK);
  }, 600_000);

  afterAll(() => {
    server?.kill('SIGKILL');
    rmSync(scratch, { recursive: true, force: true });
  });

  it('holds the server and what it needs, and neither tools nor sources', () => {
    expect(readdirSync(join(built.root, 'app')).sort()).toEqual(['LICENSE', 'dist', 'node_modules', 'package.json']);
    const packages = readdirSync(join(built.root, 'app/node_modules'));
    expect(packages).toContain('lmdb');
    const tools = ['vitest', 'typescript', 'knip', 'oxlint', '@biomejs/biome'];
    expect(tools.filter((name) => existsSync(join(built.root, 'app/node_modules', name)))).toEqual([]);
    const binaries = readdirSync(join(built.root, 'app/node_modules/uWebSockets.js')).filter((f) =>
      f.endsWith('.node'),
    );
    expect(binaries.length).toBeGreaterThan(0);
    expect(binaries.every((file) => file.endsWith(`_${process.versions.modules}.node`))).toBe(true);
    expect(existsSync(join(built.root, 'data'))).toBe(true);
    expect(existsSync(join(built.root, 'ledger'))).toBe(true);
  });

  it('starts, is healthy, keeps its data in the volume, and ends with 0 on SIGTERM', async () => {
    const [command = '', ...args] = [...execForm(last('ENTRYPOINT')), ...execForm(last('CMD'))];
    const said: string[] = [];
    const started = spawn(command, args, { cwd: join(built.root, built.workdir), env: cleanEnv(env) });
    server = started;
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (data: Buffer) => said.push(data.toString()));
    const ended = new Promise<number | null>((resolve) => started.once('exit', resolve));
    expect(health()).toBe(1);
    await until(() => health() === 0 || started.exitCode !== null);
    expect(started.exitCode, said.join('')).toBe(null);
    const live = await fetch(`http://127.0.0.1:${env.PARLEY_ADMIN_PORT}/livez`);
    expect(live.status).toBe(200);
    const plain = await fetch(`http://127.0.0.1:${env.PARLEY_PORT}/v1`);
    expect(plain.status).toBe(426);
    expect(readdirSync(join(built.root, 'data')).length).toBeGreaterThan(0);
    started.kill('SIGTERM');
    expect(await ended, said.join('')).toBe(0);
    expect(health()).toBe(1);
  });
});
