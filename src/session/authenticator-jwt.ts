/**
 * Signed tokens (JWT) as identities. The algorithms belong to the source of the keys and never to the token: a secret
 * means HS256, a key set means RS256, ES256 or EdDSA, and nothing else is looked at. Audience, issuer, expiry and
 * subject are required; the subject is the person's id.
 */
import { errors, type JWTVerifyOptions, jwtVerify } from 'jose';
import { limits } from '../limits.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Authenticator } from './authenticator.ts';
import { type KeySource, KeysUnavailable, openKeys } from './token-keys.ts';

export interface JwtOptions {
  readonly keys: KeySource;
  readonly audience: string;
  readonly issuer: string;
}

/** How far the issuer's clock may run ahead of ours: for `nbf` and `iat`, not for the expiry, which ends sessions too. */
const clockToleranceSeconds = 5;
const personId = new RegExp(`^[\\x21-\\x7e]{1,${limits.idMaxChars}}$`);

/**
 * Rejects with `BadKeys` where the key source can never work: a secret of less than 32 bytes, a file without a usable
 * public key. A key set behind a URL is fetched when the first token comes.
 */
export async function createJwtAuthenticator(
  options: JwtOptions,
  clock: Clock,
  log: Log | null = null,
): Promise<Authenticator> {
  const { algorithms, keyFor } = await openKeys(options.keys, clock, log);
  const checks: JWTVerifyOptions = {
    algorithms: [...algorithms],
    audience: options.audience,
    issuer: options.issuer,
    requiredClaims: ['exp', 'sub', 'aud', 'iss'],
    clockTolerance: clockToleranceSeconds,
  };
  return {
    async verify(token) {
      if (typeof token !== 'string' || token.length > limits.tokenMaxBytes) return 'token-invalid';
      try {
        const now = clock.now();
        const { payload } = await jwtVerify(token, keyFor, { ...checks, currentDate: new Date(now / 1000) });
        const { sub, exp, iat } = payload;
        if (typeof sub !== 'string' || !personId.test(sub) || typeof exp !== 'number') return 'token-invalid';
        if (iat !== undefined && iat * 1_000_000 > now + clockToleranceSeconds * 1_000_000) return 'token-invalid';
        const expiresAt = Math.min(Math.floor(exp * 1_000_000), Number.MAX_SAFE_INTEGER);
        return expiresAt <= now ? 'token-expired' : { person: sub, expiresAt };
      } catch (error) {
        if (error instanceof KeysUnavailable) return 'unavailable';
        // Signature, audience and issuer are checked before the expiry: only a token that was good is called expired.
        return error instanceof errors.JWTExpired ? 'token-expired' : 'token-invalid';
      }
    },
  };
}
