/** `schema.json` (JSON Schema 2020-12) and `asyncapi.json` (AsyncAPI 3.1), both from `src/wire/frames.ts`. */
import { subprotocol } from '../../src/wire/close-codes.ts';
import * as wire from '../../src/wire/frames.ts';
import { clientSamples, serverSamples } from './samples.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** Shapes that several frames share; everywhere else they are a `$ref`. */
const shared = {
  Id: wire.Id,
  PersonId: wire.PersonId,
  ConversationId: wire.ConversationId,
  RecordKind: wire.RecordKind,
  RecordRef: wire.RecordRef,
  ListCursor: wire.ListCursor,
  Resume: wire.Resume,
  AlertBoxes: wire.AlertBoxes,
  AlertPreferences: wire.AlertPreferences,
  Person: wire.Person,
  Entry: wire.Entry,
  About: wire.About,
  Card: wire.Card,
  CrmRecord: wire.CrmRecord,
} as const;

function plain(schema: object): Json {
  return JSON.parse(JSON.stringify(schema)) as Json;
}
function isObject(json: Json): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
/** Two schemas that allow the same, whatever they say to a reader. */
function meaning(json: Json): string {
  return JSON.stringify(json, (key, value: unknown) => (key === 'description' ? undefined : value));
}

const byMeaning = new Map(Object.entries(shared).map(([name, schema]) => [meaning(plain(schema)), name]));

interface Dialect {
  readonly prefix: string;
  /** 2020-12 says `prefixItems` where draft 7 has an array of `items`. */
  readonly tuples: 'prefixItems' | 'items';
}

function convert(json: Json, dialect: Dialect, self: string | null): Json {
  if (Array.isArray(json)) return json.map((item) => convert(item, dialect, null));
  if (!isObject(json)) return json;
  const name = byMeaning.get(meaning(json));
  if (name !== undefined && name !== self) return { $ref: `${dialect.prefix}${name}` };
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(json)) {
    if (key === 'items' && Array.isArray(value) && dialect.tuples === 'prefixItems') {
      out.prefixItems = convert(value, dialect, null);
      out.items = false;
    } else if (key === 'additionalItems' && dialect.tuples === 'prefixItems') {
      // Said by `items: false` already.
    } else {
      out[key] = convert(value, dialect, null);
    }
  }
  return out;
}

function sharedShapes(dialect: Dialect): JsonObject {
  return Object.fromEntries(
    Object.entries(shared).map(([name, schema]) => [name, convert(plain(schema), dialect, name)]),
  );
}
function shapes(schemas: Record<string, object>, prefix: string, dialect: Dialect): JsonObject {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [`${prefix}${name}`, convert(plain(schema), dialect, null)]),
  );
}

export function jsonSchema(): JsonObject {
  const dialect: Dialect = { prefix: '#/$defs/', tuples: 'prefixItems' };
  const refs = (schemas: object, prefix: string) =>
    Object.keys(schemas).map((name): Json => ({ $ref: `#/$defs/${prefix}${name}` }));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:parley:${subprotocol}`,
    title: 'Frames of parley.v1',
    description:
      'Generated from src/wire/frames.ts. clientFrame and serverFrame are the frames; result.<request> is `result` of `ok`.',
    $defs: {
      clientFrame: { oneOf: refs(wire.clientFrames, 'client.') },
      serverFrame: { oneOf: refs(wire.serverFrames, 'server.') },
      ...sharedShapes(dialect),
      ...shapes(wire.clientFrames, 'client.', dialect),
      ...shapes(wire.serverFrames, 'server.', dialect),
      ...shapes(wire.results, 'result.', dialect),
    },
  };
}

function messages(direction: 'client' | 'server'): JsonObject {
  const schemas: object = direction === 'client' ? wire.clientFrames : wire.serverFrames;
  const samples = direction === 'client' ? clientSamples : serverSamples;
  const entries = Object.entries(schemas).map(([name, schema]): [string, Json] => [
    `${direction}.${name}`,
    {
      name,
      title: name,
      summary: (schema as { description?: string }).description ?? '',
      contentType: 'application/msgpack',
      payload: { $ref: `#/components/schemas/${direction}.${name}` },
      examples: samples
        .filter(({ frame }) => frame.t === name)
        .map((sample): Json => ({ name: sample.name, payload: plain(sample.frame) })),
    },
  ]);
  return Object.fromEntries(entries);
}

/** Which answer belongs to which request is said by `id`; AsyncAPI sees two streams of messages. */
export function asyncApi(): JsonObject {
  const dialect: Dialect = { prefix: '#/components/schemas/', tuples: 'items' };
  const all = { ...messages('client'), ...messages('server') };
  const inChannel = (direction: string) =>
    Object.keys(all)
      .filter((name) => name.startsWith(`${direction}.`))
      .map((name): Json => ({ $ref: `#/channels/session/messages/${name}` }));
  return {
    asyncapi: '3.1.0',
    id: `urn:parley:${subprotocol}`,
    info: {
      title: 'Parley',
      version: '1',
      description:
        'Conversations about the records of a CRM. Generated from src/wire/frames.ts; PROTOCOL.md has the prose.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/msgpack',
    servers: {
      local: {
        host: '127.0.0.1:8787',
        protocol: 'ws',
        description: 'The default port; `wss` behind a proxy that ends TLS.',
      },
    },
    channels: {
      session: {
        address: '/v1',
        title: 'One session of one person',
        description: `One MessagePack map for each binary WebSocket message, subprotocol ${subprotocol}.`,
        servers: [{ $ref: '#/servers/local' }],
        messages: Object.fromEntries(Object.keys(all).map((name) => [name, { $ref: `#/components/messages/${name}` }])),
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      fromClient: {
        action: 'receive',
        channel: { $ref: '#/channels/session' },
        summary: 'What a client says to the server.',
        messages: inChannel('client'),
      },
      fromServer: {
        action: 'send',
        channel: { $ref: '#/channels/session' },
        summary: 'What the server says to a client.',
        messages: inChannel('server'),
      },
    },
    components: {
      messages: all,
      schemas: {
        ...sharedShapes(dialect),
        ...shapes(wire.clientFrames, 'client.', dialect),
        ...shapes(wire.serverFrames, 'server.', dialect),
        ...shapes(wire.results, 'result.', dialect),
      },
    },
  };
}
