/**
 * The files that `npm run build` makes of `src/web/` for browsers, served on the public port: `/parley.js` and what it
 * loads always, because a CRM's pages load it from here, and the demo's own where there is a demo. A name is one of few
 * and never a path.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { HttpAnswer, HttpHook } from '../session/connection.ts';

/** Beside the compiled `dist/admin/`. */
const built = new URL('../web/', import.meta.url);

interface WebFile {
  readonly name: string;
  readonly type: string;
}

const script = 'text/javascript; charset=utf-8';
const forTheDemo: Readonly<Record<string, WebFile>> = {
  '/': { name: 'index.html', type: 'text/html; charset=utf-8' },
  '/demo.js': { name: 'demo.js', type: script },
  '/demo.css': { name: 'demo.css', type: 'text/css; charset=utf-8' },
  '/demo.svg': { name: 'demo.svg', type: 'image/svg+xml' },
};

/** One answer for every page anywhere: modules of another origin are loaded with CORS, and the file is public. */
const publicHeaders = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'cache-control': 'public, max-age=3600',
};
/** The demo is built again and again. */
const demoHeaders = { 'cache-control': 'no-cache' };

/** For pages of any origin. */
export const webFiles: HttpHook = (path) => {
  const file = forEveryone(path);
  return file === null ? null : answerWith(file, publicHeaders);
};

/** The demo's page and what it loads, under this policy. */
export async function demoFile(path: string, policy: string): Promise<HttpAnswer | null> {
  const file = forTheDemo[path] ?? forEveryone(path);
  if (file === null) return null;
  const headers = { ...publicHeaders, ...demoHeaders, 'content-security-policy': policy };
  const answer = await answerWith(file, headers);
  if (answer !== null || path !== '/') return answer;
  return { status: 503, headers: {}, body: 'The user interface is not built: run `npm run build`.\n' };
}

/** `parley.js`, the parts of it that are loaded later, and the SDK alone: files of one directory, and no others. */
function forEveryone(path: string): WebFile | null {
  const name = /^\/(parley(-[\w-]+)?\.js)$/.exec(path)?.[1];
  return name === undefined ? null : { name, type: script };
}

/** Null where the file is not there. */
async function answerWith({ name, type }: WebFile, headers: HttpAnswer['headers']): Promise<HttpAnswer | null> {
  try {
    const body = await readFile(fileURLToPath(new URL(name, built)));
    return { status: 200, headers: { ...headers, 'content-type': type }, body };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
