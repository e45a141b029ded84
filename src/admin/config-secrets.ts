/** Secrets that the configuration names by file: where they are read, and where the admin token is made. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '../journal/make-directories.ts';
import type { Config } from './config-keys.ts';

/** A secret cannot be had; the message names the file and never what it holds. */
export class SecretUnreadable extends Error {
  override readonly name = 'SecretUnreadable';
}

const adminTokenFileName = 'admin-token';

/** Where the keys of tokens come from, as `createJwtAuthenticator` takes it; null where nothing is configured. */
export function keySourceOf(
  config: Config,
): { readonly secret: string } | { readonly jwksFile: string } | { readonly jwksUrl: string } | null {
  if (config.authJwksUrl !== null) return { jwksUrl: config.authJwksUrl };
  if (config.authJwksFile !== null) return { jwksFile: config.authJwksFile };
  const secret = authSecretOf(config);
  return secret === null ? null : { secret };
}

/** The secret of HS256 tokens; null where none is configured. */
export function authSecretOf(config: Config): string | null {
  return config.authSecret ?? (config.authSecretFile === null ? null : secretIn(config.authSecretFile));
}

/** The password for the mail server; null where none is configured. */
export function smtpPasswordOf(config: Config): string | null {
  return config.smtpPassword ?? (config.smtpPasswordFile === null ? null : secretIn(config.smtpPasswordFile));
}

/** The admin token as a client of a running server knows it; throws `SecretUnreadable`. */
export function adminTokenOf(config: Config): string {
  return config.adminToken ?? secretIn(config.adminTokenFile ?? join(config.dataDir, adminTokenFileName));
}

/** The admin token for the server itself: without a configured one it is made, for the owner of the directory only. */
export function makeAdminToken(config: Config): string {
  const configured = configuredAdminToken(config);
  if (configured !== null) return configured;
  makeDirectories(config.dataDir, 0o700);
  try {
    const token = randomBytes(32).toString('base64url');
    writeFileSync(join(config.dataDir, adminTokenFileName), `${token}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return longEnough(adminTokenOf(config));
}

/** Null where none is configured; throws `SecretUnreadable`. */
export function configuredAdminToken(config: Config): string | null {
  const isNamed = config.adminToken !== null || config.adminTokenFile !== null;
  return isNamed ? longEnough(adminTokenOf(config)) : null;
}

function longEnough(token: string): string {
  if (token.length < 16) throw new SecretUnreadable('the admin token must have at least 16 characters');
  return token;
}

function secretIn(file: string): string {
  try {
    const secret = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (secret === '') throw new SecretUnreadable(`${file} is empty`);
    return secret;
  } catch (error) {
    if (error instanceof SecretUnreadable) throw error;
    throw new SecretUnreadable(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
  }
}
