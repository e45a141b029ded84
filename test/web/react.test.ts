/** The hooks and components in React itself: on a server without a DOM, and in Chromium beside the real elements. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { createElement } from 'react';
// @ts-expect-error -- one function is not worth the package with its types
import { renderToString } from 'react-dom/server';
import { build, type Rolldown } from 'vite';
import { afterAll, describe, expect, it } from 'vitest';
import { ParleyLauncher, ParleyProvider, useConnection, useSidebar, useTab } from '../../src/web/react.ts';
import { see } from '../e2e/eyes.ts';
import { onStage } from '../e2e/on-stage.ts';
import type { Someone } from '../support/browser.ts';

/** The application's own origin, which Parley's server is told of. */
const crm = createServer((request, response) => void answer(request, response));
await new Promise<void>((resolve) => crm.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(crm.address() as AddressInfo).port}`;
const stage = onStage('--allowed-origins', origin);
afterAll(() => crm.close());
let app: Promise<string> | null = null;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', origin);
  const script = () => response.setHeader('content-type', 'text/javascript');
  if (pathname === '/token') response.end(await stage().tokenOf(searchParams.get('person') ?? ''));
  else if (pathname === '/app.js') {
    app ??= bundledApp();
    script().end(await app);
  } else if (pathname.startsWith('/parley')) {
    script().end(await (await fetch(`http://127.0.0.1:${stage().server.port}${pathname}`)).text());
  } else {
    response.setHeader('content-type', 'text/html');
    response.end(
      '<!doctype html><html lang="en"><link rel="icon" href="data:,"><body><script type="module" src="/app.js"></script></body></html>',
    );
  }
}

/** As an application's bundler would have it; the elements stay in their one file. */
async function bundledApp(): Promise<string> {
  const elements = resolve(import.meta.dirname, '../../src/web/index.ts');
  const built = (await build({
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"development"' },
    plugins: [
      {
        name: 'one-parley',
        enforce: 'pre',
        resolveId: (id, importer) =>
          importer !== undefined && resolve(importer, '..', id) === elements
            ? { id: '/parley.js', external: true }
            : null,
      },
    ],
    build: { write: false, lib: { entry: resolve(import.meta.dirname, 'react-app.ts'), formats: ['es'] } },
  })) as Rolldown.RolldownOutput[];
  return built[0]?.output[0].code ?? '';
}

describe('React', () => {
  it('renders on a server, where there is no DOM', async () => {
    const client = stage().client('anna');
    const Facts = () => {
      const { badge } = useSidebar();
      const { state } = useTab({ kind: 'company', id: 'co-2001' });
      return createElement('p', null, `${useConnection()} ${badge} ${state}`);
    };
    const html = renderToString(
      createElement(ParleyProvider, { client }, createElement(ParleyLauncher, { for: 'side' }), createElement(Facts)),
    );
    expect(html).toBe('<parley-launcher for="side"></parley-launcher><p>connecting 0 closed</p>');
    expect(() => renderToString(createElement(Facts))).toThrow('<ParleyProvider>');
  });

  it('follows the stores, opens a tab for as long as it is shown, and passes events on', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const writer = stage().client(bob.id);
    const about = { kind: 'company', id: 'co-2001' } as const;
    const { conversation } = await writer.start({ text: 'Seen through React', people: [ann.id], about });
    const context = await stage().context();
    const page = await context.newPage();
    await page.goto(`${origin}/?port=${stage().server.port}&person=${ann.id}&conversation=${conversation}`);

    const text = (id: string) => page.locator(`#${id}`).textContent();
    await expect.poll(() => text('facts')).toBe('online, badge 1, 1');
    await expect.poll(() => text('tab')).toBe('open, true');
    await see(page.getByRole('button', { name: 'Conversations, 1 with unread messages' }));
    await writer.reply(conversation, 'And again');
    await expect.poll(() => text('facts')).toBe('online, badge 1, 2');
    await see(page.locator('parley-alerts').getByText('And again'));

    // The element shows the same tab, which stays open when the hook's component goes.
    await page.getByRole('button', { name: 'switch' }).click();
    await writer.reply(conversation, 'Still in the tab');
    await see(page.locator('parley-record-tab').getByText('Still in the tab'));

    await page.getByRole('button', { name: 'Conversations, 1 with unread messages' }).click();
    await expect.poll(() => text('toggled')).toBe('true');
    await see(page.locator('parley-sidebar').getByText('Still in the tab'));
    await page.getByRole('button', { name: 'Conversations, 1 with unread messages' }).click();
    await expect.poll(() => text('toggled')).toBe('false');
  });
});
