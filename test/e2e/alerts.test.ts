import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Someone } from '../support/browser.ts';
import { button, cardIn, launcherOf, openAlerts, popupsOf, replyIn, see, seeNo, sidebarOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();

describe('alerts', () => {
  it('[ALERT-1] are managed in four boxes, which are as they were left, on every device', async () => {
    const [ann] = (await stage().newPeople(1)) as [Someone];
    const page = await stage().person(ann.id);
    const dialog = await openAlerts(page);
    await dialog.getByRole('checkbox', { name: 'Pop-up: New messages' }).setChecked(false);
    await dialog.getByRole('checkbox', { name: 'E-mail: New conversations' }).setChecked(false);
    await button(dialog, 'Save').click();
    await seeNo(dialog);
    const elsewhere = await openAlerts(await stage().person(ann.id));
    expect(await elsewhere.getByRole('checkbox', { name: 'Pop-up: New messages' }).isChecked()).toBe(false);
    expect(await elsewhere.getByRole('checkbox', { name: 'Pop-up: New conversations' }).isChecked()).toBe(true);
    expect(await elsewhere.getByRole('checkbox', { name: 'E-mail: New messages' }).isChecked()).toBe(true);
    expect(await elsewhere.getByRole('checkbox', { name: 'E-mail: New conversations' }).isChecked()).toBe(false);
  });

  it('[ALERT-1] that are damaged can be chosen anew', async () => {
    const [ann] = (await stage().newPeople(1)) as [Someone];
    const page = await stage().person(ann.id);
    await page.evaluate(() => {
      const { parley } = document.querySelector('parley-sidebar') as unknown as {
        parley: { alerts(): Promise<never> };
      };
      parley.alerts = () => Promise.reject(Object.assign(new Error('of the test'), { name: 'damaged' }));
    });
    const dialog = await openAlerts(page);
    await dialog.getByRole('checkbox', { name: 'E-mail: New messages' }).setChecked(false);
    await button(dialog, 'Save').click();
    await seeNo(dialog);
    expect((await stage().client(ann.id).alerts()).email).toEqual({ conversations: true, messages: false });
  });

  it('[ALERT-2] [ALERT-5] pop up with sender, conversation and first words, and open it on a click', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const page = await stage().person(ann.id, { sidebar: false });
    const sender = await stage().person(bob.id);
    await see(launcherOf(page, 0));
    await stage()
      .client(bob.id)
      .start({ text: 'Pop goes the weasel', people: [ann.id], about: { kind: 'contact', id: 'c-1001' } });
    const popup = popupsOf(page);
    await see(popup);
    // It does not go by itself from under the pointer, however long the rest takes.
    await popup.hover();
    await see(popup.getByText('Pop goes the weasel'));
    await see(popup.getByText(bob.name));
    await see(popup.getByText('Maria Keller'));
    await seeNo(popupsOf(sender));
    await popup.getByRole('button', { name: 'Pop goes the weasel' }).click();
    await seeNo(popup);
    await see(cardIn(sidebarOf(page), 'Pop goes the weasel'));
  });

  it('[ALERT-1] come not where their box is empty', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const none = { conversations: false, messages: false };
    const client = stage().client(ann.id);
    await client.setAlerts({ email: none, popup: none });
    const page = await stage().person(ann.id);
    const sender = stage().client(bob.id);
    await sender.start({ text: 'Come quietly', people: [ann.id] });
    await see(cardIn(sidebarOf(page), 'Come quietly'));
    await client.setAlerts({ email: none, popup: { conversations: true, messages: true } });
    await sender.start({ text: 'Come loudly', people: [ann.id] });
    // One that comes for the first would have come before.
    await see(popupsOf(page).getByText('Come loudly'));
    await see(popupsOf(page));
  });

  it('[ALERT-2] come once, however many tabs of one browser are open', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const first = await stage().person(ann.id);
    const pages = [first, ...(await Promise.all([1, 2].map(() => stage().open(first.context(), ann.id))))];
    for (const page of pages) await see(launcherOf(page, 0));
    const asked = await Promise.all(pages.map(timesAsked));
    const client = stage().client(bob.id);
    const { conversation } = await client.start({ text: 'Once and for all', people: [ann.id] });
    for (const page of pages) await see(cardIn(sidebarOf(page), 'Once and for all'));
    const shown = async (): Promise<number> => {
      const counts = await Promise.all(pages.map((page) => popupsOf(page).count()));
      return counts.reduce((sum, count) => sum + count, 0);
    };
    await expect.poll(shown, { timeout: 10_000 }).toBe(1);
    for (const times of asked) await expect.poll(times, { timeout: 10_000 }).toBe(1);
    expect(await shown()).toBe(1);
    await client.reply(conversation, 'And gone when it is read elsewhere');
    await stage().client(ann.id).read(conversation, 2);
    await expect.poll(shown, { timeout: 10_000 }).toBe(0);
  });

  it('[SEE-4] name no record whose name is not for their reader', async () => {
    const page = await stage().person('elena');
    await see(cardIn(sidebarOf(page), 'I will prepare the forms'));
    const anna = await stage().person('anna');
    await replyIn(cardIn(sidebarOf(anna), 'I will prepare the forms'), 'The forms are here');
    await see(popupsOf(page).getByText('Household, restricted'));
    await seeNo(page.getByText('Keller family'));
  });
});

