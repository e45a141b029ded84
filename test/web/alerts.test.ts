/** Pop-ups under the hand: keyboard, pointer, time, several of them, several tabs, and a page out of sight. */
import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { cardIn, launcherOf, see, seeNo, sidebarOf } from '../e2e/eyes.ts';
import { onStage } from '../e2e/on-stage.ts';
import { connected, type Someone } from '../support/browser.ts';

const stage = onStage();
const popupsOf = (page: Page) => page.locator('parley-alerts').getByRole('listitem');

/** Ann at her CRM, and Bob who writes. Her clock stands still, unless told, and is moved on by hand. */
async function annAndBob(context?: BrowserContext, clockRuns = false) {
  const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
  const at = context ?? (await stage().context());
  const page = await at.newPage();
  page.setDefaultTimeout(15_000);
  await page.clock.install();
  await page.goto(stage().address(ann.id, { sidebar: false }));
  await connected(page);
  if (!clockRuns) await page.clock.pauseAt(Date.now() + 60_000);
  return { ann, bob, page, context: at, writer: stage().client(bob.id) };
}

describe('pop-ups', () => {
  it('go by themselves, but not from under the pointer or the focus', async () => {
    const { ann, page, writer } = await annAndBob();
    await writer.start({ text: 'Look here', people: [ann.id] });
    await see(popupsOf(page));
    await page.clock.runFor(5_000);
    await see(popupsOf(page));
    await popupsOf(page).hover();
    await page.clock.runFor(20_000);
    await see(popupsOf(page));
    await page.mouse.move(5, 400);
    await popupsOf(page).getByRole('button', { name: 'Look here' }).focus();
    await page.clock.runFor(20_000);
    await see(popupsOf(page));
    await page.locator('parley-launcher').getByRole('button').focus();
    await page.clock.runFor(9_000);
    await seeNo(popupsOf(page));
  });

  it('are dismissed with Escape, one after the other, and the focus goes back to where it was', async () => {
    const { ann, page, writer } = await annAndBob();
    await writer.start({ text: 'First of two', people: [ann.id] });
    await see(popupsOf(page));
    await writer.start({ text: 'Second of two', people: [ann.id] });
    await see(popupsOf(page), 2);
    await page.locator('parley-launcher').getByRole('button').focus();
    await popupsOf(page).getByRole('button', { name: 'First of two' }).focus();
    await page.keyboard.press('Escape');
    await see(popupsOf(page));
    const focused = () =>
      page.evaluate(() => {
        let inner = document.activeElement;
        while (inner?.shadowRoot?.activeElement) inner = inner.shadowRoot.activeElement;
        return inner?.textContent?.replace(/\s+/g, ' ') ?? '';
      });
    await expect.poll(focused).toContain('Second of two');
    await page.keyboard.press('Escape');
    await seeNo(popupsOf(page));
    await expect.poll(focused).toContain('Conversations');
  });

  it('are one a conversation, with the newest words and a count, and four at most', async () => {
    const { ann, page, writer } = await annAndBob();
    const { conversation } = await writer.start({ text: 'Again and', people: [ann.id] });
    await see(popupsOf(page));
    await writer.reply(conversation, 'again and again');
    await see(popupsOf(page).getByText('again and again'));
    await see(popupsOf(page).getByText('2 new messages'));
    await see(popupsOf(page));
    for (const text of ['A', 'B', 'C', 'D']) {
      await writer.start({ text: `Another ${text}`, people: [ann.id] });
      await see(popupsOf(page).getByText(`Another ${text}`));
    }
    await see(popupsOf(page), 4);
    await seeNo(popupsOf(page).getByText('again and again'));
  });

  it('go when the conversation is read on another device', async () => {
    const { ann, page, writer } = await annAndBob();
    const { conversation } = await writer.start({ text: 'Read elsewhere', people: [ann.id] });
    await see(popupsOf(page));
    await stage().client(ann.id).read(conversation, 1);
    await seeNo(popupsOf(page));
  });

  it('[ALERT-2] come once in several tabs, whichever asks first, and each tab asks', async () => {
    const context = await stage().context();
    await context.addInitScript(() => {
      const tab = Object.assign(globalThis, { asked: 0 });
      const { get } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.get = function (key) {
        const request = get.call(this, key);
        request.addEventListener('success', () => {
          tab.asked += 1;
        });
        return request;
      };
    });
    const { ann, page, writer } = await annAndBob(context, true);
    const tabs = [page];
    for (let tab = 2; tab <= 4; tab += 1) tabs.push(await stage().open(context, ann.id, { sidebar: false }));
    const asked = () =>
      Promise.all(tabs.map((tab) => tab.evaluate(() => (globalThis as unknown as { asked: number }).asked)));
    for (let round = 1; round <= 5; round += 1) {
      const text = `Round ${round}`;
      await writer.start({ text, people: [ann.id] });
      await expect.poll(asked, { timeout: 15_000 }).toEqual(tabs.map(() => round));
      const counts = () => Promise.all(tabs.map((tab) => popupsOf(tab).getByText(text).count()));
      await expect.poll(async () => (await counts()).toSorted()).toEqual([0, 0, 0, 1]);
    }
  });

  it('come in each tab where the browser keeps nothing that could settle it', async () => {
    const context = await stage().context();
    await context.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('The operation is insecure.', 'SecurityError');
      };
    });
    const { ann, page, writer } = await annAndBob(context, true);
    const other = await stage().open(context, ann.id, { sidebar: false });
    await writer.start({ text: 'In each of them', people: [ann.id] });
    for (const tab of [page, other]) await see(popupsOf(tab).getByText('In each of them'));
  });
});

