/**
 * Where the keys come from that tokens are checked with: a shared secret, or a set of public keys (JWKS) in a file or
 * behind a URL. Each key is imported once. Sets are read again when they are old or lack a token's key, but not more
 * often than a cool-down allows, so that tokens with invented key ids cause no flood.
 */
import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';

export type KeySource =
  /** UTF-8, at least 32 bytes. */
  | { readonly secret: string }
  | { readonly jwksFile: string }
  /** https, or http to this very machine. */
  | { readonly jwksUrl: string };

/** The key source can never work; the message says why and shows no key. */
export class BadKeys extends Error {
  override readonly name = 'BadKeys';
}
/** The keys cannot be had just now. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

export interface Keys {
  readonly algorithms: readonly string[];
  /** Rejects with `KeysUnavailable`, or with jose's error where no key is this token's. */
  readonly keyFor: JWTVerifyGetKey;
}

const secretMinBytes = 32;
const maxAgeMs = 600_000;
const coolDownMs = 30_000;
const fetchTimeoutMs = 3_000;
/** Keys behind a URL that does not answer stay good for so long: its outage must not be everybody's, nor for ever. */
const keptMaxMs = 86_400_000;
const publicAlgorithms = ['RS256', 'ES256', 'EdDSA'];
const staying = 'the keys that tokens are checked with stay those of before';

/** The log is told when a set of keys cannot be had, and when it can again. */
export async function openKeys(source: KeySource, clock: Clock, log: Log | null): Promise<Keys> {
  if ('secret' in source) return openSecret(source.secret);
  return 'jwksFile' in source ? openFile(source.jwksFile, clock, log) : openUrl(source.jwksUrl, clock, log);
}

/** The secret as a key for HS256; rejects with `BadKeys` where it is too short to protect anything. */
export function importSecret(secret: string, use: 'sign' | 'verify'): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  if (bytes.length < secretMinBytes) {
    return Promise.reject(new BadKeys(`the token secret has ${bytes.length} bytes, ${secretMinBytes} are needed`));
  }
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [use]);
}

async function openSecret(secret: string): Promise<Keys> {
  const key = await importSecret(secret, 'verify');
  return { algorithms: ['HS256'], keyFor: async () => key };
}

function openUrl(url: string, clock: Clock, log: Log | null): Keys {
  if (!isSafeUrl(url)) throw new BadKeys(`the URL of the key set ${safeUrlForm}`);
  const remote = createRemoteJWKSet(new URL(url), {
    cooldownDuration: coolDownMs,
    cacheMaxAge: maxAgeMs,
    timeoutDuration: fetchTimeoutMs,
  });
  let answeredAt = clock.monotonicMs();
  let answers = true;

  const lookup: Lookup = async (header, token) => {
    try {
      const key = await remote(header, token);
      answeredAt = clock.monotonicMs();
      answers = true;
      return key;
    } catch (error) {
      const before = remote.jwks();
      if (isTokensFault(error) || before === undefined || clock.monotonicMs() - answeredAt > keptMaxMs) throw error;
      if (answers) log?.warn({ error: (error as Error).message }, staying);
      answers = false;
      // A key that these lack may be a new one.
      return createLocalJWKSet(before)(header, token).catch(() => Promise.reject(error));
    }
  };
  return { algorithms: publicAlgorithms, keyFor: unavailableUnlessTokens(lookup, log) };
}

export const safeUrlForm = 'must be https, or http to this machine';

/** Whoever can change keys on their way can sign in as anyone. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  if (protocol === 'https:') return true;
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

async function openFile(path: string, clock: Clock, log: Log | null): Promise<Keys> {
  let keySet = createLocalJWKSet(await readKeySet(path));
  let readAt = clock.monotonicMs();

  /** A file that cannot be read any more keeps the keys it had: a rotation under way must not lock everybody out. */
  async function reread(): Promise<void> {
    readAt = clock.monotonicMs();
    try {
      keySet = createLocalJWKSet(await readKeySet(path));
    } catch (error) {
      if (!(error instanceof BadKeys)) throw error;
      log?.warn({ error: error.message }, staying);
    }
  }

  return {
    algorithms: publicAlgorithms,
    keyFor: unavailableUnlessTokens(async (header, token) => {
      if (clock.monotonicMs() - readAt >= maxAgeMs) await reread();
      try {
        return await keySet(header, token);
      } catch (error) {
        const stale = clock.monotonicMs() - readAt >= coolDownMs;
        if (!(error instanceof errors.JWKSNoMatchingKey) || !stale) throw error;
        await reread();
        return keySet(header, token);
      }
    }, log),
  };
}

async function readKeySet(path: string): Promise<JSONWebKeySet> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new BadKeys(`the key set ${path} cannot be read as JSON`, { cause });
  }
  const { keys } = (parsed ?? {}) as { keys?: unknown };
  // Secrets and private keys in the file are not used: no token may be checked with what must not be known.
  const usable = (Array.isArray(keys) ? keys : []).filter(
    (key) => ['RSA', 'EC', 'OKP'].includes(key?.kty) && key.d === undefined,
  );
  if (usable.length === 0) throw new BadKeys(`the key set ${path} holds no public key (RSA, EC or OKP)`);
  return { keys: usable };
}

type Lookup = (...asked: Parameters<ReturnType<typeof createLocalJWKSet>>) => ReturnType<JWTVerifyGetKey>;

/** The keys were there, and none of them is this token's. */
function isTokensFault(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

/** Which errors say that the token is bad, and which that the keys could not be had. */
function unavailableUnlessTokens(lookup: Lookup, log: Log | null): JWTVerifyGetKey {
  let lacking = false;
  return async (header, token) => {
    try {
      const key = await lookup(header, token);
      if (lacking) log?.info({}, 'the keys that tokens are checked with can be had again');
      lacking = false;
      return key;
    } catch (error) {
      if (isTokensFault(error)) throw error;
      const why = { error: error instanceof Error ? error.message : String(error) };
      if (!lacking) log?.error(why, 'the keys that tokens are checked with cannot be had: nobody can sign in');
      lacking = true;
      throw new KeysUnavailable('the key set cannot be had', { cause: error });
    }
  };
}
