/**
 * From flags, environment and file to one typed configuration. A flag goes before the environment, the environment
 * before the file, the file before the default. Whatever is not known is an error: a mistyped key must not be silence.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { isSafeUrl, safeUrlForm } from '../session/token-keys.ts';
import { parseProxies } from '../transport/client-address.ts';
import {
  type Config,
  type ConfigKey,
  configKeyNames,
  configKeys,
  kebabOf,
  otherVariables,
  variableOf,
} from './config-keys.ts';
import { mailErrors } from './mail-config.ts';
import { nearestName } from './nearest-name.ts';

export interface ConfigInput {
  /** By key in camel case, as commander gives them: text, or true for a boolean; `config` = the file. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths of flags and environment are relative to this; those in the file to the file. */
  readonly cwd: string;
}

export type Source = 'flag' | 'environment' | 'file' | 'default';

export interface Resolved {
  readonly config: Config;
  /** Where each value came from: the flag, variable or file by name. */
  readonly sources: Readonly<Record<ConfigKey, { readonly source: Source; readonly name: string }>>;
}
/** Every error at once, each with what to do about it; values of secrets are not repeated. */
export interface ConfigErrors {
  readonly errors: readonly string[];
}

interface Given {
  readonly value: unknown;
  readonly source: Source;
  readonly name: string;
  readonly base: string;
}

export function resolveConfig(input: ConfigInput): Resolved | ConfigErrors {
  const errors: string[] = [];
  const given = new Map<ConfigKey, Given>();
  for (const layer of [fileLayer(input, errors), environmentLayer(input, errors), flagLayer(input, errors)]) {
    for (const [key, value] of layer) given.set(key, value);
  }
  const values: Partial<Record<ConfigKey, unknown>> = {};
  const sources: Partial<Record<ConfigKey, { source: Source; name: string }>> = {};
  for (const key of configKeyNames) {
    const found = given.get(key) ?? { value: configKeys[key].default, source: 'default', name: '', base: input.cwd };
    const checked = checkedValue(key, found);
    if ('error' in checked) errors.push(checked.error);
    else values[key] = checked.value;
    sources[key] = { source: found.source, name: found.name };
  }
  if (errors.length > 0) return { errors };
  // Every key of the table has a checked value of its type now.
  const resolved = { config: values, sources } as unknown as Resolved;
  const contradictions = contradictionsOf(resolved);
  return contradictions.length > 0 ? { errors: contradictions } : resolved;
}

/**
 * What a server needs besides: one source of keys for tokens, unless it is the demo, which makes its own secret; and
 * everything about e-mail, where anything is said about it.
 */
export function serveErrors(config: Config): string[] {
  const { authSecret, authSecretFile, authJwksFile, authJwksUrl, demo } = config;
  const hasKeys = demo || [authSecret, authSecretFile, authJwksFile, authJwksUrl].some((one) => one !== null);
  return hasKeys ? mailErrors(config) : [noKeys, ...mailErrors(config)];
}

const noKeys =
  'nothing says how tokens are checked: set one of auth-secret, auth-secret-file, auth-jwks-file, auth-jwks-url (or demo)';

type Layer = Iterable<[ConfigKey, Given]>;

function flagLayer({ flags, cwd }: ConfigInput, errors: string[]): Layer {
  const layer: [ConfigKey, Given][] = [];
  for (const [flag, value] of Object.entries(flags)) {
    const key = configKeyNames.find((one) => one === flag);
    if (value === undefined || flag === 'config') continue;
    if (key === undefined) errors.push(unknown(`flag ${flag}`, flag, configKeyNames));
    else layer.push([key, { value, source: 'flag', name: `--${kebabOf(key)}`, base: cwd }]);
  }
  return layer;
}

function environmentLayer({ env, cwd }: ConfigInput, errors: string[]): Layer {
  const layer: [ConfigKey, Given][] = [];
  const known = new Map(configKeyNames.map((key) => [variableOf(key), key]));
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('PARLEY_') || otherVariables.includes(name)) continue;
    const key = known.get(name);
    if (key === undefined) errors.push(unknown(`variable ${name}`, name, [...known.keys(), ...otherVariables]));
    // An empty variable is one that is not set: that is how container files leave them out.
    else if (value !== undefined && value !== '') layer.push([key, { value, source: 'environment', name, base: cwd }]);
  }
  return layer;
}

