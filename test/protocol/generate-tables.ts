/** The tables of PROTOCOL.md and the machine-readable registries beside it. */
import { readFileSync } from 'node:fs';
import { limits } from '../../src/limits.ts';
import { type CloseName, closeCodes, closeMeanings } from '../../src/wire/close-codes.ts';
import { encode } from '../../src/wire/codec.ts';
import { errors } from '../../src/wire/errors.ts';
import * as wire from '../../src/wire/frames.ts';
import { hexOf } from './bytes.ts';
import { clientSamples, serverSamples } from './samples.ts';

/** The parts of JSON Schema that the frames use. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

const named: readonly (readonly [string, Schema])[] = [
  ['RecordRef', wire.RecordRef],
  ['ListCursor', wire.ListCursor],
  ['Resume', wire.Resume],
  ['AlertBoxes', wire.AlertBoxes],
  ['AlertPreferences', wire.AlertPreferences],
  ['Person', wire.Person],
  ['Entry', wire.Entry],
  ['About', wire.About],
  ['Card', wire.Card],
  ['CrmRecord', wire.CrmRecord],
];
const meaning = (schema: object) =>
  JSON.stringify(schema, (key, value: unknown) => (key === 'description' ? undefined : value));
const nameOf = new Map(named.map(([name, schema]) => [meaning(schema), name]));
const isList = (items: Schema | readonly Schema[]): items is readonly Schema[] => Array.isArray(items);

function typeOf(schema: Schema, top = false): string {
  const name = nameOf.get(meaning(schema));
  if (name !== undefined && !top) return `[${name}](#${name.toLowerCase()})`;
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => typeOf(one)).join(' or ');
  switch (schema.type) {
    case 'array':
      if (schema.items === undefined) return 'array';
      if (isList(schema.items)) return `[${schema.items.map((one) => typeOf(one)).join(', ')}]`;
      return `array of ${typeOf(schema.items)}${range(schema.minItems, schema.maxItems)}`;
    case 'integer':
      return `integer${range(schema.minimum, schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum)}`;
    case 'string':
      if (schema.pattern === '^[A-Za-z0-9_-]{22}$') return 'string, 22 of base64url';
      if (schema.pattern !== undefined) return `ASCII without space${range(schema.minLength, schema.maxLength)}`;
      return `string${range(schema.minLength, schema.maxLength)}`;
    case 'object':
      return 'map';
    default:
      return schema.type ?? 'any';
  }
}

function range(from: number | undefined, to: number | undefined): string {
  if (to === undefined) return from === undefined || from === 0 ? '' : `, ${from} or more`;
  return `, ${from ?? 0}–${to}`;
}

function rows(schema: Schema): string[] {
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== 't')
    .map(([name, property]) => {
      const needed = schema.required?.includes(name) === true;
      return `| \`${name}\`${needed ? '' : ' (optional)'} | ${typeOf(property)} | ${property.description ?? ''} |`;
    });
}

function fields(schema: Schema): string {
  const lines = rows(schema);
  return lines.length === 0 ? 'No fields.' : ['| field | type | |', '|---|---|---|', ...lines].join('\n');
}

function example(frame: Parameters<typeof encode>[0]): string {
  const hex = hexOf(encode(frame));
  return `\`\`\`\n${JSON.stringify(frame)}\n${hex.match(/.{1,96}/g)?.join('\n') ?? ''}\n\`\`\``;
}

const commands: ReadonlySet<string> = new Set(wire.commandTypes);

function clientFrames(): string {
  return Object.entries(wire.clientFrames)
    .map(([name, schema]) => {
      const sample = clientSamples.find(({ frame }) => frame.t === name);
      const kind = commands.has(name) ? 'Command. ' : name in wire.results ? 'Query. ' : '';
      const result = (wire.results as unknown as Readonly<Record<string, Schema | undefined>>)[name];
      const answer = result === undefined ? '' : `\n\nIts \`ok\` carries in \`result\`:\n\n${fields(result)}`;
      const shown = sample === undefined ? '' : `\n\n${example(sample.frame)}`;
      return `### \`${name}\`\n\n${kind}${(schema as Schema).description ?? ''}\n\n${fields(schema)}${shown}${answer}`;
    })
    .join('\n\n');
}

function serverFrames(): string {
  return Object.entries(wire.serverFrames)
    .map(([name, schema]) => {
      const samples = serverSamples.filter(({ frame }) => frame.t === name);
      const shortest = samples.sort((a, b) => JSON.stringify(a.frame).length - JSON.stringify(b.frame).length)[0];
      const shown = shortest === undefined ? '' : `\n\n${example(shortest.frame)}`;
      return `### \`${name}\`\n\n${(schema as Schema).description ?? ''}\n\n${fields(schema)}${shown}`;
    })
    .join('\n\n');
}

function sharedShapes(): string {
  return named
    .map(([name, schema]) => {
      const body =
        schema.anyOf === undefined
          ? fields(schema)
          : ['One of these:', ...schema.anyOf.map((one) => fields(one))].join('\n\n');
      return `### ${name}\n\n${schema.description === undefined ? '' : `${schema.description}\n\n`}${body}`;
    })
    .join('\n\n');
}

/** Those of `src/limits.ts` that a client can meet. */
const clientLimits = [
  'textMaxBytes',
  'peoplePerCommandMax',
  'participantsMax',
  'idMaxChars',
  'commandIdMaxChars',
  'nameMaxBytes',
  'frameInMaxBytes',
  'frameOutMaxBytes',
  'frameMaxDepth',
  'frameMaxElements',
  'frameMapKeysMax',
  'tokenMaxBytes',
  'pageConversationsMax',
  'pageEntriesMax',
  'cardMessages',
  'searchHitsMax',
  'tabsPerSessionMax',
  'helloTimeoutMs',
  'silenceMaxMs',
  'heartbeatMs',
  'sessionInFlightMax',
  'commandsPerSecond',
  'commandsBurst',
  'connectionsPerAddressPerSecond',
  'connectionsPerAddressBurst',
  'failedSignInsPerAddressPerMinute',
  'conversationDeliveriesPerSecond',
  'conversationDeliveriesBurst',
  'deliveryChars',
  'socketBacklogMaxBytes',
  'sessionsPersonMax',
  'resumeEntriesMax',
  'resumeConversationsMax',
  'drainSpreadMs',
  'commandMemoryDays',
  'noticesPerConversationMax',
] as const satisfies readonly (keyof typeof limits)[];

