import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configCommand } from '../../src/admin/config.ts';
import { configDoc } from '../../src/admin/config-doc.ts';
import { addConfigFlags, configOf } from '../../src/admin/config-flags.ts';
import { type Config, type ConfigKey, configKeyNames, configKeys } from '../../src/admin/config-keys.ts';
import { type Resolved, resolveConfig, serveErrors } from '../../src/admin/config-resolve.ts';
import {
  adminTokenOf,
  authSecretOf,
  keySourceOf,
  makeAdminToken,
  SecretUnreadable,
} from '../../src/admin/config-secrets.ts';
import { nearestName } from '../../src/admin/nearest-name.ts';
import { limits } from '../../src/limits.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(toml: string): string {
  const file = join(mkdtempSync(join(folder, 'f-')), 'parley.toml');
  writeFileSync(file, toml);
  return file;
}
type Input = { flags?: Record<string, unknown>; env?: Record<string, string>; toml?: string };
function resolved({ flags = {}, env = {}, toml }: Input) {
  const config = toml === undefined ? {} : { config: fileOf(toml) };
  return resolveConfig({ flags: { ...flags, ...config }, env, cwd: folder });
}
function good(input: Input): Resolved {
  const result = resolved(input);
  if ('errors' in result) throw new Error(result.errors.join('\n'));
  return result;
}
function errorsOf(input: Input): string {
  const result = resolved(input);
  return 'errors' in result ? result.errors.join('\n') : 'no errors';
}
const secret = 'a secret of the tests, 32 bytes and more';

describe('the order of sources', () => {
  it('is flag, environment, file, default', () => {
    const toml = 'port = 3\nadmin-port = 4\nhost = "file"\n';
    const env = { PARLEY_PORT: '2', PARLEY_ADMIN_PORT: '5' };
    const { config, sources } = good({ flags: { port: '1' }, env, toml });
    expect([config.port, config.adminPort, config.host, config.logLevel]).toEqual([1, 5, 'file', 'info']);
    expect(sources.port).toEqual({ source: 'flag', name: '--port' });
    expect(sources.adminPort).toEqual({ source: 'environment', name: 'PARLEY_ADMIN_PORT' });
    expect(sources.host).toMatchObject({ source: 'file' });
    expect(sources.logLevel).toEqual({ source: 'default', name: '' });
  });

  it('begins with the defaults that the README names', () => {
    const { config } = good({});
    expect(config).toMatchObject({ host: '127.0.0.1', port: 8787, adminHost: '127.0.0.1', adminPort: 8788 });
    expect(config.dataDir).toBe(join(folder, 'data'));
    expect(config.authSecret).toBeNull();
  });

  it('agrees with the limits where a key overrides one', () => {
    const { config } = good({});
    expect(config.mailWaitSeconds * 1000).toBe(limits.mailWaitMs);
    expect(config.drainSeconds * 1000).toBe(limits.drainSpreadMs);
    expect(config.commandsPerSecond).toBe(limits.commandsPerSecond);
    expect(config.commandsBurst).toBe(limits.commandsBurst);
    expect(config.sessionsPerPerson).toBe(limits.sessionsPersonMax);
    expect(config.residentConversations).toBe(limits.residentConversationsMax);
    expect(config.residentMebibytes * 1_048_576).toBe(limits.residentBytesMax);
  });

  it('finds the file by variable too, and the flag goes before it', () => {
    const [a, b] = [fileOf('port = 1'), fileOf('port = 2')];
    expect(good({ env: { PARLEY_CONFIG: a } }).config.port).toBe(1);
    expect(good({ env: { PARLEY_CONFIG: a }, flags: { config: b } }).config.port).toBe(2);
  });

  it('takes an empty variable as one that is not set', () => {
    expect(good({ env: { PARLEY_PORT: '', PARLEY_AUTH_SECRET: '' } }).config).toMatchObject({
      port: 8787,
      authSecret: null,
    });
  });

  it('reads paths relative to the file they stand in', () => {
    const file = fileOf('data-dir = "store"');
    expect(good({ flags: { config: file } }).config.dataDir).toBe(join(file, '..', 'store'));
    expect(good({ env: { PARLEY_DATA_DIR: 'x/../y' } }).config.dataDir).toBe(join(folder, 'y'));
    expect(good({ flags: { dataDir: '/abs' } }).config.dataDir).toBe('/abs');
  });

  it('takes every key from every source', () => {
    const sample: Record<ConfigKey, [text: string, toml: string, value: unknown]> = Object.fromEntries(
      configKeyNames.map((key) => {
        const { type } = configKeys[key];
        if (type.is === 'whole number') return [key, [`${type.min + 1}`, `${type.min + 1}`, type.min + 1]];
        if (type.is === 'choice') return [key, [type.of[1], `"${type.of[1]}"`, type.of[1]]];
        if (type.is === 'boolean') return [key, ['true', 'true', true]];
        if (type.is === 'list') {
          const list = key === 'trustedProxies' ? ['10.0.0.0/8', '::1'] : ['https://a.example', 'https://b.example'];
          return [key, [list.join(', '), JSON.stringify(list), list]];
        }
        const text = type.is === 'path' ? '/a/path' : key === 'authJwksUrl' ? 'https://a.example/keys' : 'x'.repeat(40);
        return [key, [text, `"${text}"`, text]];
      }),
    ) as Record<ConfigKey, [string, string, unknown]>;
    for (const key of configKeyNames) {
      const [text, toml, value] = sample[key];
      const kebab = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const variable = `PARLEY_${kebab.replaceAll('-', '_').toUpperCase()}`;
      const read = (input: Input) => (good(input).config as Config)[key];
      expect(read({ flags: { [key]: text } }), key).toEqual(value);
      expect(read({ env: { [variable]: text } }), key).toEqual(value);
      expect(read({ toml: `${kebab} = ${toml}` }), key).toEqual(value);
    }
  });
});

