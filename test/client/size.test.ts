/**
 * What a page loads of the SDK: everything behind `src/client/index.ts`, made by a bundler that knows nothing of this
 * project, as the one of a CRM's own page would be.
 */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';

const maxBytes = 15 * 1024;
const top = fileURLToPath(new URL('../../', import.meta.url));

let chunk: Rolldown.OutputChunk;

beforeAll(async () => {
  const built = await build({
    root: top,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: `${top}src/client/index.ts`, formats: ['es'], fileName: 'sdk' },
      // Vite leaves white space in libraries; pages get them without.
      rolldownOptions: { output: { minify: true } },
    },
  });
  const outputs = (built as Rolldown.RolldownOutput[])[0]?.output ?? [];
  expect(outputs).toHaveLength(1);
  chunk = outputs[0] as Rolldown.OutputChunk;
});

describe('the SDK in a browser', () => {
  it(`is at most ${maxBytes} bytes, minified and gzipped`, () => {
    const size = gzipSync(chunk.code, { level: 9 }).length;
    console.info(`SDK: ${size} of ${maxBytes} bytes gzipped, ${chunk.code.length} before`);
    expect(chunk.exports.sort()).toEqual(['ParleyError', 'connect']);
    expect(size).toBeGreaterThan(1024);
    expect(size).toBeLessThanOrEqual(maxBytes);
  });

  it('brings no package, no schemas and no texts of errors with it', () => {
    const sources = Object.entries(chunk.modules).filter(([, { renderedLength }]) => renderedLength > 0);
    const own = sources.map(([id]) => id.slice(top.length));
    expect(own).toContain('src/client/parley.ts');
    expect(own.filter((path) => !/^src\/(client|wire)\/|^src\/limits\.ts$/.test(path))).toEqual([]);
    expect(own.filter((path) => /\/(frames|errors|validate|prescan|packr|codec)\.ts$/.test(path))).toEqual([]);
    expect(chunk.imports).toEqual([]);
  });

  it('builds no code from text, which a strict content policy would refuse', () => {
    expect(chunk.code).not.toMatch(/\beval\b|\bFunction\(/);
  });
});
