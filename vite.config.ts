/**
 * What browsers load, beside what tsc compiles: `dist/web/parley.js`, the SDK with Lit and the elements, which fetches
 * dialogs, links and languages as `parley-…-….js` when the page has a moment to spare or wants them; `parley-sdk.js`, the
 * SDK alone; `react.js` and `demo.js`, which import `./parley.js`. `npm run build` runs `vite build --app` after tsc and
 * fails where a file has outgrown its bound.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type EnvironmentOptions, type Plugin } from 'vite';

const source = (path: string): string => resolve(import.meta.dirname, 'src', path);

/** Bytes after `gzip -9` of what a page waits for. */
const bounds: Readonly<Record<string, number>> = { 'parley-sdk.js': 15 * 1024, 'parley.js': 40 * 1024 };

function sizes(): Plugin {
  return {
    name: 'parley-sizes',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        const size = gzipSync(file.code, { level: 9 }).length;
        const bound = bounds[file.fileName];
        const most = bound === undefined ? '' : ` of ${bound}`;
        this.info(`${file.fileName}: ${size} bytes gzipped${most}`);
        if (bound !== undefined && size > bound)
          this.error(`${file.fileName} has outgrown its bound of ${bound} bytes`);
      }
    },
  };
}

/**
 * Indentation within the templates of markup and styles, which minifiers leave alone because they cannot know what it
 * means. Line breaks stay, and with them the lines of the source map.
 */
function indentation(): Plugin {
  return {
    name: 'parley-indentation',
    enforce: 'post',
    transform(code, id) {
      if (!id.startsWith(source('web'))) return null;
      const texts: SyntaxNode[] = [];
      const visit = (node: unknown): void => {
        if (Array.isArray(node)) for (const one of node) visit(one);
        if (!isNode(node)) return;
        const isTemplate = node.type === 'TaggedTemplateExpression' && /^(css|html)$/.test(node.tag?.name ?? '');
        if (isTemplate) texts.push(...(node.quasi?.quasis ?? []));
        for (const inner of Object.values(node)) visit(inner);
      };
      visit(this.parse(code));
      let [result, from] = ['', 0];
      for (const { start, end } of texts.sort((a, b) => a.start - b.start)) {
        result +=
          code.slice(from, start) +
          code
            .slice(start, end)
            .replace(/\n[ \t]+/g, '\n')
            .replace(/(\n[\w-]+:) /g, '$1')
            .replace(/ \{\n/g, '{\n');
        from = end;
      }
      return { code: result + code.slice(from), map: null };
    },
  };
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly tag?: { readonly name?: string };
  readonly quasi?: { readonly quasis: readonly SyntaxNode[] };
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/** Elements can be defined once a page: whoever else needs them imports the one file that defines them. */
function oneParley(): Plugin {
  return {
    name: 'parley-once',
    enforce: 'pre',
    resolveId(id, importer) {
      if (importer === undefined || importer === source('web/index.ts')) return null;
      const isIndex = resolve(importer, '..', id) === source('web/index.ts');
      return isIndex ? { id: './parley.js', external: true } : null;
    },
  };
}

function fileOf(entry: string, fileName: string): EnvironmentOptions {
  return {
    consumer: 'client',
    build: {
      copyPublicDir: entry === 'web/demo/main.ts',
      lib: { entry: source(entry), formats: ['es'], fileName: () => fileName },
      rolldownOptions: {
        external: ['react', 'react/jsx-runtime'],
        // Vite leaves the white space of libraries to their bundlers; this file goes to browsers as it is.
        output: { minify: true, chunkFileNames: 'parley-[name]-[hash].js' },
        // What is loaded later takes what it shares from the first file, whose further exports are not for others.
        preserveEntrySignatures: 'allow-extension',
      },
    },
  };
}

const files: Readonly<Record<string, EnvironmentOptions>> = {
  sdk: fileOf('client/index.ts', 'parley-sdk.js'),
  elements: fileOf('web/index.ts', 'parley.js'),
  react: fileOf('web/react.ts', 'react.js'),
  demo: fileOf('web/demo/main.ts', 'demo.js'),
};

/** Parts have names of their contents, and those of earlier builds would stay for ever. */
function forgetParts(outDir: string): void {
  if (!existsSync(outDir)) return;
  for (const name of readdirSync(outDir)) if (/^parley-\w+-.*\.js(\.map)?$/.test(name)) rmSync(join(outDir, name));
}

export default defineConfig({
  plugins: [oneParley(), indentation(), sizes()],
  // The demo's page, style and icon, as they are.
  publicDir: source('web/demo/static'),
  build: {
    outDir: 'dist/web',
    // tsc has written there before.
    emptyOutDir: false,
    target: 'es2022',
    sourcemap: true,
    reportCompressedSize: false,
  },
  environments: files,
  builder: {
    async buildApp(builder) {
      forgetParts(builder.config.build.outDir);
      for (const name of Object.keys(files)) {
        const environment = builder.environments[name];
        if (environment !== undefined) await builder.build(environment);
      }
    },
  },
});