describe('what is not known', () => {
  it.each([
    [{ env: { PARLEY_PROT: '1' } }, 'unknown variable PARLEY_PROT: did you mean PARLEY_PORT?'],
    [{ env: { PARLEY_DATADIR: 'x' } }, 'unknown variable PARLEY_DATADIR: did you mean PARLEY_DATA_DIR?'],
    [{ env: { PARLEY_ZZZZZZZZZZZZ: 'x' } }, 'unknown variable PARLEY_ZZZZZZZZZZZZ'],
    [{ toml: 'adminport = 1' }, 'did you mean admin-port?'],
    [{ toml: '[auth]\nsecret = "x"' }, 'unknown key auth'],
    [{ toml: 'logLevel = "info"' }, 'did you mean log-level?'],
    [{ flags: { prot: '1' } }, 'unknown flag prot: did you mean port?'],
  ])('is an error with the nearest name, case %#', (input, message) => {
    expect(errorsOf(input)).toContain(message);
  });

  it('leaves alone what is not ours', () => {
    const env = { PATH: '/bin', PARLEYX: '1', PARLEY_CORPUS: '/corpus', PARLEY_SEED: '7' };
    expect(errorsOf({ env })).toBe('no errors');
  });

  it('is found by the least number of changes, or not at all', () => {
    expect(nearestName('hsot', ['host', 'port'])).toBe('host');
    expect(nearestName('data', ['demo', 'data-dir'])).toBe('data-dir');
    expect(nearestName('x', ['partitions'])).toBeNull();
    expect(nearestName('y'.repeat(100_000), ['host'])).toBeNull();
  });
});

