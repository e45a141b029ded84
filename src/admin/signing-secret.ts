/** The secret with which commands sign tokens for a server on this machine. */
import type { Config } from './config-keys.ts';
import { authSecretOf } from './config-secrets.ts';
import { readDemoSecret } from './demo/secret.ts';
import { Failure } from './exit-codes.ts';

/** As configured, otherwise the demo's. Throws `Failure`. */
export function signingSecretOf(config: Config): string {
  if (config.authJwksFile !== null || config.authJwksUrl !== null) {
    throw new Failure('configuration', 'tokens are signed with keys that only their issuer has: ask it for one');
  }
  const secret = authSecretOf(config) ?? readDemoSecret(config.dataDir);
  if (secret === null) {
    throw new Failure(
      'configuration',
      `set auth-secret or auth-secret-file; ${config.dataDir} has no secret of a demo either`,
    );
  }
  return secret;
}
