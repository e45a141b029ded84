/** Tokens of our own: for the demo and for `parley token`. A CRM issues its own with the same secret or its own keys. */
import { SignJWT } from 'jose';
import { systemClock } from '../runtime/clock.js';
import { importSecret } from './token-keys.js';
export async function issueToken(request, clock = systemClock()) {
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
//# sourceMappingURL=token-issuer.js.map