describe('bad values', () => {
  it.each([
    [{ env: { PARLEY_PORT: '65536' } }, 'PARLEY_PORT must be a whole number from 0 to 65535'],
    [{ env: { PARLEY_PORT: '8e3' } }, 'PARLEY_PORT'],
    [{ env: { PARLEY_PORT: '-1' } }, 'PARLEY_PORT'],
    [{ env: { PARLEY_PORT: ' 80' } }, 'PARLEY_PORT'],
    [{ flags: { port: '80.5' } }, '--port must be'],
    [{ toml: 'port = "8787x"' }, 'port in '],
    [{ toml: 'port = 1.5' }, 'port in '],
    [{ toml: 'port = true' }, 'port in '],
    [{ toml: 'host = 7' }, 'host in '],
    [{ toml: 'host = ""' }, 'host in '],
    [{ toml: 'demo = "yes"' }, 'demo in '],
    [{ toml: 'allowed-origins = [1]' }, 'allowed-origins in '],
    [{ env: { PARLEY_ALLOWED_ORIGINS: 'https://a.example,,' } }, 'PARLEY_ALLOWED_ORIGINS'],
    [{ env: { PARLEY_ALLOWED_ORIGINS: 'https://a.example/path' } }, 'is not an origin'],
    [{ env: { PARLEY_ALLOWED_ORIGINS: '*' } }, 'is not an origin'],
    [{ env: { PARLEY_TRUSTED_PROXIES: 'proxy.example' } }, "'proxy.example' is neither an address nor a network"],
    [{ env: { PARLEY_TRANSPORT: 'tcp' } }, 'one of auto, uws, ws'],
    [{ env: { PARLEY_LOG_LEVEL: 'verbose' } }, 'one of debug'],
    [{ env: { PARLEY_AUTH_SECRET: 'short' } }, 'at least 32 bytes'],
    [{ env: { PARLEY_ADMIN_TOKEN: 'short' } }, 'at least 16 characters'],
    [{ env: { PARLEY_AUTH_JWKS_URL: 'http://crm.example/keys' } }, 'auth-jwks-url must be https'],
    [{ env: { PARLEY_PARTITIONS: '0' } }, '1 to 256'],
    [{ env: { PARLEY_PORT: '9', PARLEY_ADMIN_PORT: '9' } }, 'must differ'],
    [{ env: { PARLEY_AUTH_SECRET: secret, PARLEY_AUTH_JWKS_FILE: 'k' } }, 'only one may be set of auth-secret'],
    [{ flags: { config: '/does/not/exist.toml' } }, 'cannot be read: ENOENT'],
  ])('are errors that name the place, case %#', (input, message) => {
    expect(errorsOf(input as Input)).toContain(message);
  });

  it('are all told at once, and no secret is repeated', () => {
    const errors = errorsOf({
      env: { PARLEY_PORT: 'x', PARLEY_LOG_LEVEL: 'y', PARLEY_AUTH_SECRET: 'hush' },
      toml: 'demo = 7',
    });
    expect(errors.split('\n')).toHaveLength(3);
    expect(errorsOf({ toml: 'auth-secret = "hush' })).toMatch(/is not TOML: see line 1/);
    expect(errorsOf({ toml: 'auth-secret = "hush' })).not.toContain('hush');
    expect(errorsOf({ env: { PARLEY_AUTH_SECRET: 'hush' } })).not.toContain('hush');
  });

  it('lets both ports be any free one', () => {
    expect(errorsOf({ env: { PARLEY_PORT: '0', PARLEY_ADMIN_PORT: '0' } })).toBe('no errors');
  });

  it('lets no server start without a source of keys, unless it is the demo', () => {
    expect(serveErrors(good({}).config)[0]).toMatch('auth-secret');
    expect(serveErrors(good({ env: { PARLEY_DEMO: '1' } }).config)).toEqual([]);
    expect(serveErrors(good({ env: { PARLEY_AUTH_SECRET: secret } }).config)).toEqual([]);
  });
});

describe('secrets in files', () => {
  it('are read without the line end, and errors name the file only', () => {
    const file = join(folder, 'secret');
    writeFileSync(file, `${secret}\n`);
    expect(authSecretOf(good({ env: { PARLEY_AUTH_SECRET_FILE: file } }).config)).toBe(secret);
    expect(keySourceOf(good({ env: { PARLEY_AUTH_SECRET_FILE: file } }).config)).toEqual({ secret });
    expect(keySourceOf(good({ env: { PARLEY_AUTH_JWKS_FILE: '/k' } }).config)).toEqual({ jwksFile: '/k' });
    expect(keySourceOf(good({ env: { PARLEY_AUTH_JWKS_URL: 'https://k' } }).config)).toEqual({ jwksUrl: 'https://k' });
    expect(keySourceOf(good({}).config)).toBeNull();
    writeFileSync(file, '\n');
    expect(() => authSecretOf(good({ env: { PARLEY_AUTH_SECRET_FILE: file } }).config)).toThrow(SecretUnreadable);
    expect(() => adminTokenOf(good({ env: { PARLEY_ADMIN_TOKEN_FILE: '/none' } }).config)).toThrow(
      '/none cannot be read: ENOENT',
    );
  });

  it('the admin token is made once, readable by its owner only', () => {
    const { config } = good({ env: { PARLEY_DATA_DIR: join(folder, 'made') } });
    expect(() => adminTokenOf(config)).toThrow(SecretUnreadable);
    const token = makeAdminToken(config);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(makeAdminToken(config)).toBe(token);
    expect(adminTokenOf(config)).toBe(token);
    expect(statSync(join(config.dataDir, 'admin-token')).mode & 0o777).toBe(0o600);
    const own = good({ env: { PARLEY_ADMIN_TOKEN: 'a-token-of-my-own-choice' } }).config;
    expect(makeAdminToken(own)).toBe('a-token-of-my-own-choice');
  });
});

