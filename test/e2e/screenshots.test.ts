/**
 * What the README shows, taken from the running demo. With UPDATE_SCREENSHOTS=1 (`npm run docs:screenshots`) they are kept
 * under docs/images; without it they only have to be as light as they must be, and no page may scroll sideways.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { AtCrm } from '../support/browser.ts';
import { button, cardsIn, dialogOf, launcherOf, see, sidebarOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();
const images = join(import.meta.dirname, '../../docs/images');
const heaviestBytes = 150 * 1024;
const desk: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
const phone: BrowserContextOptions = { viewport: { width: 320, height: 640 } };
const opportunity: AtCrm = { record: 'opportunity/o-4001', tab: 'conversations', context: desk };

async function keep(name: string, page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(content).toBeLessThanOrEqual(window as number);
  const image = await page.screenshot({ type: 'jpeg', quality: 72, animations: 'disabled', caret: 'hide' });
  expect(image.length, `${name} is light`).toBeLessThan(heaviestBytes);
  if (process.env.UPDATE_SCREENSHOTS === undefined) return;
  mkdirSync(images, { recursive: true });
  writeFileSync(join(images, `${name}.jpg`), image);
}

it.each<[string, AtCrm]>([
  ['light', opportunity],
  ['dark', { ...opportunity, theme: 'dark' }],
  ['right-to-left', { ...opportunity, dir: 'rtl', language: 'de' }],
  ['narrow', { context: phone }],
])('%s', async (name, at) => {
  const page = await stage().person('anna', at);
  await see(cardsIn(sidebarOf(page)), 4);
  await see(sidebarOf(page).getByText('I will prepare the forms'));
  await keep(name, page);
});

it('a new conversation', async () => {
  const page = await stage().person('anna', opportunity);
  await button(sidebarOf(page), 'Add').click();
  await dialogOf(page).getByRole('textbox', { name: 'Message' }).fill('Shall we call them today?');
  await dialogOf(page).getByRole('combobox', { name: 'Participants' }).pressSequentially('k');
  await see(page.getByRole('option', { name: 'David Kim' }));
  await keep('new-conversation', page);
});

it('three people side by side', async () => {
  const page = await stage().person('anna', { ...opportunity, context: { viewport: { width: 1380, height: 620 } } });
  await page.getByRole('combobox', { name: 'People side by side' }).selectOption('3');
  for (const at of [0, 1, 2]) await see(cardsIn(sidebarOf(page).nth(at)).first());
  await keep('side-by-side', page);
  await see(launcherOf(page, 2).first());
});
