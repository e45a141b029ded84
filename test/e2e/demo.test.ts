import { describe, expect, it } from 'vitest';
import type { Someone } from '../support/browser.ts';
import { serveCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/server.ts';
import { button, cardIn, cardsIn, launcherOf, replyIn, see, seeNo, sidebarOf, tabOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();

describe('the demo', () => {
  it('opens without a hash, onto a contact, and leads to company, household and opportunity', async () => {
    const context = await stage().context();
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${stage().server.port}/`);
    await see(page.getByRole('heading', { name: 'Maria Keller' }));
    await see(launcherOf(page, 2));
    for (const [link, name] of [
      ['Company', 'Keller Instruments'],
      ['Household', 'Keller family'],
      ['Opportunity', 'Forty microscopes for Keller'],
    ] as const) {
      await page.getByRole('link', { name: link }).click();
      await see(page.getByRole('heading', { name }));
      await page.getByRole('tab', { name: 'Conversations' }).click();
      await see(cardsIn(tabOf(page)).first());
      await page.getByRole('tab', { name: 'Overview' }).click();
    }
  });

  it('lets one be several people side by side, who talk with each other', async () => {
    const page = await stage().person('anna', { sidebar: false });
    await page.getByRole('combobox', { name: 'People side by side' }).selectOption('3');
    const panes = page.locator('section.pane');
    await see(panes, 3);
    for (const at of [0, 1, 2]) await button(panes.nth(at), /^Conversations/).click();
    const cards = [0, 1, 2].map((at) => cardIn(sidebarOf(page).nth(at), 'I have told her half past ten'));
    for (const card of cards) await see(card);
    await replyIn(cards[1] as ReturnType<typeof cardIn>, 'Seen by all three');
    for (const card of cards) await see(card.getByText('Seen by all three'));
    await page.reload();
    await see(panes, 3);
    await see(cardIn(sidebarOf(page).nth(2), 'Seen by all three'));
  });

  it('changes person, language, colours and direction, and keeps them over a reload', async () => {
    const page = await stage().person('anna');
    await page.getByRole('combobox', { name: 'Signed in as' }).selectOption('elena');
    await see(sidebarOf(page).getByText('Household, restricted'));
    await page.getByRole('combobox', { name: 'Language' }).selectOption('de');
    await see(sidebarOf(page).getByRole('heading', { name: 'Unterhaltungen' }));
    await page.getByRole('combobox', { name: 'Farben' }).selectOption('dark');
    await page.getByRole('combobox', { name: 'Richtung' }).selectOption('rtl');
    await page.reload();
    await see(sidebarOf(page).getByRole('heading', { name: 'Unterhaltungen' }));
    expect(await page.evaluate(() => [document.documentElement.dir, document.documentElement.dataset.theme])).toEqual([
      'rtl',
      'dark',
    ]);
    const dark = await sidebarOf(page).evaluate((one) => getComputedStyle(one).colorScheme);
    expect(dark).toBe('dark');
  });

  it('[SEE-4] [SEE-5] holds its own pages to the rights of the person', async () => {
    const page = await stage().person('elena', { record: 'household/h-3001' });
    await see(page.getByRole('heading', { name: 'Name restricted' }));
    await page.getByRole('combobox', { name: 'Signed in as' }).selectOption('ben');
    await see(page.getByRole('heading', { name: 'Nothing here' }));
    await seeNo(page.getByText('Riehen'));
  });

  it('[SEE-5] opens the conversation that a link leads to, however far down, and not for whom it is not', async () => {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    const client = stage().client(bob.id);
    const { conversation } = await client.start({ text: 'At the very bottom', people: [ann.id] });
    for (let n = 1; n <= 70; n += 1) await client.start({ text: `Above it ${n}`, people: [ann.id] });
    const link = { sidebar: false, conversation };
    const page = await stage().person(ann.id, link);
    const card = cardIn(sidebarOf(page), 'At the very bottom');
    await see(card);
    const article = card.getByRole('article');
    await expect.poll(() => article.evaluate((one) => one.matches(':focus')), { timeout: 15_000 }).toBe(true);
    await expect.poll(() => card.evaluate((one) => one.getBoundingClientRect().top < innerHeight)).toBe(true);
    // What it asked for is done: a reload goes back to the list, not down to the conversation again.
    expect(page.url()).not.toContain(conversation);
    const stranger = await stage().person(cid.id, link);
    await see(sidebarOf(stranger).getByText('This is not there any more, or not for you.'));
    await seeNo(cardsIn(sidebarOf(stranger)));
  });

  it('says so where it signs nobody in', async () => {
    const { path, remove } = temporaryDirectory();
    const server = await serveCli(['--demo', '--data-dir', path, '--host', '0.0.0.0']);
    try {
      stage().expectOutages();
      const page = await (await stage().context()).newPage();
      await page.goto(`http://127.0.0.1:${server.port}/`);
      await see(page.getByRole('alert').getByText('this server can be reached from other machines'));
    } finally {
      await server.stop();
      remove();
    }
  });
});
