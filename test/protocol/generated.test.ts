import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusals } from '../../src/conversation/refusals.ts';
import { decodeServerFrame, encode } from '../../src/wire/codec.ts';
import { decodeClientFrame } from '../../src/wire/decode-client-frame.ts';
import { hexOf, raw } from './bytes.ts';
import { generatedFiles, leftovers, protocolDirectory, writeGenerated } from './generate.ts';
import { bytesOf, type InvalidVector, type ValidVector } from './generate-vectors.ts';

const read = (path: string) => readFileSync(join(protocolDirectory, path), 'utf8');

beforeAll(() => {
  if (process.env.UPDATE_GENERATED === '1') writeGenerated();
});

describe('generated files', () => {
  it('are as the source says; `npm run docs:protocol` makes them anew', () => {
    const files = generatedFiles();
    const stale = [...files].filter(([path, content]) => {
      return !existsSync(join(protocolDirectory, path)) || read(path) !== content;
    });
    expect(stale.map(([path]) => path)).toEqual([]);
    expect(leftovers(files)).toEqual([]);
  });
});

describe('vectors', () => {
  const vectors = <T>(kind: string) =>
    readdirSync(join(protocolDirectory, 'vectors', kind)).map((name): [string, T] => [
      name,
      JSON.parse(read(`vectors/${kind}/${name}`)) as T,
    ]);
  it('valid ones mean what they say, and canonical ones are what Parley writes', () => {
    const valid = vectors<ValidVector>('valid');
    expect(valid.length).toBeGreaterThan(80);
    for (const [name, { from, canonical, frame, hex }] of valid) {
      const bytes = raw(hex);
      if (from === 'client') expect(decodeClientFrame(bytes), name).toEqual({ ok: true, frame });
      else expect(decodeServerFrame(bytes), name).toEqual(frame);
      expect(hexOf(encode(frame)) === hex, name).toBe(canonical);
    }
  });
  it('invalid ones get the error, id and field they name', () => {
    const invalid = vectors<InvalidVector>('invalid');
    expect(invalid.length).toBeGreaterThan(80);
    for (const [name, vector] of invalid) {
      const { error, id, field } = vector;
      const named = { error, ...(id === null ? {} : { id }), ...(field === null ? {} : { field }) };
      expect(decodeClientFrame(bytesOf(vector)), name).toEqual({ ok: false, ...named });
    }
  });
});

describe('asyncapi.json', () => {
  it('is a valid AsyncAPI 3 document', async () => {
    const { document, diagnostics } = await new Parser().parse(read('asyncapi.json'));
    const faults = diagnostics.filter(({ severity }) => severity <= 1);
    expect(faults.map(({ message, path }) => `${path.join('.')}: ${message}`)).toEqual([]);
    expect(document?.version()).toBe('3.1.0');
    expect(document?.operations().all().length).toBe(2);
  });
});

describe('schema.json', () => {
  const ajv = new Ajv2020({ strict: true, strictTuples: true, allowUnionTypes: true });
  const vectors = [...generatedFiles()].flatMap(([path, content]) =>
    path.startsWith('vectors/valid/')
      ? [{ path, vector: JSON.parse(content) as { from: string; frame: { t: string } } }]
      : [],
  );
  it('is a JSON Schema of draft 2020-12, and every valid vector fits it', () => {
    const schema = JSON.parse(read('schema.json')) as { $id: string };
    ajv.addSchema(schema);
    for (const { path, vector } of vectors) {
      const fits = ajv.getSchema(`${schema.$id}#/$defs/${vector.from}Frame`);
      expect(fits?.(vector.frame), `${path}: ${JSON.stringify(fits?.errors)}`).toBe(true);
    }
    for (const { path, vector } of vectors.filter(({ path }) => path.includes('server-ok-'))) {
      const request = path.slice('vectors/valid/server-ok-'.length, -'.json'.length);
      const fits = ajv.getSchema(`${schema.$id}#/$defs/result.${request}`);
      expect(fits?.((vector.frame as unknown as { result: unknown }).result), path).toBe(true);
    }
    const client = ajv.getSchema(`${schema.$id}#/$defs/clientFrame`);
    expect(client?.({ t: 'ping', loud: true })).toBe(false);
  });
});

describe('RULES.md', () => {
  it('has every rule that a refusal names, and each rule once', () => {
    const numbers = [...read('RULES.md').matchAll(/^\| ([A-Z]+-\d+) \|/gm)].map(([, number]) => number as string);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const rule of Object.values(refusals)) expect(numbers).toContain(rule);
    const counts = new Map<string, number>();
    for (const number of numbers) {
      const family = number.replace(/-\d+$/, '');
      counts.set(family, (counts.get(family) ?? 0) + 1);
      expect(number).toBe(`${family}-${counts.get(family)}`);
    }
    expect(numbers.length).toBe(53);
  });
});
