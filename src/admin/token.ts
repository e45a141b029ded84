/** `parley token`: a token for one person, for trying things out. A CRM issues its own. */
import type { Command } from 'commander';
import { issueToken } from '../session/token-issuer.ts';
import { personId, positiveInteger } from './arguments.ts';
import { jsonOption, makeCommand, printResult } from './command.ts';
import { addConfigFlags } from './config-flags.ts';
import { configured } from './configured.ts';
import { signingSecretOf } from './signing-secret.ts';

interface Flags {
  readonly ttl: number;
  readonly json?: true;
}

export function tokenCommand(): Command {
  const command = makeCommand({
    name: 'token',
    summary: 'sign a token for a person',
    description: [
      'Signs a token (HS256) with which this person can sign in. The secret is the configured one, or that of the demo',
      'in the data directory; it is never shown. Whether the person exists is for the server to say.',
    ].join(' '),
    examples: [
      ['parley token anna', "a token for the demo's Anna, good for an hour"],
      ['parley token u-17 --ttl 300 --auth-secret-file /run/secrets/parley', 'five minutes, with the CRM’s secret'],
    ],
  })
    .argument('<person>', 'id of the person', personId)
    .option('--ttl <seconds>', 'how long it is good', positiveInteger, 3_600)
    .addOption(jsonOption());
  addConfigFlags(command, ['dataDir', 'authSecret', 'authSecretFile', 'authIssuer', 'authAudience']);
  return command.action(async (person: string, flags: Flags) => {
    const config = configured(command, ['ttl', 'json']);
    const { authIssuer: issuer, authAudience: audience } = config;
    const secret = signingSecretOf(config);
    const token = await issueToken({ secret, person, issuer, audience, ttlSeconds: flags.ttl });
    await printResult(flags.json, { person, token, expiresInSeconds: flags.ttl }, [token]);
  });
}
