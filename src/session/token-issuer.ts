/** Tokens of our own: for the demo and for `parley token`. A CRM issues its own with the same secret or its own keys. */
import { SignJWT } from 'jose';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { importSecret } from './token-keys.ts';

export interface TokenRequest {
  /** UTF-8, at least 32 bytes; otherwise it rejects with `BadKeys`. */
  readonly secret: string;
  readonly person: string;
  readonly audience: string;
  readonly issuer: string;
  /** Seconds from now, above 0. */
  readonly ttlSeconds: number;
}

export async function issueToken(request: TokenRequest, clock: Clock = systemClock()): Promise<string> {
  const key = await importSecret(request.secret, 'sign');
  const now = Math.floor(clock.now() / 1_000_000);
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(request.person)
    .setAudience(request.audience)
    .setIssuer(request.issuer)
    .setIssuedAt(now)
    .setExpirationTime(now + request.ttlSeconds)
    .sign(key);
}
