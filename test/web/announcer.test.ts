/** What a screen reader is told: the texts that the one live region of the page has had. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { cardIn, replyIn, see, sidebarOf, tabOf } from '../e2e/eyes.ts';
import { onStage } from '../e2e/on-stage.ts';
import type { Someone } from '../support/browser.ts';

const stage = onStage();
const record = 'company/co-2001';
const about = { kind: 'company', id: 'co-2001' } as const;

/** Keeps what is announced, from before the page's own scripts on. */
async function listening(
  id: string,
  tab: boolean,
  sidebar: boolean,
): Promise<{ page: Page; said(): Promise<string[]> }> {
  const context = await stage().context();
  await context.addInitScript(() => {
    const said: string[] = [];
    Object.assign(globalThis, { announced: said });
    new MutationObserver((changes) => {
      for (const { target, addedNodes } of changes) {
        if ((target as Element).getAttribute?.('aria-live') !== 'polite') continue;
        for (const node of addedNodes) said.push(node.textContent ?? '');
      }
    }).observe(document, { childList: true, subtree: true });
  });
  const page = await stage().open(context, id, { record, sidebar, ...(tab ? { tab: 'conversations' } : {}) });
  const said = () => page.evaluate(() => [...(globalThis as unknown as { announced: string[] }).announced]);
  return { page, said };
}

describe('the announcer', () => {
  it('says a message once where sidebar and tab both show it, and neither history nor one’s own', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const writer = stage().client(bob.id);
    const { conversation } = await writer.start({ text: 'From long ago', people: [ann.id], about });
    const { page, said } = await listening(ann.id, true, true);
    await see(cardIn(sidebarOf(page), 'From long ago'));
    await see(cardIn(tabOf(page), 'From long ago'));
    await writer.reply(conversation, 'Heard once');
    await see(page.locator('parley-conversation').getByText('Heard once'), 2);
    await expect.poll(said).toEqual([`${bob.name}: Heard once`]);
    await replyIn(cardIn(sidebarOf(page), 'Heard once'), 'My own words');
    await see(page.locator('parley-conversation').getByText('My own words'), 2);
    await writer.reply(conversation, 'The last one');
    await expect.poll(said).toEqual([`${bob.name}: Heard once`, `${bob.name}: The last one`]);
    await expect(page.locator('[aria-live]').count()).resolves.toBe(1);
  });

  it('[SEE-2] tells whoever looks at a record’s tab what others write there, new conversations too', async () => {
    const [ann, bob, cleo] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    const writer = stage().client(bob.id);
    const { conversation } = await writer.start({ text: 'Between the two of us', people: [ann.id], about });
    const { page, said } = await listening(cleo.id, true, false);
    await see(cardIn(tabOf(page), 'Between the two of us'));
    await writer.reply(conversation, 'Seen by a third');
    await expect.poll(said).toEqual([`${bob.name}: Seen by a third`]);
    await writer.start({ text: 'A new one', people: [ann.id], about });
    await see(cardIn(tabOf(page), 'A new one'));
    await expect.poll(said).toEqual([`${bob.name}: Seen by a third`, `${bob.name}: A new one`]);
  });

  it('says many at once by their number', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const writer = stage().client(bob.id);
    const { conversation } = await writer.start({ text: 'One of many', people: [ann.id] });
    const { page, said } = await listening(ann.id, false, true);
    await see(cardIn(sidebarOf(page), 'One of many'));
    await Promise.all(Array.from({ length: 20 }, (_, i) => writer.reply(conversation, `Number ${i}`)));
    await see(cardIn(sidebarOf(page), 'Number 19'));
    const count = async () =>
      (await said()).reduce(
        (sum, text) => sum + (/^(\d+) new messages$/.exec(text) ? Number.parseInt(text, 10) : 1),
        0,
      );
    await expect.poll(count).toBe(20);
    expect((await said()).length).toBeLessThan(10);
  });
});