describe('the announcer', () => {
  it('says what others write once, and neither history nor what one writes oneself', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const client = stage().client(bob.id);
    const about = { kind: 'contact', id: 'c-1001' } as const;
    const { conversation } = await client.start({ text: 'This is history 1', people: [ann.id], about });
    for (let n = 2; n <= 5; n += 1) await client.reply(conversation, `This is history ${n}`);
    // Two places show the same conversation: the sidebar and the record's tab.
    const page = await stage().person(ann.id, { record: 'contact/c-1001', tab: 'conversations' });
    const said = await linesSaid(page);
    const card = cardIn(sidebarOf(page), 'This is history 5');
    await replyIn(card, 'Written by myself');
    await see(card.getByText('Written by myself'));
    await client.reply(conversation, 'Written by another');
    await see(card.getByText('Written by another'));
    await expect.poll(said, { timeout: 10_000 }).toEqual([`${bob.name}: Written by another`]);
    await button(card, 'More').click();
    await button(sidebarOf(page), 'Refresh').click();
    await client.reply(conversation, 'Written at last');
    // What is said of anything before is said before it.
    const lines = [`${bob.name}: Written by another`, `${bob.name}: Written at last`];
    await expect.poll(async () => (await said()).at(-1), { timeout: 10_000 }).toBe(lines[1]);
    expect((await said()).filter((line) => /history|myself|another|last/.test(line))).toEqual(lines);
  });
});

/** How often the page has asked, and been answered, whether a pop-up is its to show. */
async function timesAsked(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const asked = { times: 0 };
    Object.assign(globalThis, { asked });
    const { get } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.get = function (...given) {
      this.transaction.addEventListener('complete', () => {
        asked.times += 1;
      });
      return get.apply(this, given);
    };
  });
  return () => page.evaluate(() => (globalThis as unknown as { asked: { times: number } }).asked.times);
}

/** Everything that comes into a live region from now on, as a screen reader would say it. */
async function linesSaid(page: Page): Promise<() => Promise<string[]>> {
  await see(page.locator('parley-conversation').first());
  await page.evaluate(() => {
    const lines: string[] = [];
    Object.assign(globalThis, { linesSaid: lines });
    for (const region of document.querySelectorAll('[aria-live=polite], [role=status], [role=log]')) {
      new MutationObserver((changes) => {
        for (const { addedNodes } of changes) for (const node of addedNodes) lines.push(node.textContent ?? '');
      }).observe(region, { childList: true, subtree: true, characterData: true });
    }
  });
  return () => page.evaluate(() => (globalThis as unknown as { linesSaid: string[] }).linesSaid);
}
