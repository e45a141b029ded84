/** The table of keys for people: `docs/configuration.md` is exactly this, and a test holds it to it. */
import { type ConfigKey, configKeyNames, configKeys, type KeyInfo, kebabOf, variableOf } from './config-keys.ts';

export function configDoc(): string {
  const rows = configKeyNames.map((key) => rowOf(key));
  return `# Configuration

A flag goes before the environment, the environment before the TOML file (\`--config FILE\` or \`PARLEY_CONFIG\`), the
file before the default. Unknown keys, variables that begin with \`PARLEY_\` and unknown flags are errors. An empty
variable counts as not set. Relative paths are relative to the working directory, in the file to the file. Lists are
arrays in the file and separated by commas elsewhere.

\`parley config check\` says whether a configuration is good, \`parley config print\` shows it with the source of each
value (secrets masked), \`parley config doc\` prints this page.

| flag | variable | in the file | type | default | meaning |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

function rowOf(key: ConfigKey): string {
  const info: KeyInfo<unknown> = configKeys[key];
  const { type, unit, description } = info;
  const kind =
    type.is === 'whole number' ? `${type.min} to ${type.max}` : type.is === 'choice' ? type.of.join(', ') : type.is;
  const cells = [
    `\`--${kebabOf(key)}\``,
    `\`${variableOf(key)}\``,
    `\`${kebabOf(key)}\``,
    unit === undefined ? kind : `${kind} ${unit}`,
    shown(info.default),
    info.secret ? `${description} A secret.` : description,
  ];
  return `| ${cells.join(' | ')} |`;
}

function shown(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'none';
  return `\`${String(value)}\``;
}