describe('notifications of the system', () => {
  /** The page out of sight, and what it shows of the system's notifications, because nobody sees those in a test. */
  async function hiddenPage(granted: boolean) {
    const context = await stage().context();
    if (granted) await context.grantPermissions(['notifications']);
    await context.addInitScript(() => {
      const shown: string[] = [];
      class Recorded {
        static permission = 'default';
        static async requestPermission() {
          Recorded.permission = 'granted';
          return Recorded.permission;
        }
        onclick: (() => void) | null = null;
        constructor(title: string, { body, tag }: { body: string; tag: string }) {
          shown.push(`${title} | ${body}`);
          Object.assign(globalThis, { clickNotification: () => this.onclick?.(), lastTag: tag });
        }
        close() {}
      }
      Object.assign(globalThis, { Notification: Recorded, shownNotifications: shown });
    });
    return annAndBob(context, true);
  }
  const shownOn = (page: Page) =>
    page.evaluate(() => (globalThis as unknown as { shownNotifications: string[] }).shownNotifications);
  const hide = (page: Page) =>
    page.evaluate(() => Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' }));

  it('come only after the person asked for them, only while the page is out of sight, and open the conversation', async () => {
    const { ann, bob, page, writer } = await hiddenPage(true);
    await hide(page);
    await writer.start({ text: 'Nobody asked', people: [ann.id] });
    await see(popupsOf(page));
    expect(await shownOn(page)).toEqual([]);

    await launcherOf(page, 1).click();
    await sidebarOf(page).getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Manage alerts' }).click();
    await page.getByRole('checkbox', { name: 'Notifications of this device' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();

    const { conversation } = await writer.start({ text: 'Now they did', people: [ann.id] });
    await expect.poll(() => shownOn(page)).toEqual([`${bob.name} | ${bob.name}: Now they did`]);
    await seeNo(popupsOf(page).getByText('Now they did'));
    await page.evaluate(() => (globalThis as unknown as { clickNotification(): void }).clickNotification());
    await see(cardIn(sidebarOf(page), 'Now they did'));

    await page.evaluate(() => Object.defineProperty(document, 'visibilityState', { value: 'visible' }));
    await writer.reply(conversation, 'In sight again');
    await see(popupsOf(page).getByText('In sight again'));
    expect(await shownOn(page)).toHaveLength(1);
  });
});