function fileLayer({ flags, env, cwd }: ConfigInput, errors: string[]): Layer {
  const named = flags.config ?? env.PARLEY_CONFIG;
  if (typeof named !== 'string' || named === '') return [];
  const file = resolve(cwd, named);
  const layer: [ConfigKey, Given][] = [];
  const known = new Map(configKeyNames.map((key) => [kebabOf(key), key]));
  for (const [name, value] of Object.entries(tomlOf(file, errors))) {
    const key = known.get(name);
    if (key === undefined) errors.push(unknown(`key ${name} in ${file}`, name, [...known.keys()]));
    else layer.push([key, { value, source: 'file', name: file, base: dirname(file) }]);
  }
  return layer;
}

function tomlOf(file: string, errors: string[]): Readonly<Record<string, unknown>> {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof TomlError) {
      // The library's message quotes the line, which may hold a secret.
      errors.push(`${file} is not TOML: see line ${error.line}, column ${error.column}`);
    } else errors.push(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
    return {};
  }
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === null ? `unknown ${what}` : `unknown ${what}: did you mean ${nearest}?`;
}

function checkedValue(key: ConfigKey, { value, source, name, base }: Given): { value: unknown } | { error: string } {
  if (source === 'default' && configKeys[key].type.is !== 'path') return { value };
  if (value === null) return { value };
  const { type, unit } = configKeys[key];
  const where = source === 'file' ? `${kebabOf(key)} in ${name}` : name;
  const wrong = (expected: string) => ({ error: `${where} must be ${expected}` });
  switch (type.is) {
    case 'text':
      return typeof value === 'string' && value !== '' ? { value } : wrong('a text that is not empty');
    case 'path':
      return typeof value === 'string' && value !== '' ? { value: resolve(base, value) } : wrong('a path');
    case 'choice':
      return type.of.includes(value as string) ? { value } : wrong(`one of ${type.of.join(', ')}`);
    case 'boolean': {
      const known = new Map<unknown, boolean>([
        [true, true],
        [false, false],
        ['true', true],
        ['false', false],
        ['1', true],
        ['0', false],
      ]);
      return known.has(value) ? { value: known.get(value) } : wrong('true or false');
    }
    case 'list': {
      const list = typeof value === 'string' ? value.split(',').map((one) => one.trim()) : value;
      const good = Array.isArray(list) && list.every((one) => typeof one === 'string' && one !== '');
      return good ? { value: list } : wrong('a list of texts, separated by commas outside the file');
    }
    case 'whole number': {
      const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
      const good = typeof number === 'number' && Number.isInteger(number) && number >= type.min && number <= type.max;
      return good
        ? { value: number }
        : wrong(`a whole number from ${type.min} to ${type.max}${unit ? ` (${unit})` : ''}`);
    }
  }
}

function contradictionsOf({ config, sources }: Resolved): string[] {
  const errors: string[] = [];
  const exclusive: ConfigKey[][] = [
    ['authSecret', 'authSecretFile', 'authJwksFile', 'authJwksUrl'],
    ['adminToken', 'adminTokenFile'],
    ['smtpUrl', 'smtpHost'],
    ['smtpPassword', 'smtpPasswordFile'],
  ];
  for (const keys of exclusive) {
    const set = keys.filter((key) => config[key] !== null);
    if (set.length > 1) {
      errors.push(`only one may be set of ${set.map((key) => `${kebabOf(key)} (${sources[key].name})`).join(', ')}`);
    }
  }
  if (config.port !== 0 && config.port === config.adminPort && config.host === config.adminHost) {
    errors.push('port and admin-port must differ');
  }
  for (const origin of config.allowedOrigins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      errors.push(`allowed-origins: ${origin} is not an origin such as https://crm.example`);
    }
  }
  try {
    parseProxies(config.trustedProxies);
  } catch (error) {
    errors.push(`trusted-proxies: ${(error as Error).message}`);
  }
  if (config.authSecret !== null && Buffer.byteLength(config.authSecret) < 32) {
    errors.push('auth-secret must have at least 32 bytes');
  }
  if (config.authJwksUrl !== null && !isSafeUrl(config.authJwksUrl)) errors.push(`auth-jwks-url ${safeUrlForm}`);
  if (config.adminToken !== null && !/^[\x21-\x7e]{16,}$/.test(config.adminToken)) {
    errors.push('admin-token must have at least 16 characters of printable ASCII without space');
  }
  return errors;
}
