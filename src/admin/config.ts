/** `parley config check|print|doc`. */
import { Command } from 'commander';
import { systemClock } from '../runtime/clock.ts';
import { BadKeys, openKeys } from '../session/token-keys.ts';
import { fail } from './command.ts';
import { configDoc } from './config-doc.ts';
import { addConfigFlags, configOf } from './config-flags.ts';
import { type Config, type ConfigKey, configKeyNames, configKeys, kebabOf } from './config-keys.ts';
import { type Resolved, serveErrors } from './config-resolve.ts';
import { configuredAdminToken, keySourceOf, SecretUnreadable, smtpPasswordOf } from './config-secrets.ts';
import { exitCodes } from './exit-codes.ts';

const examples = `
Examples:
  $ parley config check --config parley.toml
  $ PARLEY_PORT=9000 parley config print
  $ parley config print --json | jq .port
  $ parley config doc > docs/configuration.md

Exit codes: 0 = good, ${exitCodes.configuration.code} = not good, the errors are on stderr.`;

export function configCommand(): Command {
  const config = new Command('config')
    .description('check, show or explain the configuration')
    .addHelpText('after', examples);
  addConfigFlags(config.command('check').description('say whether a server could start with it')).action(
    async (_options: unknown, command: Command) => {
      const resolved = configOf(command);
      const errors =
        'errors' in resolved
          ? resolved.errors
          : [...serveErrors(resolved.config), ...(await secretErrors(resolved.config))];
      if (errors.length > 0) return fail(errors);
      process.stdout.write('the configuration is good\n');
    },
  );
  addConfigFlags(config.command('print').description('show every value and where it comes from, secrets masked'))
    .option('--json', 'as one JSON object')
    .action((options: { json?: boolean }, command: Command) => {
      const resolved = configOf(command, ['json']);
      if ('errors' in resolved) return fail(resolved.errors);
      process.stdout.write(
        options.json === true ? `${JSON.stringify(masked(resolved.config), null, 2)}\n` : tableOf(resolved),
      );
    });
  config
    .command('doc')
    .description('print the page of all keys in Markdown')
    .action(() => {
      process.stdout.write(configDoc());
    });
  return config;
}

/** What is wrong with the secrets and keys that a server reads when it starts. Nothing is fetched, and none is shown. */
async function secretErrors(config: Config): Promise<string[]> {
  const errors: string[] = [];
  for (const read of [openConfiguredKeys, configuredAdminToken, smtpPasswordOf]) {
    try {
      await read(config);
    } catch (error) {
      if (!(error instanceof SecretUnreadable || error instanceof BadKeys)) throw error;
      errors.push(error.message);
    }
  }
  return errors;
}

async function openConfiguredKeys(config: Config): Promise<void> {
  const keys = keySourceOf(config);
  if (keys !== null) await openKeys(keys, systemClock(), null);
}

function masked(config: Config): Record<string, unknown> {
  return Object.fromEntries(configKeyNames.map((key) => [kebabOf(key), maskedValue(config, key)]));
}

function maskedValue(config: Config, key: ConfigKey): unknown {
  return configKeys[key].secret && config[key] !== null ? '********' : config[key];
}

function tableOf({ config, sources }: Resolved): string {
  const rows = configKeyNames.map((key) => {
    const { source, name } = sources[key];
    return [kebabOf(key), JSON.stringify(maskedValue(config, key)), name === '' ? source : `${source} ${name}`];
  });
  const width = (at: number) => Math.max(...rows.map((row) => (row[at] as string).length));
  const [keys, values] = [width(0), width(1)];
  return rows.map(([key, value, from]) => `${key?.padEnd(keys)}  ${value?.padEnd(values)}  ${from}\n`).join('');
}