/** The comment above each limit in the source is its meaning here; limits below one comment share it. */
function limitMeanings(): Map<string, string> {
  const source = readFileSync(new URL('../../src/limits.ts', import.meta.url), 'utf8');
  const meanings = new Map<string, string>();
  let meaning = '';
  for (const [, comment, name] of source.matchAll(/\/\*\*([\s\S]*?)\*\/|^ {2}(\w+): [\d_]+,/gm)) {
    if (comment !== undefined) meaning = comment.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim();
    else if (name !== undefined) meanings.set(name, meaning);
  }
  return meanings;
}

export function limitList(): { name: string; value: number; meaning: string }[] {
  const meanings = limitMeanings();
  return clientLimits.map((name) => ({ name, value: limits[name], meaning: meanings.get(name) ?? '' }));
}

export function errorList(): {
  code: number;
  name: string;
  rule: string | null;
  retryable: boolean;
  message: string;
}[] {
  return Object.entries(errors).map(([name, kind]) => ({
    code: kind.code,
    name,
    rule: 'rule' in kind ? kind.rule : null,
    retryable: kind.retryable,
    message: kind.message,
  }));
}

export function closeCodeList(): { code: number; name: string; client: string; meaning: string }[] {
  return Object.entries(closeCodes).map(([name, { code, client }]) => ({
    code,
    name,
    client,
    meaning: closeMeanings[name as CloseName],
  }));
}

const clientDoes: Readonly<Record<string, string>> = {
  reconnect: 'connect again, with backoff',
  'new-token': 'get a fresh token, then connect again',
  stop: 'stop, and tell the person',
};

/** What stands between `<!-- generated: NAME -->` and `<!-- end -->` in PROTOCOL.md. */
export const tables: ReadonlyMap<string, () => string> = new Map([
  ['client frames', clientFrames],
  ['server frames', serverFrames],
  ['shapes', sharedShapes],
  [
    'limits',
    () =>
      [
        '| limit | value | |',
        '|---|---|---|',
        ...limitList().map((l) => `| \`${l.name}\` | ${l.value} | ${l.meaning} |`),
      ].join('\n'),
  ],
  [
    'errors',
    () =>
      [
        '| number | name | rule | retry | text |',
        '|---|---|---|---|---|',
        ...errorList().map(
          (e) => `| ${e.code} | \`${e.name}\` | ${e.rule ?? ''} | ${e.retryable ? 'yes' : ''} | ${e.message} |`,
        ),
      ].join('\n'),
  ],
  [
    'close codes',
    () =>
      [
        '| code | name | meaning | a client |',
        '|---|---|---|---|',
        ...closeCodeList().map((c) => `| ${c.code} | \`${c.name}\` | ${c.meaning} | ${clientDoes[c.client]} |`),
      ].join('\n'),
  ],
]);