describe('parley config', () => {
  let out: string;
  let err: string;
  beforeEach(() => {
    out = '';
    err = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      out += chunk;
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      err += chunk;
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = 0;
  });
  const run = (...args: string[]) =>
    new Command()
      .exitOverride()
      .addCommand(configCommand())
      .parseAsync(['config', ...args], { from: 'user' });

  it('check: good, or every error and exit code 78', async () => {
    await run('check', '--auth-secret', secret);
    expect(out).toBe('the configuration is good\n');
    await run('check', '--port', 'x', '--transport', 'y');
    expect(process.exitCode).toBe(78);
    expect(err.match(/^error: /gm)).toHaveLength(2);
    await run('check');
    expect(err).toContain('set one of auth-secret');
  });

  it('check: reads the secrets and keys that a server would read, and shows none', async () => {
    const short = fileOf('hush');
    const files = ['--auth-secret-file', short, '--admin-token-file', short, '--smtp-password-file', '/does/not/exist'];
    await run('check', ...files, '--smtp-host', 'h', '--smtp-user', 'u', '--mail-from', 'a@crm.example');
    expect(process.exitCode).toBe(78);
    expect(err.match(/^error: .*/gm)).toEqual([
      'error: the token secret has 4 bytes, 32 are needed',
      'error: the admin token must have at least 16 characters',
      'error: /does/not/exist cannot be read: ENOENT',
    ]);
    await run('check', '--auth-jwks-file', fileOf('{"keys":[]}'));
    expect(err).toContain('holds no public key');
    expect(out).toBe('');
  });

  it('print: every key with its source, secrets masked', async () => {
    await run('print', '--auth-secret', secret, '--config', fileOf('port = 9000'), '--demo');
    expect(out).not.toContain(secret);
    expect(out).toMatch(/^auth-secret +"\*{8}" +flag --auth-secret$/m);
    expect(out).toMatch(/^port +9000 +file .*parley\.toml$/m);
    expect(out).toMatch(/^demo +true +flag --demo$/m);
    expect(out.trimEnd().split('\n')).toHaveLength(configKeyNames.length);
    out = '';
    await run('print', '--json', '--auth-secret', secret, '--demo', 'false');
    expect(JSON.parse(out)).toMatchObject({ port: 8787, 'auth-secret': '********', 'admin-token': null, demo: false });
  });

  it('refuses an unknown flag with the nearest name', async () => {
    const command = addConfigFlags(new Command('serve')).exitOverride();
    expect(() => command.parse(['--prot', '1'], { from: 'user' })).toThrow(/unknown option '--prot'[\s\S]*--port/);
  });

  it('gives a command its configuration beside options of its own', () => {
    const command = addConfigFlags(new Command('x'), ['port']).option('--apply');
    command.parse(['--port', '5', '--apply'], { from: 'user' });
    expect(configOf(command, ['apply'])).toMatchObject({ config: { port: 5 } });
    expect(configOf(command)).toHaveProperty('errors');
  });

  it('doc: is what docs/configuration.md holds; mend with `npm run docs`', async () => {
    await run('doc');
    expect(out).toBe(configDoc());
    const path = new URL('../../docs/configuration.md', import.meta.url);
    if (process.env.UPDATE_GENERATED === '1') writeFileSync(path, out);
    expect(readFileSync(path, 'utf8')).toBe(out);
    for (const key of configKeyNames) expect(out).toContain(configKeys[key].description);
  });
});
