/** The table of keys as flags of a command. */
import { type Command, Option } from 'commander';
import { type ConfigKey, configKeyNames, configKeys, kebabOf, variableOf } from './config-keys.ts';
import { type ConfigErrors, type Resolved, resolveConfig } from './config-resolve.ts';

/** Adds `--config` and a flag for each key; a command that needs few of them names those. Returns the command. */
export function addConfigFlags(command: Command, keys: readonly ConfigKey[] = configKeyNames): Command {
  command.option('--config <file>', 'TOML file with these keys (PARLEY_CONFIG)');
  for (const key of keys) {
    const { type, description } = configKeys[key];
    const value =
      type.is === 'boolean' ? '[boolean]' : `<${type.is === 'choice' ? type.of.join('|') : type.is.replace(' ', '-')}>`;
    command.addOption(new Option(`--${kebabOf(key)} ${value}`, `${description} (${variableOf(key)})`));
  }
  return command;
}

/** The configuration for a command that has these flags; `own`: options of the command's own, which are no keys. */
export function configOf(command: Command, own: readonly string[] = []): Resolved | ConfigErrors {
  const flags = Object.fromEntries(Object.entries(command.opts()).filter(([name]) => !own.includes(name)));
  return resolveConfig({ flags, env: process.env, cwd: process.cwd() });
}
