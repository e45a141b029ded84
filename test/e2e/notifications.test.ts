/**
 * Notifications of the system, Chromium's own: tabs are out of sight because another tab is in front, the permission is the
 * browser's, and what is counted are notifications that it has shown.
 */
import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Someone } from '../support/browser.ts';
import { button, cardIn, dialogOf, launcherOf, popupsOf, see, seeNo, sidebarOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();

interface Shown {
  readonly title: string;
  readonly body: string;
}
interface Watched {
  readonly shown: Shown[];
  /** Bodies of those that are gone again. */
  readonly closed: string[];
  asked: number;
  click(): void;
}

type Answer = 'granted' | 'denied' | 'prompt';

/** Ann's browser. Its own notifications tell when they were made and shown; they are the real ones. */
async function desktopOf(
  given: Answer,
): Promise<{ readonly context: BrowserContext; answer(to: Answer): Promise<void> }> {
  const context = await stage().desktop();
  const news = await context.newPage();
  // What is decided holds as long as this session.
  const session = await context.newCDPSession(news);
  const { origin } = new URL(stage().address('anyone'));
  /** What she says to the browser's own question, or has said in its settings. */
  const answer = async (setting: Answer): Promise<void> => {
    await session.send('Browser.setPermission', { permission: { name: 'notifications' }, setting, origin });
  };
  await answer(given);
  await context.addInitScript(() => {
    const watched = { shown: [] as Shown[], closed: [] as string[], asked: 0, click: () => {} };
    Object.assign(globalThis, { watched });
    const Real = globalThis.Notification;
    globalThis.Notification = class extends Real {
      constructor(title: string, options: NotificationOptions = {}) {
        super(title, options);
        this.addEventListener('show', () => watched.shown.push({ title, body: options.body ?? '' }));
        this.addEventListener('close', () => watched.closed.push(options.body ?? ''));
        watched.click = () => this.dispatchEvent(new Event('click'));
      }
      static override async requestPermission(): Promise<NotificationPermission> {
        watched.asked += 1;
        await (globalThis as unknown as { browserAsks?(): Promise<void> }).browserAsks?.();
        return Real.requestPermission();
      }
    };
  });
  return { context, answer };
}

const watchedOn = <T>(page: Page, ask: (watched: Watched) => T): Promise<T> =>
  page.evaluate(`(${ask})(globalThis.watched)`) as Promise<T>;

async function shownIn(pages: readonly Page[]): Promise<Shown[]> {
  return (await Promise.all(pages.map((page) => watchedOn(page, ({ shown }) => shown)))).flat();
}

/** Tabs of one browser, each of Ann's CRM and connected. */
async function tabsOf(context: BrowserContext, person: Someone, count: number): Promise<Page[]> {
  const pages: Page[] = [];
  for (let tab = 0; tab < count; tab += 1) pages.push(await stage().open(context, person.id));
  for (const page of pages) await see(sidebarOf(page).getByText('No conversations yet'));
  return pages;
}

/** Another page comes to the front of the browser: Ann reads the news, say. */
async function lookAway(context: BrowserContext, pages: readonly Page[]): Promise<void> {
  await context.pages()[0]?.bringToFront();
  for (const page of pages) await expect.poll(() => page.evaluate(() => document.visibilityState)).toBe('hidden');
}

async function manageAlerts(page: Page) {
  await button(sidebarOf(page), 'More actions').click();
  await page.getByRole('menuitem', { name: 'Manage alerts' }).click();
  const dialog = dialogOf(page);
  await see(dialog);
  return { dialog, box: dialog.getByRole('checkbox', { name: 'Notifications of this device' }) };
}

async function setBox(page: Page, checked: boolean): Promise<void> {
  const { dialog, box } = await manageAlerts(page);
  await box.click();
  await expect.poll(() => box.isChecked(), { timeout: 15_000 }).toBe(checked);
  await button(dialog, 'Cancel').click();
  await seeNo(dialog);
}
const askFor = (page: Page) => setBox(page, true);

/** What came for the pages before this has come: all of them have this, too. */
async function everyoneHas(pages: readonly Page[], text: string): Promise<void> {
  for (const page of pages) await expect.poll(() => cardIn(sidebarOf(page), text).count()).toBe(1);
}

describe('notifications of the system', () => {
  it('come only after the person asked for them, though the browser would allow it', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const writer = stage().client(bob.id);
    const { context } = await desktopOf('granted');
    const pages = await tabsOf(context, ann, 1);
    const [page] = pages as [Page];
    await lookAway(context, pages);
    await writer.start({ text: 'Nobody asked for this', people: [ann.id] });
    await see(popupsOf(page));
    expect(await shownIn(pages)).toEqual([]);

    await page.bringToFront();
    await askFor(page);
    await lookAway(context, pages);
    await writer.start({ text: 'This was asked for', people: [ann.id] });
    await expect.poll(() => shownIn(pages)).toEqual([{ title: bob.name, body: `${bob.name}: This was asked for` }]);
    await watchedOn(page, ({ click }) => click());
    await see(cardIn(sidebarOf(page), 'This was asked for'));
  });

  it('[ALERT-2] [ALERT-5] come once for three tabs, never for what one wrote oneself, and not over a pop-up in sight', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const writer = stage().client(bob.id);
    const { context } = await desktopOf('granted');
    const pages = await tabsOf(context, ann, 3);
    await askFor(pages.at(-1) as Page);
    await lookAway(context, pages);
    const wanted: string[] = [];
    /** The one more that is due, and by then no second one of those before. */
    const comes = async (text: string): Promise<void> => {
      await writer.start({ text, people: [ann.id] });
      wanted.push(`${bob.name}: ${text}`);
      const bodies = async () => (await shownIn(pages)).map(({ body }) => body).toSorted();
      await expect.poll(bodies, { timeout: 15_000 }).toEqual(wanted.toSorted());
      await everyoneHas(pages, text);
    };
    for (const text of ['Round 1', 'Round 2', 'Round 3']) await comes(text);
    // Written on another device of hers.
    await stage()
      .client(ann.id)
      .start({ text: 'Her own words', people: [bob.id] });
    await everyoneHas(pages, 'Her own words');
    await comes('Round 4');
    for (const page of pages) await seeNo(popupsOf(page));

    await pages[1]?.bringToFront();
    await writer.start({ text: 'Before her eyes', people: [ann.id] });
    await see(popupsOf(pages[1] as Page).getByText('Before her eyes'));
    await everyoneHas(pages, 'Before her eyes');
    await lookAway(context, pages);
    await comes('Round 5');
  });

  it('are taken back when what they tell of is read or deleted on another device', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const [writer, elsewhere] = [stage().client(bob.id), stage().client(ann.id)];
    const { context } = await desktopOf('granted');
    const pages = await tabsOf(context, ann, 1);
    const [page] = pages as [Page];
    await askFor(page);
    await lookAway(context, pages);
    const started: string[] = [];
    for (const text of ['Stays unread', 'Is read elsewhere', 'Is deleted elsewhere']) {
      started.push((await writer.start({ text, people: [ann.id] })).conversation);
      await expect.poll(async () => (await shownIn(pages)).at(-1)?.body, { timeout: 15_000 }).toContain(text);
    }
    const [, read, deleted] = started as [string, string, string];
    const closed = () => watchedOn(page, ({ closed: bodies }) => bodies);
    expect(await closed()).toEqual([]);
    await elsewhere.read(read, 1);
    await expect.poll(closed, { timeout: 15_000 }).toEqual([`${bob.name}: Is read elsewhere`]);
    await elsewhere.delete(deleted, 1);
    await expect
      .poll(closed, { timeout: 15_000 })
      .toEqual([`${bob.name}: Is read elsewhere`, `${bob.name}: Is deleted elsewhere`]);
  });

  it('are asked for with that box alone, and a no of the person is said where the box was', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const { context, answer } = await desktopOf('prompt');
    await context.exposeFunction('browserAsks', () => answer('denied'));
    const pages = await tabsOf(context, ann, 1);
    const [page] = pages as [Page];
    const { dialog, box } = await manageAlerts(page);
    expect([await watchedOn(page, ({ asked }) => asked), await box.isChecked()]).toEqual([0, false]);
    await box.click();
    await see(dialog.getByText('Notifications are blocked in this browser’s settings.'));
    await seeNo(box);
    expect(await watchedOn(page, ({ asked }) => asked)).toBe(1);
    await button(dialog, 'Cancel').click();
    await lookAway(context, pages);
    await stage()
      .client(bob.id)
      .start({ text: 'Quietly', people: [ann.id] });
    await see(popupsOf(page).getByText('Quietly'));
    expect(await shownIn(pages)).toEqual([]);
    await page.bringToFront();
    await page.reload();
    await see(launcherOf(page, 1));
    await see((await manageAlerts(page)).dialog.getByText('Notifications are blocked in this browser’s settings.'));
  });

  it('are given with a yes, kept over a reload, and taken back with the same box', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const writer = stage().client(bob.id);
    const { context, answer } = await desktopOf('prompt');
    await context.exposeFunction('browserAsks', () => answer('granted'));
    const pages = await tabsOf(context, ann, 1);
    const [page] = pages as [Page];
    await askFor(page);
    await page.reload();
    await see(sidebarOf(page).getByText('No conversations yet'));
    await lookAway(context, pages);
    const { conversation } = await writer.start({ text: 'Still wanted', people: [ann.id] });
    await expect.poll(() => shownIn(pages)).toEqual([{ title: bob.name, body: `${bob.name}: Still wanted` }]);
    // She asks for them in another tab, and takes them back in this one.
    const other = await stage().open(context, ann.id);
    await see(cardIn(sidebarOf(other), 'Still wanted'));
    await setBox(other, false);
    await setBox(other, true);
    await page.bringToFront();
    await setBox(page, false);
    await page.close();
    await lookAway(context, [other]);
    await writer.reply(conversation, 'Not wanted any more');
    await see(popupsOf(other).getByText('Not wanted any more'));
    expect(await shownIn([other])).toEqual([]);
  });
});
