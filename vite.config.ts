/**
 * What browsers load, beside what tsc compiles: `dist/web/parley.js`, the SDK with Lit and the elements, which fetches
 * languages beside English as `parley-…-….js` when the page wants them; `parley-sdk.js`, the SDK alone; `react.js` and
 * `demo.js`, which import `./parley.js`. `npm run build` runs `vite build --app` after tsc and fails where one has outgrown
 * its bound.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { transform } from 'lightningcss';
import { minify } from 'terser';
import { defineConfig, type EnvironmentOptions, type Plugin } from 'vite';
import { link } from './src/web/link-expression.ts';
import { en } from './src/web/texts/en.ts';

const source = (path: string): string => resolve(import.meta.dirname, 'src', path);

/** Bytes after `gzip -9`. What the interface weighs is everything that a page in English can come to load of it. */
const bounds = { sdk: 15 * 1024, interface: 40 * 1024 };

function sizes(): Plugin {
  return {
    name: 'parley-sizes',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const tell = (what: string, size: number, bound = Number.POSITIVE_INFINITY): void => {
        this.info(`${what}: ${size} bytes gzipped${Number.isFinite(bound) ? ` of ${bound}` : ''}`);
        if (size > bound) this.error(`${what} has outgrown its bound of ${bound} bytes`);
      };
      let all = 0;
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        const size = gzipSync(file.code, { level: 9 }).length;
        tell(file.fileName, size, file.fileName === 'parley-sdk.js' ? bounds.sdk : undefined);
        // A page has one language, and English is in the first file.
        const isLanguage = file.facadeModuleId?.startsWith(source('web/texts')) ?? false;
        if (!isLanguage) all += size;
      }
      if ('parley.js' in bundle) tell('SDK and interface, all parts of it in English', all, bounds.interface);
    },
  };
}

/**
 * Templates of markup and styles, which minifiers leave alone because they cannot know what they mean: styles are
 * minified as style sheets, markup loses its indentation.
 */
function templates(): Plugin {
  return {
    name: 'parley-templates',
    enforce: 'post',
    transform(code, id) {
      if (!id.startsWith(source('web'))) return null;
      const found: { readonly start: number; readonly end: number; readonly isStyle: boolean }[] = [];
      const visit = (node: unknown): void => {
        if (Array.isArray(node)) for (const one of node) visit(one);
        if (!isNode(node)) return;
        const name = node.type === 'TaggedTemplateExpression' ? node.tag?.name : undefined;
        const texts = node.quasi?.quasis ?? [];
        // With something put in it is no style sheet yet.
        if (name === 'css' && texts.length > 1) this.error(`${id}: a style sheet has to be one text`);
        if (name === 'css' || name === 'html')
          found.push(...texts.map(({ start, end }) => ({ start, end, isStyle: name === 'css' })));
        for (const inner of Object.values(node)) visit(inner);
      };
      visit(this.parse(code));
      let [result, from] = ['', 0];
      for (const { start, end, isStyle } of found.sort((a, b) => a.start - b.start)) {
        const text = code.slice(start, end);
        result += code.slice(from, start) + (isStyle ? minified(text, id) : text.replace(/\s*\n\s*/g, '\n'));
        from = end;
      }
      return { code: result + code.slice(from), map: null };
    },
  };
}

/** Nothing is put into words of older browsers: what these styles need, they need anyway. */
function minified(css: string, filename: string): string {
  return new TextDecoder().decode(transform({ filename, code: new TextEncoder().encode(css), minify: true }).code);
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

/** An expression that a library puts together is put together here, once, and not in each page. */
function expressions(): Plugin {
  return {
    name: 'parley-expressions',
    load: (id) => (id === source('web/link-expression.ts') ? `export const link = ${link};` : null),
  };
}

/** What Lit has in `css-tag.js`, but for browsers without adopted style sheets: they know other things that styles here need neither. */
const adoptedStyles = `
export const css = ([text]) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
};
export const adoptStyles = (root, sheets) => {
  root.adoptedStyleSheets = sheets;
};
export const getCompatibleStyle = (sheet) => sheet;
export const supportsAdoptingStyleSheets = true;
export { css as unsafeCSS, css as CSSResult };
`;

/**
 * What Lit has for polyfills, for servers that render, for tools that look for its versions, and for decorators: none of them
 * is here. Each is null instead, and the minifier drops what hangs on it.
 */
const unusedOfLit = [
  /\b\w+\.\w+(?:Polyfill|Hydrate)Support\b/g,
  /\(\w+\.\w+Versions\?\?=\[\]\)\.push\("[\d.]+"\)/g,
  /\b\w+\.(?:metadata|litPropertyMetadata)\?\?=[^,;]+/g,
  /\bthis\[Symbol\.metadata\]/g,
];

function smallerLit(): Plugin {
  return {
    name: 'parley-lit',
    load: (id) => (id.endsWith('/@lit/reactive-element/css-tag.js') ? adoptedStyles : null),
    transform(code, id) {
      if (!/\/node_modules\/(?:@lit|lit-html|lit-element)\//.test(id)) return null;
      return { code: unusedOfLit.reduce((text, one) => text.replace(one, 'null'), code), map: null };
    },
  };
}

/**
 * A second minifier after the bundler's own. It puts in place what is used once, and makes names short that stand in no
 * other file: those that Lit keeps for its packages among themselves, and those of texts, where a name is written nowhere
 * but as `texts.name`.
 */
function smaller(): Plugin {
  const others = new Set<string>();
  return {
    name: 'parley-smaller',
    enforce: 'post',
    transform(code, id) {
      if (!id.startsWith(source('web/texts')))
        for (const [word] of code.matchAll(/(?<!\btexts\.)\b\w+/g)) others.add(word);
    },
    async generateBundle(_options, bundle) {
      const texts = Object.keys(en).filter((name) => !others.has(name));
      const properties = { regex: new RegExp(`^(_\\$.*|${texts.join('|')})$`) };
      // Of all files of the bundle: such a name is the same in each.
      let props: object = {};
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk' || file.map === null) continue;
        const nameCache = { props };
        const { code = '', map } = await minify(file.code, {
          module: true,
          ecma: 2020,
          // Constants on one side of comparisons, as the bundler's own minifier has put them, are more alike.
          compress: { passes: 3, lhs_constants: false, keep_fargs: false, unsafe_arrows: true },
          mangle: { properties },
          nameCache,
          sourceMap: { content: file.map.toString(), asObject: true },
        });
        ({ props } = nameCache);
        file.code = code;
        Object.assign(file.map, map);
      }
    },
  };
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
        output: { minify: true, comments: { annotation: false }, chunkFileNames: 'parley-[name]-[hash].js' },
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
  plugins: [oneParley(), expressions(), smallerLit(), templates(), smaller(), sizes()],
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
