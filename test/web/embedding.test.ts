/**
 * docs/embedding.md as somebody follows it: a CRM of another origin, under the policy named there, with the page, the
 * script and the token endpoint that stand in the file. Only the host names are others.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { type RunningServer, serveCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/server.ts';

const guide = readFileSync(new URL('../../docs/embedding.md', import.meta.url), 'utf8');
const directory = temporaryDirectory('parley-embedding-');
const secretFile = join(directory.path, 'secret');

/** The first block of this language after a heading. */
function block(heading: string, language: string): string {
  const section = guide.slice(guide.indexOf(`\n## ${heading}\n`));
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(section)?.[1];
  if (found === undefined) throw new Error(`docs/embedding.md has no ${language} below "${heading}"`);
  return found;
}

let parley: RunningServer;
let crm: Server;
let browser: Browser;
/** Origin of the CRM. */
let origin = '';
/** Who is signed in to the CRM. */
const signedIn = 'ann';

const placed = (text: string): string =>
  text
    .replaceAll('wss://parley.example', `ws://127.0.0.1:${parley.port}`)
    .replaceAll('https://parley.example', `http://127.0.0.1:${parley.port}`);

/** The backend's ten lines: what they hand out for a request. */
async function tokenEndpoint(): Promise<(person: string) => Promise<string>> {
  const code = block('Tokens', 'js')
    .replace(/^import .*$/gm, '')
    .replace('/run/secrets/parley', secretFile);
  let route: ((request: object, response: object) => Promise<void>) | null = null;
  const app = { get: (_path: string, handler: typeof route) => (route = handler) };
  const AsyncFunction = (async () => {}).constructor as new (...code: string[]) => (...v: unknown[]) => Promise<void>;
  await new AsyncFunction('readFileSync', 'SignJWT', 'app', code)(readFileSync, SignJWT, app);
  return (person) =>
    new Promise((resolve, reject) => {
      route?.({ session: { person } }, { send: resolve }).catch(reject);
    });
}

beforeAll(async () => {
  writeFileSync(secretFile, 'a secret that only this test knows, long enough\n');
  crm = createServer();
  await new Promise<void>((resolve) => crm.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(crm.address() as AddressInfo).port}`;
  const data = join(directory.path, 'data');
  [browser, parley] = await Promise.all([
    launchChromium(),
    serveCli(['--auth-secret-file', secretFile, '--allowed-origins', origin, '--data-dir', data]),
  ]);
  const tokenFor = await tokenEndpoint();
  const policy = placed(block('Content security policy', '').trim());
  const answerPage = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('content-security-policy', `default-src 'none'; ${policy}`);
    const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A CRM</title>${block('Ten lines', 'html')}</html>`;
    const answers: Record<string, () => Promise<[type: string, body: string]>> = {
      '/': async () => ['text/html', page],
      '/crm.js': async () => ['text/javascript', placed(block('Ten lines', 'js'))],
      '/parley-token': async () => ['text/plain', await tokenFor(signedIn)],
    };
    const [type, body] = (await answers[request.url ?? '']?.()) ?? ['text/plain', ''];
    response.writeHead(body === '' ? 404 : 200, { 'content-type': `${type}; charset=utf-8` }).end(body);
  };
  crm.on('request', (request, response) => void answerPage(request, response));
  const adminToken = readFileSync(join(data, 'admin-token'), 'utf8').trim();
  const answer = await fetch(`${parley.adminUrl}/v1/directory`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      people: [
        { id: 'ann', first: 'Ann', last: 'Adler', email: null, active: true },
        { id: 'bob', first: 'Bob', last: 'Brandt', email: null, active: true },
      ],
      records: [{ kind: 'company', id: 'co-2001', name: 'Keller Instruments', view: 'everyone', edit: 'everyone' }],
    }),
  });
  expect(answer.status).toBe(200);
}, 300_000);

afterAll(async () => {
  await browser?.close();
  crm?.close();
  await parley?.stop();
  directory.remove();
});

/** The CRM's page, and what it complained of. */
async function openCrm(address = origin): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const page = await browser.newPage({ locale: 'en-GB' });
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('console', (said) => {
    if (['error', 'warning'].includes(said.type()) && !said.text().includes('favicon')) complaints.push(said.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.exposeFunction('violated', (said: string) => void complaints.push(said));
  await page.addInitScript(() => {
    const { violated } = globalThis as unknown as { violated(said: string): void };
    document.addEventListener('securitypolicyviolation', (event) => {
      if (!event.blockedURI.includes('favicon')) violated(`${event.violatedDirective}: ${event.blockedURI}`);
    });
  });
  await page.goto(address);
  return { page, complaints };
}

describe('docs/embedding.md', () => {
  it('leads from nothing to the sidebar in ten lines, on another origin, under the policy it names', async () => {
    const lines = [block('Ten lines', 'html'), block('Ten lines', 'js')].flatMap((text) => text.trim().split('\n'));
    expect(lines.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(10);
    const { page, complaints } = await openCrm();
    await page.getByRole('button', { name: 'Conversations', exact: true }).click();
    const sidebar = page.locator('parley-sidebar');
    await sidebar.getByText('No conversations yet').waitFor();
    await sidebar.getByRole('button', { name: 'Add' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Message').fill('Said in ten lines');
    await dialog.getByRole('combobox', { name: 'Participants' }).fill('Bra');
    await page.getByRole('option', { name: 'Bob Brandt' }).click();
    await dialog.getByRole('button', { name: 'Start conversation' }).click();
    await sidebar.getByRole('list', { name: 'Conversations' }).getByText('Said in ten lines').waitFor();
    const tab = page.locator('parley-record-tab');
    await tab.getByRole('heading', { name: 'Keller Instruments' }).waitFor();
    await tab.getByText('Nobody has talked about this yet.').waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('does not work from an origin that the server was not told of', async () => {
    const { page } = await openCrm(origin.replace('127.0.0.1', 'localhost'));
    await page.locator('parley-launcher').waitFor();
    const outcome = await page.evaluate(
      (url) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(url, 'parley.v1');
          socket.onopen = () => resolve('opened');
          socket.onerror = () => resolve('refused');
        }),
      `ws://127.0.0.1:${parley.port}/v1`,
    );
    expect(outcome).toBe('refused');
    await page.close();
  });

  it('names every custom property and every part there is', () => {
    const sources = [
      'styles/theme',
      'styles/sidebar',
      'styles/alerts',
      'launcher',
      'sidebar',
      'record-tab',
      'alerts',
    ].map((name) => readFileSync(new URL(`../../src/web/${name}.ts`, import.meta.url), 'utf8'));
    const looks = guide.slice(guide.indexOf('\n## Looks\n'), guide.indexOf('\n## Languages\n'));
    const properties = new Set(sources.flatMap((text) => text.match(/--parley-[a-z-]+/g) ?? []));
    const said = new Set(looks.match(/--parley-[a-z-]+/g));
    const neighbours = [...looks.matchAll(/`(--parley-[a-z]+)`((?:, `-[a-z]+`)+)/g)];
    for (const [, first, rest = ''] of neighbours) {
      for (const [, suffix] of rest.matchAll(/`(-[a-z]+)`/g)) said.add(`${first}${suffix}`);
    }
    expect([...properties].filter((name) => !said.has(name))).toEqual([]);
    const parts = new Set(sources.flatMap((text) => [...text.matchAll(/\bpart="([^"$]+)"/g)].map(([, part]) => part)));
    expect([...parts].filter((part) => !looks.includes(`\`${part}\``))).toEqual([]);
  });
});
